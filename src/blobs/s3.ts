import type { BlobStore } from "./types.ts";

/** Opens an S3 bucket. */
export async function openS3(_url: URL): Promise<BlobStore> {
  throw new Error("blobs in S3 are not supported yet");
}
