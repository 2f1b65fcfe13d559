import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { atRest, type EncryptionAtRest } from "./at-rest.ts";
import { openFilesystem } from "./filesystem.ts";
import type { BlobStorage } from "./types.ts";

export interface BlobOptions {
  /**
   * `file:<folder>`, `<dataDir>/blobs` by default, or `s3://<bucket>/<prefix>?endpoint=<url>&region=<region>`, both
   * parameters optional; an access key is looked for where the AWS SDK does, unless it stands before the bucket,
   * `<id>:<secret>@`.
   */
  readonly url?: string;
  readonly dataDir: string;
  /** Says when a blob was stored (S3 has a clock of its own). The machine's by default. */
  readonly clock?: Clock;
  /** How blobs that belong to no vault are kept: as they come, unless it is given. */
  readonly encryption?: EncryptionAtRest;
}

/** Opens the store of blobs. Throws when its URL means nothing or its folder cannot be made. */
export async function openBlobs(options: BlobOptions): Promise<BlobStorage> {
  const storage = await openStorage(options);
  return options.encryption === undefined ? storage : atRest(storage, options.encryption);
}

async function openStorage({ url, dataDir, clock = systemClock }: BlobOptions): Promise<BlobStorage> {
  if (url === undefined) return openFilesystem(resolve(join(dataDir, "blobs")), clock);
  if (url.startsWith("file://")) return openFilesystem(fileURLToPath(url), clock);
  if (url.startsWith("file:")) return openFilesystem(resolve(url.slice("file:".length)), clock);
  if (url.startsWith("s3://")) {
    // Loaded only where it is used: the client takes a while to load.
    const { openS3 } = await import("./s3.ts");
    return openS3(new URL(url));
  }
  throw new Error(`the blobs URL must begin with file: or s3://, not ${url.split(":")[0]}:`);
}
