import { mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Random } from "../../kernel/random.ts";
import { taskEndpoint } from "../endpoint/environment.ts";
import { createEndpointServer } from "../endpoint/server.ts";
import { openLocalRuntime } from "../local-runtime.ts";
import { openPositionFiles } from "../logs/position-files.ts";
import { createTaskLogs } from "../logs/task-logs.ts";
import type { RoleClient } from "../resources/role-client.ts";
import { createTaskResources } from "../resources/task-resources.ts";
import type { ReportSink, TaskSpec } from "../task.ts";
import type { HostAllowances } from "../task-engine/ports.ts";
import type { RuntimeLog } from "../task-engine/task-engine.ts";
import { sampleTasks } from "../task-samples.ts";
import type { AgentView, HostRuntime } from "./agent.ts";
import { wireRoleClient } from "./wire-role-client.ts";

/** The host of an agent, as its tasks find it. */
export interface HostRuntimeOptions {
  /** Where the host and its containers reach Roadstead. */
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  /** The folder with the pause programs. */
  readonly programs: string;
  /** As `DOCKER_HOST`. */
  readonly dockerHost?: string | undefined;
  readonly allowances: HostAllowances;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: RuntimeLog;
}

const endpointSocket = "endpoint.sock";

/**
 * Runs an agent's tasks on the Docker Engine of its host: with the credentials that the agent is given and no others,
 * against Roadstead's own address.
 */
export async function openHostRuntime(
  options: HostRuntimeOptions,
  report: ReportSink,
  agent: AgentView,
): Promise<HostRuntime> {
  const { endpoint, region, dataDir, clock, random, log } = options;
  const as = (task: TaskSpec, role: "task" | "execution"): RoleClient | undefined => {
    const held = () => agent.credentialsOf(task.taskArn, role);
    if (held() === undefined) return undefined;
    return wireRoleClient(endpoint, region, () => {
      const credentials = held();
      if (credentials === undefined) throw new Error("the task's credentials were taken away");
      return credentials;
    });
  };
  const executionRole = (task: TaskSpec) => as(task, "execution");
  const relayFolder = join(dataDir, "relays");
  await mkdir(relayFolder, { recursive: true, mode: 0o700 });
  const { host } = new URL(endpoint);
  const tasks = await openLocalRuntime({
    kind: "docker",
    ...(options.dockerHost !== undefined && { dockerHost: options.dockerHost }),
    ...{ dataDir, relayFolder, relays: [{ port: 80, socket: endpointSocket }] },
    programs: options.programs,
    allowances: options.allowances,
    endpoint: taskEndpoint(() => endpoint),
    resources: createTaskResources({
      executionRole,
      registryReference: (image) => `${host}/${image.account}.${image.region}/${image.rest}`,
      // No agent says that it has the capability `env-files.s3`.
      readObject: () => Promise.reject(new Error("environment files are not read on this host")),
    }),
    logs: createTaskLogs({
      executionRole,
      positions: await openPositionFiles(join(dataDir, "log-positions"), clock.now()),
      ...{ clock, engineClock: clock, log },
    }),
    ...{ report, clock, random, log },
  });
  const server = createEndpointServer({
    tasks,
    async credentials({ taskArn }) {
      const held = agent.credentialsOf(taskArn, "task");
      if (held === undefined) throw new Error("no credentials yet");
      return { ...held, expiresAt: Date.parse(held.expiration) };
    },
    taskRole: (task) => as(task, "task"),
    ...{ random, log },
  });
  const socket = join(relayFolder, endpointSocket);
  await rm(socket, { force: true });
  await listening(server, () => server.listen(socket));
  const letGo = tasks.close.bind(tasks);
  return Object.assign(tasks, {
    sample: () => sampleTasks(tasks),
    async close() {
      await letGo();
      server.close();
      server.closeAllConnections();
    },
  });
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.removeListener("error", reject);
      resolve();
    });
    listen();
  });
}
