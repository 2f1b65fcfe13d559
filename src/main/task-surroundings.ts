import { mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Settings } from "../config/settings.ts";
import type { LoopPorts } from "../control/ports.ts";
import { createTaskCredentials } from "../control/task-credentials/task-credentials.ts";
import type { Client } from "../dispatch/context.ts";
import type { Arn } from "../kernel/brand.ts";
import { systemClock } from "../kernel/clock.ts";
import { endpointAddress, taskEndpoint } from "../runtime/endpoint/environment.ts";
import { createEndpointServer } from "../runtime/endpoint/server.ts";
import { openPositionFiles } from "../runtime/logs/position-files.ts";
import { createTaskLogs } from "../runtime/logs/task-logs.ts";
import type { Relay } from "../runtime/network/port.ts";
import type { EcrImage } from "../runtime/resources/ecr-image.ts";
import { createTaskResources } from "../runtime/resources/task-resources.ts";
import type { TaskSpec } from "../runtime/task.ts";
import type { TaskEndpoint, TaskLogs, TaskResources } from "../runtime/task-engine/ports.ts";
import type { TaskEngine } from "../runtime/task-engine/task-engine.ts";
import { tasksPrincipal } from "../services/ecs/role.ts";
import { readEnvironmentFile } from "../services/ecs/task-definitions/read-environment-file.ts";
import { bucketObjects } from "./bucket-objects.ts";

/** Where the AWS APIs are inside of a task: beside its credentials. */
const servicePort = 4566;
const endpointSocket = "endpoint.sock";
const serviceSocket = "services.sock";

export interface TaskSurroundingsPorts extends LoopPorts {
  readonly settings: Pick<Settings, "dataDir" | "bucketFolders">;
  /** The listener that containers reach (`http/container-listener.ts`), not listening yet. */
  readonly services: Server;
  /** An image of a registry of this Roadstead, by a name that the engine reaches. */
  readonly registryReference: (image: EcrImage) => string;
}

/** All that a task of this machine has around it: what it is given to begin, where its output goes, whom it can ask. */
export interface TaskSurroundings {
  readonly resources: TaskResources;
  readonly logs: TaskLogs;
  readonly endpoint: TaskEndpoint;
  /** The folder with the sockets of log routers, absolute: their containers mount from it. */
  readonly routerFolder: string;
  /** The folder of the sockets that the relays lead to, absolute. */
  readonly relayFolder: string;
  readonly relays: readonly Relay[];
  /** Begins to answer the containers of these tasks. */
  serve(tasks: TaskEngine): Promise<void>;
  /** Ends the answering; requests that are under way are finished. */
  close(): Promise<void>;
}

/** Puts the surroundings of tasks together. */
export async function openTaskSurroundings(ports: TaskSurroundingsPorts): Promise<TaskSurroundings> {
  const { settings, clock, random, log, services } = ports;
  const relayFolder = join(settings.dataDir, "relays");
  const routerFolder = join(settings.dataDir, "log-routers");
  await mkdir(relayFolder, { recursive: true, mode: 0o700 });
  await mkdir(routerFolder, { recursive: true, mode: 0o700 });
  const credentials = createTaskCredentials(ports);
  const readObject = readEnvironmentFile(bucketObjects(settings.bucketFolders));
  const as = (task: TaskSpec, roleArn: string | undefined): Client | undefined =>
    roleArn === undefined
      ? undefined
      : ports.clientAs({
          servicePrincipal: tasksPrincipal,
          account: task.account,
          region: task.region,
          roleArn: roleArn as Arn,
          sessionName: task.taskId,
          sourceArn: task.taskArn as Arn,
        });
  const executionRole = (task: TaskSpec) => as(task, task.executionRoleArn);
  let servers: readonly Server[] = [];

  return {
    relayFolder,
    relays: [
      { port: 80, socket: endpointSocket },
      { port: servicePort, socket: serviceSocket },
    ],
    endpoint: taskEndpoint(() => `http://${endpointAddress}:${servicePort}`),
    resources: createTaskResources({
      executionRole,
      registryReference: ports.registryReference,
      async readObject(task, arn) {
        const role = executionRole(task);
        if (role === undefined) throw new Error("the task has no execution role");
        return await role.invoke(readObject, { arn });
      },
    }),
    routerFolder,
    logs: createTaskLogs({
      executionRole,
      routerFolder,
      positions: await openPositionFiles(join(settings.dataDir, "log-positions"), systemClock.now()),
      clock,
      engineClock: systemClock,
      log,
    }),

    async serve(tasks) {
      const endpoint = createEndpointServer({
        tasks,
        credentials: (task) => credentials.of(task, task.taskRoleArn ?? ""),
        taskRole: (task) => as(task, task.taskRoleArn),
        random,
        log,
      });
      servers = [endpoint, services];
      await listen(endpoint, join(relayFolder, endpointSocket));
      await listen(services, join(relayFolder, serviceSocket));
    },

    async close() {
      await Promise.all(servers.map(closed));
    },
  };
}

/** Listens on a socket; what an earlier process left there is removed. */
async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
