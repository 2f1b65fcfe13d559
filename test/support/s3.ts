import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { eventually, findProgram, freePort, runDaemon } from "./daemon.ts";

let started: Promise<string> | undefined;

/** Why there is no S3 to test with, or `undefined` when there is one. */
export function s3Missing(): string | undefined {
  return findProgram("moto_server") === undefined ? "moto_server is not installed" : undefined;
}

/**
 * The URL of an empty bucket in a moto server that is started at the first call and ends with this process;
 * `undefined` when there is none (see `s3Missing`).
 */
export async function s3Url(): Promise<string | undefined> {
  if (s3Missing() !== undefined) return undefined;
  started ??= start();
  const endpoint = await started;
  const bucket = `test-${randomBytes(6).toString("hex")}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } finally {
    client.destroy();
  }
  return `s3://test:test@${bucket}/some/prefix?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1`;
}

async function start(): Promise<string> {
  const port = await freePort();
  runDaemon('"$@" & server=$!\nuntil_the_end', [
    findProgram("moto_server") ?? "moto_server",
    ...["-H", "127.0.0.1", "-p", String(port)],
  ]);
  const endpoint = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok;
  if (!(await eventually(60, answers))) throw new Error("moto_server did not start");
  return endpoint;
}
