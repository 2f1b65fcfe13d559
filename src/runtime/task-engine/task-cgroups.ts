import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerEngine } from "../engine/port.ts";
import type { TaskSpec } from "../task.ts";

/** Holds what a whole task may use. */
export interface TaskLimits {
  /**
   * Sets the task's limits. Again is no error.
   * @returns the parent of its containers' control groups; undefined where the limits must be put on each container.
   */
  hold(task: TaskSpec): Promise<string | undefined>;
  /** Forgets the limits of a task that has no container any more. */
  release(taskId: string): Promise<void>;
}

/** AWS: the agent's control groups are `/ecs/<task id>`. */
const parentFolder = "ecs";
const cpuPeriod = 100_000;
const mebibyte = 1 << 20;

/**
 * A control group for each task, as the agent makes them. Needs root on the engine's own machine and the engine's
 * driver `cgroupfs`; with systemd's driver the limits are put on each container.
 * @param root where control groups are mounted: `/sys/fs/cgroup`.
 */
export function createTaskCgroups(engine: ContainerEngine, root: string): TaskLimits {
  return {
    async hold(task) {
      if (task.cpu === undefined && task.memory === undefined) return undefined;
      if (process.getuid?.() !== 0) return undefined;
      const groups = await engine.controlGroups();
      if (groups?.driver !== "cgroupfs") return undefined;
      try {
        if (groups.version === 1) await holdApart(root, task);
        else await holdTogether(root, task);
      } catch {
        // Not ours to write, as inside of a container: the limits are put on each container.
        return undefined;
      }
      return `/${parentFolder}/${task.taskId}`;
    },

    async release(taskId) {
      for (const controller of ["", ...(await foldersOf(root))]) {
        // What still has processes stays; what is not there need not go.
        await rmdir(join(root, controller, parentFolder, taskId)).catch(() => {});
      }
    },
  };
}

/** Version 1: each controller has a tree of its own. */
async function holdApart(root: string, { taskId, cpu, memory }: TaskSpec): Promise<void> {
  const set = async (controller: string, file: string, value: number): Promise<void> => {
    const folder = join(root, controller, parentFolder, taskId);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), String(value));
  };
  if (memory !== undefined) await set("memory", "memory.limit_in_bytes", memory * mebibyte);
  if (cpu === undefined) return;
  await set("cpu", "cpu.cfs_period_us", cpuPeriod);
  await set("cpu", "cpu.cfs_quota_us", quotaOf(cpu));
}

/** Version 2: one tree, whose folders must be told which controllers their children have. */
async function holdTogether(root: string, { taskId, cpu, memory }: TaskSpec): Promise<void> {
  const parent = join(root, parentFolder);
  const folder = join(parent, taskId);
  await mkdir(folder, { recursive: true });
  for (const path of [root, parent])
    await writeFile(join(path, "cgroup.subtree_control"), "+cpu +memory +pids");
  if (memory !== undefined) await writeFile(join(folder, "memory.max"), String(memory * mebibyte));
  if (cpu !== undefined) await writeFile(join(folder, "cpu.max"), `${quotaOf(cpu)} ${cpuPeriod}`);
}

const quotaOf = (units: number): number => Math.round((units / 1024) * cpuPeriod);

const foldersOf = (path: string): Promise<string[]> => readdir(path).catch(() => []);
