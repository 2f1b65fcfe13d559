import { mkdir, realpath, rename, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { openBucket } from "./bucket-objects.ts";

/** Where services put objects of the buckets that the operator named. */
export interface BucketWriter {
  has(bucket: string): boolean;
  /** Throws when there is no such bucket, or it does not take the object. */
  write(bucket: string, key: string, bytes: Buffer): Promise<void>;
}

/** How long S3 may take for one object, in ms. */
const patience = 30_000;

/**
 * Writes objects into folders, or into buckets of a real S3. Nothing outside of a folder is ever written.
 * @param places as for `bucketObjects`.
 */
export function bucketWriter(places: readonly (readonly [bucket: string, place: string])[]): BucketWriter {
  const byBucket = new Map(places);
  const clients = new Map<string, ReturnType<typeof openBucket>>();
  return {
    has: (bucket) => byBucket.has(bucket),
    async write(bucket, key, bytes) {
      const place = byBucket.get(bucket);
      if (place === undefined) throw new Error(`S3 bucket ${bucket} does not exist!`);
      if (!place.startsWith("s3://")) return writeFileInto(place, key, bytes);
      const opened = clients.get(bucket) ?? openBucket(new URL(place));
      clients.set(bucket, opened);
      const { client, name, prefix } = await opened;
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      await client.send(
        new PutObjectCommand({
          Bucket: name,
          Key: prefix === "" ? key : `${prefix}/${key}`,
          Body: bytes,
          ContentType: "application/json",
          ContentEncoding: "gzip",
        }),
        { abortSignal: AbortSignal.timeout(patience) },
      );
    },
  };
}

/** Writes a file at once: whoever reads the folder meanwhile sees it whole or not at all. */
async function writeFileInto(folder: string, key: string, bytes: Buffer): Promise<void> {
  const root = await realpath(folder);
  const path = join(root, key);
  if (!path.startsWith(`${root}${sep}`)) throw new Error(`${key} is no key of an object`);
  await mkdir(dirname(path), { recursive: true });
  // A link that leads out of the folder is no part of the bucket.
  const parent = await realpath(dirname(path));
  if (parent !== root && !parent.startsWith(`${root}${sep}`)) throw new Error(`${key} is not in the bucket`);
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}
