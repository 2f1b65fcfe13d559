import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Missing, s3Url } from "../../test/support/s3.ts";
import { bucketObjects } from "./bucket-objects.ts";

/** Where the environment files of tasks come from. */

const folder = mkdtempSync(join(tmpdir(), "roadstead-buckets-"));

beforeAll(() => {
  mkdirSync(join(folder, "env"));
  writeFileSync(join(folder, "env", "app.env"), "A=1\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a folder stands for a bucket", async () => {
  const objects = bucketObjects([["settings", folder]]);
  expect(await objects.read("settings", "env/app.env")).toEqual({ text: "A=1\n" });
  expect(await objects.read("settings", "env/none.env")).toBe("no object");
  expect(await objects.read("settings", "../../etc/hostname")).toBe("no object");
  expect(await objects.read("others", "env/app.env")).toBe("no bucket");
});

describe.skipIf(s3Missing() !== undefined)("a bucket of a real S3", { timeout: 90_000 }, () => {
  test("is asked with the operator's key, under its prefix, by the name that tasks know", async () => {
    const place = (await s3Url()) ?? "";
    const url = new URL(place);
    const client = new S3Client({
      endpoint: url.searchParams.get("endpoint") ?? "",
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const put = (Key: string, Body: string | Buffer) =>
      client.send(new PutObjectCommand({ Bucket: url.hostname, Key, Body }));
    await put("some/prefix/env/app.env", "B=ü\n");
    await put("env/outside.env", "C=3\n");
    await put("some/prefix/large.env", Buffer.alloc(1024 * 1024 + 1, 65));
    client.destroy();
    const objects = bucketObjects([
      ["remote", place],
      ["settings", folder],
      ["gone", place.replace(url.hostname, "nowhere-at-all")],
    ]);
    expect(await objects.read("remote", "env/app.env")).toEqual({ text: "B=ü\n" });
    expect(await objects.read("remote", "env/outside.env")).toBe("no object");
    expect(await objects.read("settings", "env/app.env")).toEqual({ text: "A=1\n" });
    expect(await objects.read("gone", "env/app.env")).toBe("no bucket");
    await expect(objects.read("remote", "large.env")).rejects.toThrow(/larger than/);
  });
});
