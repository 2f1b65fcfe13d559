import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, homedir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { version } from "../main.ts";
import { createLog } from "../observe/log.ts";
import { startAgent } from "../runtime/agent/agent.ts";
import { openHostRuntime } from "../runtime/agent/host-runtime.ts";
import { openKeptTasks } from "../runtime/agent/kept-tasks.ts";
import { Trouble } from "./trouble.ts";

/** The flags of `roadstead agent`. */
export interface AgentFlags {
  readonly cluster: string;
  readonly endpoint: string;
  readonly region: string;
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
  const keys = keysOf(process.env);
  const dataDir = resolve(flags.dataDir ?? join(homedir(), ".roadstead-agent"));
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = createLog("text", "info", (line) => process.stdout.write(line));
  const state = join(dataDir, "container-instance");
  const dockerHost = flags.dockerHost ?? process.env.DOCKER_HOST;
  const running = await startAgent({
    endpoint: flags.endpoint,
    region: flags.region,
    keys,
    cluster: flags.cluster,
    external: flags.external ?? false,
    attributes: Object.fromEntries(flags.attribute.map((text) => text.split(/=(.*)/s, 2))),
    cpu: cpus().length * 1024,
    memory: Math.floor(totalmem() / mebibyte) - Number(flags.reservedMemory),
    reservedPorts,
    agentVersion: version,
    dockerVersion: "roadstead",
    containerInstanceArn: await known(state, flags.cluster),
    kept: await openKeptTasks(join(dataDir, "tasks")),
    log,
    open: (report, view) =>
      openHostRuntime(
        {
          endpoint: flags.endpoint,
          region: flags.region,
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
    throw cannotJoin(error, flags);
  });
  await writeFile(state, `${flags.cluster} ${running.containerInstanceArn}\n`, { mode: 0o600 });
  process.stdout.write(`This host is ${running.containerInstanceArn}\n`);
  await new Promise<void>((stop) => {
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
  });
  await running.stop();
}

/** The ARN that an earlier start was given in this cluster. */
async function known(path: string, cluster: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [of, arn] = text.trim().split(" ");
  return of === cluster ? arn : undefined;
}

function keysOf(environment: NodeJS.ProcessEnv) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) {
    throw new Trouble(
      "The agent has no credentials.",
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: every call of the agent is signed and authorised.",
      "aws iam create-access-key --user-name <user with AmazonEC2ContainerServiceforEC2Role>",
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN || undefined };
}

function cannotJoin(error: unknown, { cluster, endpoint }: AgentFlags): unknown {
  if (!(error instanceof Error)) return error;
  const cure =
    error.name === "ClusterNotFoundException"
      ? `aws ecs create-cluster --cluster-name ${cluster}`
      : "roadstead doctor";
  return new Trouble(
    `This host cannot join ${cluster} at ${endpoint}.`,
    `${error.name}: ${error.message}`,
    cure,
  );
}
