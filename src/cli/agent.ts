import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, homedir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../kernel/clock.ts";
import { uuid } from "../kernel/ids.ts";
import { systemRandom } from "../kernel/random.ts";
import { version } from "../main/version.ts";
import { createLog } from "../observe/log.ts";
import { startAgent } from "../runtime/agent/agent.ts";
import { openHostRuntime } from "../runtime/agent/host-runtime.ts";
import { openKeptTasks } from "../runtime/agent/kept-tasks.ts";
import { externalHost, instanceHost } from "./agent-keys.ts";
import { Trouble } from "./trouble.ts";

/** The flags of `roadstead agent`. */
export interface AgentFlags {
  readonly cluster: string;
  readonly endpoint: string;
  readonly region?: string;
  readonly external?: boolean;
  readonly attribute: readonly string[];
  readonly dataDir?: string;
  readonly dockerHost?: string;
  readonly reservedMemory: string;
  readonly hostMounts: readonly string[];
  readonly allowPrivileged?: boolean;
  readonly allowHostNamespaces?: boolean;
}

const mebibyte = 1 << 20;

/** Ports that tasks cannot have, as the Amazon ECS agent reserves them: SSH, and Docker's. */
const reservedPorts = [22, 2375, 2376] as const;

/** Joins this host to a cluster and runs tasks on its Docker Engine, until SIGTERM or SIGINT. Containers run on. */
export async function agent(flags: AgentFlags, dataDirectory: string): Promise<void> {
  const host = flags.external ? externalHost(process.env) : await instanceHost(process.env);
  const region = flags.region ?? host.region ?? "us-east-1";
  const dataDir = resolve(flags.dataDir ?? join(homedir(), ".roadstead-agent"));
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = createLog("text", "info", (line) => process.stdout.write(line));
  const state = join(dataDir, "container-instance");
  const dockerHost = flags.dockerHost ?? process.env.DOCKER_HOST;
  const running = await startAgent({
    endpoint: flags.endpoint,
    region,
    keys: host.keys,
    cluster: flags.cluster,
    identity: host.identity,
    attributes: Object.fromEntries(flags.attribute.map((text) => text.split(/=(.*)/s, 2))),
    cpu: cpus().length * 1024,
    memory: Math.floor(totalmem() / mebibyte) - Number(flags.reservedMemory),
    reservedPorts,
    agentVersion: version,
    dockerVersion: "roadstead",
    containerInstanceArn: await known(state, flags.cluster),
    clientToken: await keptToken(join(dataDir, "client-token")),
    kept: await openKeptTasks(join(dataDir, "tasks")),
    log,
    open: (report, view) =>
      openHostRuntime(
        {
          endpoint: flags.endpoint,
          region,
          dataDir,
          programs: join(dataDirectory, "pause"),
          dockerHost,
          allowances: {
            hostMounts: flags.hostMounts,
            privileged: flags.allowPrivileged ?? false,
            hostNamespaces: flags.allowHostNamespaces ?? false,
            fileSystems: {},
          },
          clock: systemClock,
          random: systemRandom,
          log,
        },
        report,
        view,
      ),
  }).catch((error: unknown) => {
    throw cannotJoin(error, flags, state);
  });
  await writeFile(state, `${flags.cluster} ${running.containerInstanceArn}\n`, { mode: 0o600 });
  process.stdout.write(`This host is ${running.containerInstanceArn}\n`);
  const told = await new Promise<"stop" | "leave">((stop) => {
    process.once("SIGTERM", () => stop("stop"));
    process.once("SIGINT", () => stop("stop"));
    const timer = setInterval(async () => {
      if (await host.leaving().catch(() => false)) stop("leave");
    }, lookEvery);
    timer.unref();
  });
  if (told === "leave") {
    process.stdout.write("The instance has been terminated: this host leaves its cluster\n");
    await running.leave();
    await rm(state, { force: true });
  }
  await running.stop();
}

/** How often the agent of an instance asks whether its machine is to go, in ms. */
const lookEvery = 15_000;

/** The token of this host's registration, the same at every attempt. */
async function keptToken(path: string): Promise<string> {
  const have = (await readFile(path, "utf8").catch(() => "")).trim();
  if (have !== "") return have;
  const token = uuid(systemRandom);
  await writeFile(path, token, { mode: 0o600 });
  return token;
}

/** The ARN that an earlier start was given in this cluster. */
async function known(path: string, cluster: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [of, arn] = text.trim().split(" ");
  return of === cluster ? arn : undefined;
}

function cannotJoin(error: unknown, { cluster, endpoint }: AgentFlags, state: string): unknown {
  if (!(error instanceof Error)) return error;
  const cure =
    error.name === "ClusterNotFoundException"
      ? `aws ecs create-cluster --cluster-name ${cluster}`
      : // The instance that this host was is deregistered: without its ARN the host is a new one.
        error.message.includes("deregistered")
        ? `rm ${state}`
        : "roadstead doctor";
  return new Trouble(
    `This host cannot join ${cluster} at ${endpoint}.`,
    `${error.name}: ${error.message}`,
    cure,
  );
}
