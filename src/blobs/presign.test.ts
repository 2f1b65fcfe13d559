import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Checksum, SourceData } from "@smithy/types";
import { expect, test } from "vitest";
import { presignGet } from "./presign.ts";

/** What the official signer hashes with. */
class Sha256 implements Checksum {
  readonly #hash: Hash | Hmac;
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function bytesOf(data: SourceData): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}

test.each([
  ["https://bucket.s3.eu-west-1.amazonaws.com/some/prefix/blobs/sha256/ab/ab12", undefined],
  ["http://127.0.0.1:9000/bucket/prefix%20of%20mine/blobs/sha512/00/00ff", "a/token+of=a session"],
])("%s is signed as the SDK's own signer does", async (url, sessionToken) => {
  const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret/key", sessionToken };
  const [now, region, expiresIn] = [1_790_000_000_000, "eu-west-1", 1200];
  const object = new URL(url);
  const signer = new SignatureV4({
    ...{ credentials: key, region, service: "s3", sha256: Sha256 },
    ...{ applyChecksum: false, uriEscapePath: false },
  });
  const signed = await signer.presign(
    {
      ...{ method: "GET", protocol: object.protocol, hostname: object.hostname, path: object.pathname },
      ...{ query: {}, headers: { host: object.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
    },
    {
      expiresIn,
      signingDate: new Date(now),
      unhoistableHeaders: new Set(["x-amz-content-sha256"]),
      unsignableHeaders: new Set(["x-amz-content-sha256"]),
    },
  );
  const ours = presignGet(object, { key, region, now, expiresIn });
  expect(Object.fromEntries(ours.searchParams)).toEqual(signed.query);
  expect(ours.origin + ours.pathname).toBe(url);
});
