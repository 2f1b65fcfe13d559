import type { S3Client } from "@aws-sdk/client-s3";
import type { EnvironmentObjects } from "../services/ecs/task-definitions/read-environment-file.ts";
import { bucketFolders } from "./bucket-folders.ts";

/** Ours: an environment file has a few lines. Bytes. */
const largestObject = 1024 * 1024;
/** How long S3 may take for one, in ms. */
const patience = 10_000;

/**
 * Objects of the buckets that the operator named: in a folder, or in a bucket of a real S3 that is asked with the
 * operator's key. Whether a task may read an object is decided before, at the one door.
 * @param places a folder (`/srv/settings`), or `s3://<key>:<secret>@<bucket>/<prefix>?endpoint=…&region=…` as for blobs,
 * by the name that tasks use for the bucket.
 */
export function bucketObjects(
  places: readonly (readonly [bucket: string, place: string])[],
): EnvironmentObjects {
  const isUrl = ([, place]: readonly [string, string]) => place.startsWith("s3://");
  const folders = bucketFolders(new Map(places.filter((one) => !isUrl(one))));
  const buckets = new Map(places.filter(isUrl).map(([bucket, url]) => [bucket, s3Objects(new URL(url))]));
  return {
    read: (bucket, key) => buckets.get(bucket)?.(key) ?? folders.read(bucket, key),
  };
}

/** Reads objects of one bucket of S3. Nothing is opened before the first is asked for. */
function s3Objects(url: URL): (key: string) => ReturnType<EnvironmentObjects["read"]> {
  let opened: Promise<{ readonly client: S3Client; readonly get: GetObject }> | undefined;
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  return async (key) => {
    opened ??= open(url);
    const { client, get } = await opened;
    const Key = prefix === "" ? key : `${prefix}/${key}`;
    try {
      return { text: await get(client, url.hostname, Key) };
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "NoSuchBucket") return "no bucket";
      if (name === "NoSuchKey" || name === "NotFound") return "no object";
      throw error;
    }
  };
}

type GetObject = (client: S3Client, bucket: string, key: string) => Promise<string>;

/** A bucket of a real S3, as its URL says: `s3://<key>:<secret>@<bucket>/<prefix>?endpoint=…&region=…`. */
export async function openBucket(
  url: URL,
): Promise<{ readonly client: S3Client; readonly name: string; readonly prefix: string }> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  const client = new S3Client({
    endpoint,
    forcePathStyle: endpoint !== undefined,
    region: url.searchParams.get("region") ?? undefined,
    ...(url.username !== "" && {
      credentials: {
        accessKeyId: decodeURIComponent(url.username),
        secretAccessKey: decodeURIComponent(url.password),
      },
    }),
    // Servers other than AWS do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { client, name: url.hostname, prefix: url.pathname.replace(/^\/+|\/+$/g, "") };
}

async function open(url: URL): Promise<{ readonly client: S3Client; readonly get: GetObject }> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { client } = await openBucket(url);
  return {
    client,
    async get(from, bucket, key) {
      const abortSignal = AbortSignal.timeout(patience);
      const object = await from.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
      if ((object.ContentLength ?? 0) > largestObject) {
        throw new Error(`s3://${bucket}/${key} is larger than ${largestObject} bytes`);
      }
      return (await object.Body?.transformToString("utf8")) ?? "";
    },
  };
}
