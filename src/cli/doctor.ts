import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { accessSync, constants, existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Settings } from "../config/settings.ts";
import { firewallsUnavailable } from "../runtime/local-runtime.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { loadBalancerPlaces } from "./load-balancer-places.ts";

const run = promisify(execFile);

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do about it, when it is not well. */
  readonly cure?: string;
}

/** Checks what Roadstead needs from the machine and prints the cure of what is wrong. Exit code 1 when it cannot start. */
export async function doctor(flags: SettingFlags & { readonly json?: boolean }): Promise<void> {
  const { settings } = settingsOf(flags);
  const findings = await examine(settings);
  if (flags.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else for (const finding of findings) process.stdout.write(line(finding));
  const fatal = findings.some(
    (finding) => !finding.ok && (finding.check === "port" || finding.check === "data folder"),
  );
  if (fatal) process.exitCode = 1;
}

/** Looks at everything; never throws. */
export async function examine(settings: Settings): Promise<readonly Finding[]> {
  return [
    node(),
    await portFree(settings),
    dataFolder(settings),
    await names(settings),
    await docker(),
    await securityGroups(settings),
    { check: "load balancers", ok: true, found: await loadBalancerPlaces(settings) },
  ];
}

function line(finding: Finding): string {
  const mark = finding.ok ? "ok  " : "FIX ";
  return `${mark} ${finding.check}: ${finding.found}\n${finding.cure === undefined ? "" : `       cure: ${finding.cure}\n`}`;
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    check: "node",
    ok,
    found: process.versions.node,
    cure: ok ? undefined : "install Node.js 20.19 or newer",
  };
}

async function portFree(settings: Settings): Promise<Finding> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(settings.port, settings.host, () => probe.close(() => resolve(true)));
  });
  return {
    check: "port",
    ok: free,
    found: `${settings.host}:${settings.port} is ${free ? "free" : "taken"}`,
    cure: free ? undefined : `stop what listens there, or: npm start -- --port ${settings.port + 1}`,
  };
}

function dataFolder(settings: Settings): Finding {
  let folder = settings.dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return { check: "data folder", ok: true, found: settings.dataDir };
  } catch {
    return {
      check: "data folder",
      ok: false,
      found: `${folder} is not writable`,
      cure: "npm start -- --data-dir <a folder of yours>",
    };
  }
}

async function names(settings: Settings): Promise<Finding> {
  const name = `000000000000.dkr.ecr.us-east-1.${settings.domain}`;
  const resolves = await lookup(name).then(
    () => true,
    () => false,
  );
  const wanted = settings.registryNames;
  const form = wanted === "auto" ? (resolves ? "subdomain" : "path") : wanted;
  return {
    check: "registry names",
    ok: form === "path" || resolves,
    found: `${form} form in use; ${name} ${resolves ? "resolves" : "does not resolve"}`,
    cure: resolves
      ? undefined
      : `for AWS's own form, make *.${settings.domain} resolve (systemd-resolved does), then --registry-names subdomain`,
  };
}

async function docker(): Promise<Finding> {
  try {
    const { stdout } = await run("docker", ["version", "--format", "{{.Server.Version}}"], {
      timeout: 10_000,
    });
    return { check: "docker", ok: true, found: `engine ${stdout.trim()}` };
  } catch (error) {
    const missing = typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
    return {
      check: "docker",
      ok: false,
      found: missing ? "no docker command" : "no Docker Engine answers",
      cure: "install Docker Engine and start it; without it the registry works with any other OCI client",
    };
  }
}

async function securityGroups({ dockerHost = process.env.DOCKER_HOST }: Settings): Promise<Finding> {
  const reason = await firewallsUnavailable(dockerHost === "" ? undefined : dockerHost);
  return {
    check: "security groups",
    ok: reason === undefined,
    found: reason === undefined ? "enforced between tasks" : `not enforced between tasks: ${reason}`,
    cure:
      reason === undefined
        ? undefined
        : "run as root on the Docker Engine's own Linux machine, with iproute2, util-linux, iptables and nftables; tasks run without it",
  };
}
