import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { EnvironmentObjects } from "../services/ecs/task-definitions/read-environment-file.ts";

/** Ours: an environment file has a few lines. Bytes. */
const largestFile = 1024 * 1024;

/** Objects of S3 as files in the folders that stand for their buckets. Nothing outside of a folder is ever read. */
export function bucketFolders(folders: ReadonlyMap<string, string>): EnvironmentObjects {
  return {
    async read(bucket, key) {
      const folder = folders.get(bucket);
      if (folder === undefined) return "no bucket";
      try {
        const root = await realpath(folder);
        // A link that leads out of the folder is no object of the bucket.
        const file = await realpath(join(root, key));
        if (!file.startsWith(`${root}${sep}`)) return "no object";
        const { size } = await stat(file);
        if (size > largestFile) throw new Error(`s3://${bucket}/${key} is larger than ${largestFile} bytes`);
        return { text: await readFile(file, "utf8") };
      } catch (error) {
        if (isAbsent(error)) return "no object";
        throw error;
      }
    },
  };
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "EISDIR"].includes(String(error.code))
  );
}
