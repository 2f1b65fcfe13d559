import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "./daemon.ts";
import { drain, type SecondHost } from "./second-host.ts";

/** The Amazon ECS agent's program, which then stands for `roadstead agent` in the same tests; undefined for our own. */
export const amazonsAgent = process.env.ROADSTEAD_ECS_AGENT || undefined;

const program = fileURLToPath(new URL("../../src/cli/roadstead.ts", import.meta.url));

/** A process of a host, and what it has said. */
export interface HostProcess {
  said(): string;
  /** Resolves when it has ended. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** How an agent is started. */
export interface HostAgentOptions {
  /** Where the host reaches Roadstead. */
  readonly endpoint: string;
  /** The account whose root keys a host outside of AWS has; an instance of EC2 asks its metadata service. */
  readonly external?: string;
  /** The folder of its state, below the host's. */
  readonly folder?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Starts an agent on a host: `roadstead agent`, or Amazon's. */
export async function startHostAgent(host: SecondHost, options: HostAgentOptions): Promise<HostProcess> {
  const { endpoint, external, folder = "agent", attributes = {} } = options;
  const data = join(host.folder, folder);
  mkdirSync(data, { recursive: true });
  const common = {
    PATH: process.env.PATH,
    HOME: host.folder,
    DOCKER_HOST: host.dockerHost,
    ...(external !== undefined && {
      AWS_ACCESS_KEY_ID: external,
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
    }),
  };
  if (amazonsAgent !== undefined) {
    await leadToAgent(host);
    return processOf(host.spawn(amazonsAgent, [], { ...common, ...amazonsSettings(data, options) }));
  }
  const more = Object.entries(attributes).flatMap(([name, value]) => ["--attribute", `${name}=${value}`]);
  return processOf(
    host.spawn(
      process.execPath,
      [
        ...["--import", "tsx", program, "agent", "--endpoint", endpoint, "--data-dir", data, ...more],
        ...(external === undefined ? [] : ["--external"]),
      ],
      common,
    ),
  );
}

/** The settings of the Amazon ECS agent (its README, "Environment Variables"). */
function amazonsSettings(data: string, { endpoint, external, attributes = {} }: HostAgentOptions) {
  return {
    ECS_BACKEND_HOST: endpoint,
    AWS_ENDPOINT_URL: endpoint,
    ECS_CLUSTER: "default",
    ...(external !== undefined && { ECS_EXTERNAL: "true" }),
    ECS_DATADIR: data,
    ECS_HOST_DATA_DIR: data,
    ECS_LOGFILE: join(data, "agent.log"),
    ECS_AUDIT_LOGFILE: join(data, "audit.log"),
    ECS_AVAILABLE_LOGGING_DRIVERS: '["json-file","awslogs","none"]',
    ECS_ENABLE_TASK_IAM_ROLE: "true",
    ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST: "true",
    ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE: "true",
    ECS_ENABLE_SPOT_INSTANCE_DRAINING: "true",
    ECS_IMAGE_PULL_BEHAVIOR: "prefer-cached",
    ECS_UPDATES_ENABLED: "false",
    ECS_INSTANCE_ATTRIBUTES: JSON.stringify(attributes),
  };
}

/** What ecs-init does for Amazon's agent: 169.254.170.2:80 leads to where the agent serves credentials. */
async function leadToAgent(host: SecondHost): Promise<void> {
  const to = ["-p", "tcp", "-d", "169.254.170.2", "--dport", "80"];
  const rules = [
    ["PREROUTING", ...to, "-j", "DNAT", "--to-destination", "127.0.0.1:51679"],
    ["OUTPUT", ...to, "-j", "REDIRECT", "--to-ports", "51679"],
  ];
  for (const rule of rules) {
    const [chain = "", ...rest] = rule;
    await inside(
      host,
      "sh",
      "-c",
      `iptables -t nat -C ${rule.join(" ")} || iptables -t nat -A ${chain} ${rest.join(" ")}`,
    );
  }
  await inside(host, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
}

/** Makes a host the EC2 instance that a join token stands for, with its metadata at 169.254.169.254. */
export async function startHostMetadata(
  host: SecondHost,
  endpoint: string,
  token: string,
): Promise<HostProcess> {
  await inside(host, "sh", "-c", "ip address add 169.254.169.254/32 dev lo 2>/dev/null || true");
  const data = join(host.folder, "instance");
  const child = host.spawn(
    process.execPath,
    [
      ...["--import", "tsx", program, "metadata", "--endpoint", endpoint],
      ...["--join", token, "--data-dir", data],
    ],
    { PATH: process.env.PATH, HOME: host.folder },
  );
  const started = processOf(child);
  if (!(await eventually(60, async () => started.said().includes("its metadata is at")))) {
    throw new Error(`the machine does not join: ${started.said().slice(-1000)}`);
  }
  return started;
}

/** Runs a command on a host to its end, and returns what it says. */
export async function inside(host: SecondHost, file: string, ...args: readonly string[]): Promise<string> {
  const child = host.spawn(file, args, process.env);
  const said = drain(child);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${said()}`);
  return said();
}

function processOf(child: ChildProcess): HostProcess {
  const said = drain(child);
  return {
    said,
    end: (signal) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill(signal);
      }),
  };
}
