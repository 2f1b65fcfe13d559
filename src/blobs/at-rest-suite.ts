import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Digest } from "../kernel/brand.ts";
import { type EncryptionAtRest, encloseStored } from "./at-rest.ts";
import { digestOf, noise } from "./suite.ts";
import type { BlobStorage, BlobStore } from "./types.ts";

/** The key with which `open` encrypts. */
export const atRestKey = Buffer.alloc(32, 7);

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

    test("what lies in the open is encrypted in place; what is damaged stays, and is told of", async () => {
      const open = await newPlace();
      const plain = await open("as it came");
      const others = [noise(70_001), noise(0), noise(17)];
      for (const one of [bytes, ...others]) await plain.put(Readable.from([one]));
      const outcomes = new Map<Digest, string>();
      const worse = withOtherBytes(plain, digest);
      for await (const { digest, outcome } of encloseStored(worse, atRestKey)) outcomes.set(digest, outcome);
      expect(outcomes).toEqual(
        new Map([[digest, "damaged"], ...others.map((one) => [digestOf(one), "encrypted"] as const)]),
      );
      expect(await listed(plain)).toEqual([digest]);
      const encrypted = await open("plain");
      for (const one of [bytes, ...others]) {
        expect(digestOf(await all(encrypted, digestOf(one)))).toBe(digestOf(one));
      }
    });

    test.each(["reading", "writing", "removing"] as const)(
      "a process that dies while %s loses nothing, and the next goes on",
      async (moment) => {
        const blobs = [bytes, noise(70_001), noise(17)];
        for (let nth = 1; nth <= blobs.length; nth++) {
          const open = await newPlace();
          const plain = await open("as it came");
          for (const one of blobs) await plain.put(Readable.from([one]));
          const dying = encloseStored(dyingAt(plain, moment, nth), atRestKey);
          await expect(drain(dying)).rejects.toThrow("died");
          const layouts = await open("encrypted");
          for (const one of blobs) expect(digestOf(await all(layouts, digestOf(one)))).toBe(digestOf(one));
          await drain(encloseStored(plain, atRestKey));
          expect(await listed(plain)).toEqual([]);
          expect([...(await listed(layouts))].sort()).toEqual(blobs.map(digestOf).sort());
        }
      },
    );

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

/** The storage, which gives other bytes for one blob. */
function withOtherBytes(storage: BlobStorage, damaged: Digest): BlobStorage {
  return changed(storage, {
    read: async (digest) =>
      digest === damaged ? Readable.from([Buffer.from("x")]) : await storage.read(digest),
  });
}

/** The storage, whose n-th step of a kind is its last: a stream breaks, a copy was made, a removal is not begun. */
function dyingAt(storage: BlobStorage, moment: "reading" | "writing" | "removing", nth: number): BlobStorage {
  let count = 0;
  const die = (at: typeof moment): void => {
    if (at !== moment) return;
    count += 1;
    if (count === nth) throw new Error("died");
  };
  return changed(storage, {
    async read(digest) {
      const bytes = await storage.read(digest);
      async function* broken(): AsyncGenerator<Buffer> {
        yield* bytes;
        die("reading");
      }
      return Readable.from(broken());
    },
    async delete(digest) {
      die("removing");
      await storage.delete(digest);
    },
    vault: (name, keys) => {
      const vault = storage.vault(name, keys);
      return changed(vault, {
        async put(bytes, expected) {
          const blob = await vault.put(bytes, expected);
          die("writing");
          return blob;
        },
      });
    },
  });
}

/** A store with some of its methods replaced. */
function changed<Store extends BlobStore>(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const own = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

async function drain(enclosing: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of enclosing);
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
