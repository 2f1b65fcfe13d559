import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Digest } from "../kernel/brand.ts";
import type { EncryptionAtRest } from "./at-rest.ts";
import { digestOf, noise } from "./suite.ts";
import type { BlobStorage, BlobStore } from "./types.ts";

type Writes = EncryptionAtRest["writes"] | "as it came";

/** What every storage must do when its common blobs lie in two layouts. `open` opens the same bytes each time. */
export function atRestSuite(newPlace: () => Promise<(writes: Writes) => Promise<BlobStorage>>): void {
  describe("in two layouts", () => {
    const bytes = noise(200_003);
    const digest = digestOf(bytes);

    test.each([
      ["as it came", "encrypted"],
      ["plain", "encrypted"],
      ["encrypted", "plain"],
    ] as const)(
      "what was written %s is read, listed and removed by one that writes %s",
      async (one, other) => {
        const open = await newPlace();
        await (await open(one)).put(Readable.from([bytes]));
        const storage = await open(other);
        expect(await storage.size(digest)).toBe(bytes.length);
        expect(digestOf(await all(storage, digest))).toBe(digest);
        const part = await storage.read(digest, { first: 17, last: 70_000 });
        expect((await collect(part)).equals(bytes.subarray(17, 70_001))).toBe(true);
        expect(await listed(storage)).toEqual([digest]);
        await storage.delete(digest);
        expect(await storage.size(digest)).toBeUndefined();
        await expect(storage.read(digest)).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
      },
    );

    test("what is pushed again takes the place of its plain copy, and is listed once", async () => {
      const open = await newPlace();
      const plain = await open("plain");
      const encrypted = await open("encrypted");
      await plain.put(Readable.from([bytes]));
      await encrypted.put(Readable.from([bytes]));
      expect(await (await open("as it came")).size(digest)).toBeUndefined();
      expect(digestOf(await all(plain, digest))).toBe(digest);
      // Never the other way round: two that write in both ways at once must not each remove the other's copy.
      await plain.put(Readable.from([bytes]));
      expect(await (await open("as it came")).size(digest)).toBe(bytes.length);
      for (const storage of [plain, encrypted]) expect(await listed(storage)).toEqual([digest]);
      await plain.delete(digest);
      expect(await encrypted.size(digest)).toBeUndefined();
    });

    test.each([
      ["plain", "encrypted"],
      ["encrypted", "plain"],
    ] as const)("an upload that was begun %s goes on where new ones are %s", async (one, other) => {
      const open = await newPlace();
      const id = randomUUID();
      const before = await open(one);
      await before.begin(id);
      await before.append(id, 0, Readable.from([bytes.subarray(0, 1001)]));
      const storage = await open(other);
      expect(await storage.received(id)).toBe(1001);
      await storage.append(id, 1001, Readable.from([bytes.subarray(1001)]));
      const part = await storage.readPart(id, { first: 990, last: 1010 });
      expect((await collect(part)).equals(bytes.subarray(990, 1011))).toBe(true);
      expect((await uploads(storage)).filter((found) => found === id)).toEqual([id]);
      expect(await storage.finish(id, digest)).toEqual({ digest, size: bytes.length });
      expect(digestOf(await all(storage, digest))).toBe(digest);

      const cancelled = randomUUID();
      await before.begin(cancelled);
      await storage.cancel(cancelled);
      expect(await before.received(cancelled)).toBeUndefined();
    });

    test("a reader finds a blob that is encrypted while it looks", async () => {
      const open = await newPlace();
      await (await open("plain")).put(Readable.from([bytes]));
      const storage = await open("encrypted");
      const found = await Promise.all([
        storage.put(Readable.from([bytes])),
        ...Array.from({ length: 20 }, async () => digestOf(await all(storage, digest))),
      ]);
      expect(new Set(found.slice(1))).toEqual(new Set([digest]));
    });
  });
}

async function all(blobs: BlobStore, digest: Digest): Promise<Buffer> {
  return collect(await blobs.read(digest));
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listed(blobs: BlobStore): Promise<readonly Digest[]> {
  const found = [];
  for await (const blob of blobs.list()) found.push(blob.digest);
  return found;
}

async function uploads(blobs: BlobStore): Promise<readonly string[]> {
  const found = [];
  for await (const { id } of blobs.uploads()) found.push(id);
  return found;
}
