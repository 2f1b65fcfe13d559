import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../kernel/brand.ts";
import type { VaultKeys } from "./keystream.ts";
import { digestOf, noise } from "./suite.ts";
import type { BlobStorage, BlobStore, ByteRange } from "./types.ts";

/** Two layers: what holds for them holds for one. */
export const vaultKeys: VaultKeys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const otherKeys: VaultKeys = [Buffer.alloc(32, 1), Buffer.alloc(32, 3)];

/** What every storage must do with its vaults, besides what each vault does as a store. */
export function vaultSuite(open: () => Promise<BlobStorage>): void {
  describe("vaults", () => {
    let storage: BlobStorage;
    const bytes = noise(200_003);
    const digest = digestOf(bytes);
    beforeAll(async () => {
      storage = await open();
    });

    test("have nothing in common with each other and the storage", async () => {
      const [one, other] = [storage.vault("one", vaultKeys), storage.vault("other", vaultKeys)];
      await one.put(Readable.from([bytes]));
      expect(await other.size(digest)).toBeUndefined();
      expect(await storage.size(digest)).toBeUndefined();
      await other.put(Readable.from([bytes]));
      await one.delete(digest);
      expect(digestOf(await all(other, digest))).toBe(digest);
    });

    test("give any range in the open", async () => {
      const vault = storage.vault("ranges", vaultKeys);
      await vault.put(Readable.from([bytes]));
      for (const first of [0, 1, 15, 16, 17, 4096, 65_537, 200_002]) {
        for (const last of [first, first + 15, first + 70_000]) {
          const expected = bytes.subarray(first, last + 1);
          expect((await all(vault, digest, { first, last })).equals(expected)).toBe(true);
        }
      }
    });

    test("are read with the keys of their writing alone", async () => {
      await storage.vault("keys", vaultKeys).put(Readable.from([bytes]));
      expect(digestOf(await all(storage.vault("keys", vaultKeys), digest))).toBe(digest);
      expect(digestOf(await all(storage.vault("keys", otherKeys), digest))).not.toBe(digest);
    });

    test("that are locked tell and remove what they have, and no more", async () => {
      await storage.vault("locked", vaultKeys).put(Readable.from([bytes]));
      const locked = storage.vault("locked", "locked");
      const found = [];
      for await (const entry of locked.list()) found.push([entry.digest, entry.size]);
      expect(found).toEqual([[digest, bytes.length]]);
      expect(await locked.size(digest)).toBe(bytes.length);
      await expect(locked.read(digest)).rejects.toThrow("locked");
      await expect(locked.put(Readable.from([bytes]))).rejects.toThrow("locked");
      await locked.delete(digest);
      expect(await locked.size(digest)).toBeUndefined();
    });

    test("go with all they have, and may be made again", async () => {
      const vault = storage.vault("gone", vaultKeys);
      await vault.put(Readable.from([bytes]));
      const upload = randomUUID();
      await vault.begin(upload);
      await storage.removeVault("gone");
      await storage.removeVault("gone");
      expect(await vault.size(digest)).toBeUndefined();
      expect(await vault.received(upload)).toBeUndefined();
      await vault.put(Readable.from([bytes]));
      expect(await vault.size(digest)).toBe(bytes.length);
    });

    test.each(["", "..", "a/b", "A", "-a"])("are not named %j", (name) => {
      expect(() => storage.vault(name, vaultKeys)).toThrow(TypeError);
    });

    test("go with the storage's reset", async () => {
      const vault = storage.vault("reset", vaultKeys);
      await vault.put(Readable.from([bytes]));
      await storage.clear();
      expect(await vault.size(digest)).toBeUndefined();
      await vault.put(Readable.from([bytes]));
      expect(digestOf(await all(vault, digest))).toBe(digest);
    });
  });
}

async function all(blobs: BlobStore, digest: Digest, range?: ByteRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await blobs.read(digest, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
