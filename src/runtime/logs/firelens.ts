import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerSpec, TaskRuntime, TaskSpec } from "../task.ts";
import { configPaths, routerConfiguration, routerSocket } from "./firelens-config.ts";

/** A task's part of the folder: the router's socket, and its configuration. */
const socketFolder = (folder: string, taskId: string): string => join(folder, taskId, "run");
const configFile = (folder: string, taskId: string): string => join(folder, taskId, "router.conf");

/** Where the output of a task's containers is forwarded to, on this machine. */
export const routerSocketPath = (folder: string, taskId: string): string =>
  join(socketFolder(folder, taskId), routerSocket.slice(routerSocket.lastIndexOf("/") + 1));

/** Names of volumes that no definition can have. */
const socketVolume = "~firelens/socket";
const configVolume = "~firelens/config";

/**
 * A task with a log router as it is run (Developer Guide, "Using custom log routing"): the router has its configuration
 * and its socket mounted, and runs before those whose output it takes and until after them. Others are left alone.
 * @param folder of this machine, absolute.
 */
function withLogRouter(task: TaskSpec, folder: string): TaskSpec {
  const router = routerOf(task);
  if (router === undefined) return task;
  const { type = "fluentbit" } = router.definition.firelensConfiguration ?? {};
  const { name } = router.definition;
  return {
    ...task,
    volumes: [
      ...task.volumes,
      { name: socketVolume, host: { sourcePath: socketFolder(folder, task.taskId) } },
      { name: configVolume, host: { sourcePath: configFile(folder, task.taskId) } },
    ],
    containers: task.containers.map((container) => {
      const { definition } = container;
      if (container === router) {
        const mountPoints = [
          ...(definition.mountPoints ?? []),
          { sourceVolume: socketVolume, containerPath: routerSocket.slice(0, routerSocket.lastIndexOf("/")) },
          { sourceVolume: configVolume, containerPath: configPaths[type], readOnly: true },
        ];
        return { ...container, definition: { ...definition, mountPoints } };
      }
      if (definition.logConfiguration?.logDriver !== "awsfirelens") return container;
      const environment = [
        { name: "FLUENT_HOST", value: "127.0.0.1" },
        { name: "FLUENT_PORT", value: "24224" },
        ...(definition.environment ?? []),
      ];
      const dependsOn = [...(definition.dependsOn ?? [])];
      if (!dependsOn.some(({ containerName }) => containerName === name)) {
        dependsOn.push({ containerName: name, condition: "START" });
      }
      return { ...container, definition: { ...definition, environment, dependsOn } };
    }),
  };
}

/** The last part of a task's ARN, which names its part of the folder. */
const taskIdOf = (taskArn: string): string => taskArn.split("/").at(-1) || "-";

function routerOf(task: TaskSpec): ContainerSpec | undefined {
  return task.containers.find(({ definition }) => definition.firelensConfiguration !== undefined);
}

/** A runtime that prepares the log routers of its tasks. @param folder of this machine, absolute. */
export function routingLogs<Runtime extends TaskRuntime>(runtime: Runtime, folder: string): Runtime {
  const start = runtime.start.bind(runtime);
  const remove = runtime.remove.bind(runtime);
  const keepOnly = runtime.keepOnly.bind(runtime);
  return Object.assign(runtime, {
    async start(task: TaskSpec) {
      const router = routerOf(task);
      if (router !== undefined) {
        await mkdir(socketFolder(folder, task.taskId), { recursive: true });
        // The router may run as anybody.
        await chmod(socketFolder(folder, task.taskId), 0o777);
        await writeFile(configFile(folder, task.taskId), routerConfiguration(task, router.definition));
      }
      await start(withLogRouter(task, folder));
    },
    async remove(taskArn: string) {
      await remove(taskArn);
      await rm(join(folder, taskIdOf(taskArn)), { recursive: true, force: true });
    },
    async keepOnly(taskArns: ReadonlySet<string>) {
      await keepOnly(taskArns);
      const kept = new Set([...taskArns].map(taskIdOf));
      const gone = (await readdir(folder)).filter((taskId) => !kept.has(taskId));
      for (const taskId of gone) await rm(join(folder, taskId), { recursive: true, force: true });
    },
  });
}
