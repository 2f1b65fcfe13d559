import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogPosition } from "../task-engine/ports.ts";

/** How far the output of each container was delivered, kept over restarts. */
export interface LogPositions {
  read(container: string): Promise<LogPosition | undefined>;
  write(container: string, position: LogPosition): Promise<void>;
}

/** Positions of containers that wrote nothing for longer are forgotten, in ms. */
const keepFor = 7 * 24 * 3_600_000;

/**
 * Positions as one small file for each container. A kill between a delivery and its note repeats that one batch: a
 * repeated line is better than a lost one.
 * @param folder made when it is not there.
 */
export async function openPositionFiles(folder: string, now: number): Promise<LogPositions> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (now - mtimeMs > keepFor) await rm(file, { force: true });
  }
  const fileOf = (container: string) => join(folder, `${container.replace(/[^\w-]/g, "_")}.json`);
  return {
    async read(container) {
      try {
        const { at, count } = JSON.parse(await readFile(fileOf(container), "utf8")) as LogPosition;
        return { at, count };
      } catch {
        // Nothing was delivered yet, or a crash cut the note short: read from the beginning.
        return undefined;
      }
    },
    async write(container, { at, count }) {
      const file = fileOf(container);
      await writeFile(`${file}.new`, JSON.stringify({ at, count }), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}
