import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { day } from "../kernel/duration.ts";
import { atRestKey, atRestSuite } from "./at-rest-suite.ts";
import { openBlobs } from "./open.ts";
import { blobSuite, digestOf } from "./suite.ts";
import { vaultKeys, vaultSuite } from "./vault-suite.ts";

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "roadstead-blobs-"));
  folders.push(made);
  return made;
}
afterAll(() => Promise.all(folders.map((made) => rm(made, { recursive: true }))));

describe("blobs as files", () => {
  // What is written at once, what may wait for it, and after how much the disk is asked to begin.
  blobSuite(
    async () => {
      const dataDir = await folder();
      const blobs = await openBlobs({ dataDir });
      return { blobs, another: () => openBlobs({ dataDir }), close: () => blobs.close() };
    },
    { edges: [1 << 20, 8 << 20, 32 << 20] },
  );

  describe("in a vault", () => {
    blobSuite(
      async () => {
        const dataDir = await folder();
        const open = async () => (await openBlobs({ dataDir })).vault("some", vaultKeys);
        const blobs = await open();
        return { blobs, another: open, close: () => blobs.close() };
      },
      { edges: [16, 1 << 20, 32 << 20] },
    );
  });
  describe("encrypted at rest", () => {
    blobSuite(
      async () => {
        const dataDir = await folder();
        const open = () => openBlobs({ dataDir, encryption: { key: vaultKeys[0], writes: "encrypted" } });
        const blobs = await open();
        return { blobs, another: open, close: () => blobs.close() };
      },
      { edges: [16, 1 << 20, 32 << 20] },
    );
  });
  vaultSuite(async () => openBlobs({ dataDir: await folder() }));
  atRestSuite(async () => {
    const dataDir = await folder();
    return (writes) =>
      openBlobs({ dataDir, encryption: writes === "as it came" ? undefined : { key: atRestKey, writes } });
  });

  test("in a vault show nothing of their bytes in any file", async () => {
    const dataDir = await folder();
    const vault = (await openBlobs({ dataDir })).vault("some", vaultKeys);
    const marked = Buffer.from("the marker ".repeat(1000));
    const upload = randomUUID();
    await vault.begin(upload);
    await vault.append(upload, 0, Readable.from([marked]));
    await vault.put(Readable.from([marked]));
    const found = await readdir(dataDir, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile());
    expect(files).toHaveLength(2);
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name));
      expect(bytes.length).toBeGreaterThan(marked.length);
      expect(bytes.includes("marker")).toBe(false);
    }
  });

  test("of a vault whose file was cut short are refused", async () => {
    const dataDir = await folder();
    const vault = (await openBlobs({ dataDir })).vault("some", vaultKeys);
    const { digest } = await vault.put(Readable.from([Buffer.from("hello")]));
    const hex = digest.slice("sha256:".length);
    const path = join(dataDir, "blobs/vaults/some/blobs/sha256", hex.slice(0, 2), hex);
    await truncate(path, 20);
    await expect(vault.read(digest)).rejects.toThrow("does not begin as it should");
    expect(await vault.size(digest)).toBeUndefined();
  });

  test("are readable by their owner alone, and lie where they should", async () => {
    const dataDir = await folder();
    const blobs = await openBlobs({ url: `file:${dataDir}/elsewhere`, dataDir: "/nonexistent" });
    const { digest } = await blobs.put(Readable.from([Buffer.from("hello")]));
    const hex = digest.slice("sha256:".length);
    const found = await stat(join(dataDir, "elsewhere/blobs/sha256", hex.slice(0, 2), hex));
    expect(found.mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, "elsewhere"))).mode & 0o777).toBe(0o700);
  });

  test("carry the time of the clock when they were stored last", async () => {
    let now = 4_000_000_000_000;
    const blobs = await openBlobs({ dataDir: await folder(), clock: { now: () => now } });
    for (const time of [now, now + day]) {
      now = time;
      await blobs.put(Readable.from([Buffer.from("the same")]));
      const times = [];
      for await (const { storedAt } of blobs.list()) times.push(storedAt);
      expect(times).toEqual([time]);
    }
  });

  test("what a crash left of a put is removed a day later, and no sooner", async () => {
    const dataDir = await folder();
    await openBlobs({ dataDir });
    const incoming = join(dataDir, "blobs/incoming");
    await writeFile(join(incoming, "old"), "x");
    await writeFile(join(incoming, "young"), "x");
    const before = (Date.now() - day - 1000) / 1000;
    await utimes(join(incoming, "old"), before, before);
    await openBlobs({ dataDir });
    expect(await readdir(incoming)).toEqual(["young"]);
  });

  test("a stream of single bytes is stored as well as any", async () => {
    const blobs = await openBlobs({ dataDir: await folder() });
    const bytes = Buffer.from("x".repeat(5000));
    const stream = Readable.from(
      (function* () {
        for (const byte of bytes) yield Buffer.of(byte);
      })(),
    );
    expect(await blobs.put(stream)).toEqual({ digest: digestOf(bytes), size: 5000 });
  });

  test.each(["ftp://host", "blobs", ""])("the URL %j is refused", async (url) => {
    await expect(openBlobs({ url, dataDir: await folder() })).rejects.toThrow("must begin with");
  });
});
