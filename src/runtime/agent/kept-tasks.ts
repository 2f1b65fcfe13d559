import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TaskSpec } from "../task.ts";

/** The tasks that an agent has taken, so that its next process goes on with them. Credentials are never among them. */
export interface KeptTasks {
  list(): Promise<readonly TaskSpec[]>;
  keep(task: TaskSpec): Promise<void>;
  drop(taskArn: string): Promise<void>;
}

/** Keeps each task in a file of a folder, readable to its owner alone. */
export async function openKeptTasks(folder: string): Promise<KeptTasks> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (taskArn: string): string => join(folder, `${taskArn.split("/").at(-1)}.json`);
  return {
    async list() {
      const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
      return Promise.all(
        names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as TaskSpec),
      );
    },
    async keep(task) {
      const path = pathOf(task.taskArn);
      // Written whole before it has its name: a crash leaves no half of one.
      await writeFile(`${path}.new`, JSON.stringify(task), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    drop: (taskArn) => rm(pathOf(taskArn), { force: true }),
  };
}
