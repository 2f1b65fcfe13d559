import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Digest } from "../kernel/brand.ts";
import { hexDigest, sha256Digest } from "../kernel/digest.ts";
import type { Fault } from "../kernel/fault.ts";
import type { BlobStore, ByteRange } from "./types.ts";

/** A blob store under test, and how to open the same bytes as another process would. */
export interface Subject {
  readonly blobs: BlobStore;
  /** A second store on the same bytes, which knows nothing of what the first has in memory. */
  another(): Promise<BlobStore>;
  close(): Promise<void>;
}

export interface SuiteOptions {
  /** Sizes at which this implementation changes its ways; one below and one above are tried too. */
  readonly edges: readonly number[];
}

/** What every blob store must do. */
export function blobSuite(open: () => Promise<Subject>, { edges }: SuiteOptions): void {
  let subject: Subject;
  let blobs: BlobStore;
  beforeAll(async () => {
    subject = await open();
    blobs = subject.blobs;
  });
  beforeEach(() => blobs.clear());
  afterAll(() => subject.close());

  const sizes = [...new Set([0, 1, 1000, ...edges.flatMap((edge) => [edge - 1, edge, edge + 1])])];

  describe("put", () => {
    test.each(sizes)("stores %i bytes and gives them back", async (size) => {
      const bytes = noise(size);
      const stored = await blobs.put(inChunks(bytes, 65_536), digestOf(bytes));
      expect(stored).toEqual({ digest: digestOf(bytes), size });
      expect(await blobs.size(stored.digest)).toBe(size);
      expect(digestOf(await allOf(blobs, stored.digest))).toBe(stored.digest);
    });

    test("finds the digest when none is expected", async () => {
      const bytes = noise(5000);
      expect(await blobs.put(inChunks(bytes, 100))).toEqual({ digest: digestOf(bytes), size: 5000 });
    });

    test.each([10, ...edges.map((edge) => edge + 1)])(
      "refuses %i bytes that are not the expected",
      async (size) => {
        const expected = digestOf(noise(11));
        await expect(blobs.put(inChunks(noise(size), 65_536), expected)).rejects.toMatchObject({
          code: "DIGEST_INVALID",
        });
        expect(await blobs.size(expected)).toBeUndefined();
        expect(await listed(blobs)).toEqual([]);
      },
    );

    test("keeps nothing of a stream that breaks", async () => {
      await expect(blobs.put(breaking(noise(5000)))).rejects.toThrow("broken");
      expect(await listed(blobs)).toEqual([]);
    });

    test("of the same bytes at once is one blob, for everybody", async () => {
      const bytes = noise(200_000);
      const other = await subject.another();
      const puts = [blobs, other, blobs, other].map((store) => store.put(inChunks(bytes, 10_000)));
      expect(new Set((await Promise.all(puts)).map(({ digest }) => digest))).toEqual(
        new Set([digestOf(bytes)]),
      );
      expect(await listed(blobs)).toEqual([digestOf(bytes)]);
      expect(digestOf(await allOf(other, digestOf(bytes)))).toBe(digestOf(bytes));
      await other.close();
    });
  });

  describe("read", () => {
    const rows: readonly (readonly [ByteRange, string])[] = [
      [{ first: 0, last: 0 }, "0"],
      [{ first: 3, last: 5 }, "345"],
      [{ first: 9, last: 9 }, "9"],
      [{ first: 7, last: 100 }, "789"],
      [{ first: 0, last: 9 }, "0123456789"],
    ];
    test.each(rows)("gives the bytes %o", async (range, text) => {
      const { digest } = await blobs.put(Readable.from([Buffer.from("0123456789")]));
      expect((await allOf(blobs, digest, range)).toString()).toBe(text);
    });

    test("of one that is named by SHA-512: stored whole or in pieces, told of and removed by that name", async () => {
      const bytes = noise(300_000);
      const named = hexDigest("sha512", createHash("sha512").update(bytes).digest("hex"));
      expect(await blobs.put(inChunks(bytes, 65_536), named)).toEqual({ digest: named, size: bytes.length });
      const id = randomUUID();
      await blobs.begin(id);
      await blobs.append(id, 0, inChunks(bytes.subarray(0, 100_000), 65_536));
      await blobs.append(id, 100_000, inChunks(bytes.subarray(100_000), 65_536));
      expect(await blobs.finish(id, named)).toEqual({ digest: named, size: bytes.length });
      expect((await allOf(blobs, named)).equals(bytes)).toBe(true);
      expect(await listed(blobs)).toContain(named);
      expect(await blobs.size(digestOf(bytes))).toBeUndefined();
      await blobs.delete(named);
      expect(await blobs.size(named)).toBeUndefined();
    });

    test("of a blob that is not there is refused, and its size and place are undefined", async () => {
      const absent = digestOf(noise(3));
      expect(await blobs.place(absent)).toBeUndefined();
      await expect(blobs.read(absent)).rejects.toMatchObject({ code: "BLOB_UNKNOWN" });
      expect(await blobs.size(absent)).toBeUndefined();
    });

    test("goes on when the blob is deleted meanwhile, or fails: it never gives other bytes", async () => {
      const bytes = noise(3_000_000);
      const { digest } = await blobs.put(inChunks(bytes, 65_536));
      const stream = await blobs.read(digest);
      await blobs.delete(digest);
      expect(digestOf(await collect(stream))).toBe(digest);
      expect(await blobs.size(digest)).toBeUndefined();
      await expect(blobs.delete(digest)).resolves.toBeUndefined();
    });
  });

  describe("an upload", () => {
    test("arrives in pieces of any size, on any node, and ends as one blob", async () => {
      const other = await subject.another();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ size: fc.nat(3000), elsewhere: fc.boolean() }), { maxLength: 5 }),
          async (parts) => {
            const id = randomUUID();
            await blobs.begin(id);
            let all = Buffer.alloc(0);
            for (const { size, elsewhere } of parts) {
              const bytes = noise(size);
              const at = await (elsewhere ? other : blobs).append(id, all.length, inChunks(bytes, 700));
              all = Buffer.concat([all, bytes]);
              expect(at).toBe(all.length);
            }
            expect(await other.received(id)).toBe(all.length);
            const stored = await blobs.finish(id, digestOf(all));
            expect(stored).toEqual({ digest: digestOf(all), size: all.length });
            expect(await blobs.received(id)).toBeUndefined();
            expect((await allOf(other, stored.digest)).equals(all)).toBe(true);
          },
        ),
        { numRuns: 12, seed: 7 },
      );
      await other.close();
    });

    test.each(edges)("of more than %i bytes in two requests and after a restart", async (edge) => {
      const id = randomUUID();
      const bytes = noise(edge * 2 + 17);
      await blobs.begin(id);
      await blobs.append(id, 0, inChunks(bytes.subarray(0, edge + 5), 65_536));
      const restarted = await subject.another();
      await restarted.append(id, edge + 5, inChunks(bytes.subarray(edge + 5), 65_536));
      const { digest } = await restarted.finish(id, digestOf(bytes));
      expect(digestOf(await allOf(blobs, digest))).toBe(digestOf(bytes));
      await restarted.close();
    });

    test("keeps what arrived of a stream that broke, and goes on there", async () => {
      const id = randomUUID();
      const bytes = noise(9000);
      await blobs.begin(id);
      await expect(blobs.append(id, 0, breaking(bytes.subarray(0, 5000)))).rejects.toThrow("broken");
      expect(await blobs.received(id)).toBe(5000);
      expect(await blobs.append(id, 5000, inChunks(bytes.subarray(5000), 1000))).toBe(9000);
      await expect(blobs.finish(id, digestOf(bytes))).resolves.toMatchObject({ size: 9000 });
    });

    test.each([1, 3, 5])("refuses the offset %i when it has 4 bytes but one", async (offset) => {
      const id = randomUUID();
      await blobs.begin(id);
      await blobs.append(id, 0, Readable.from([Buffer.from("0123")]));
      await expect(blobs.append(id, offset, Readable.from([Buffer.from("x")]))).rejects.toMatchObject({
        code: "RANGE_INVALID",
      });
      expect(await blobs.received(id)).toBe(4);
    });

    test("takes one stream at a time: the second is refused and nothing is mixed", async () => {
      const id = randomUUID();
      await blobs.begin(id);
      const gate = gated(Buffer.from("first"));
      const first = blobs.append(id, 0, gate.stream);
      await gate.reading;
      await expect(blobs.append(id, 0, Readable.from([Buffer.from("second")]))).rejects.toMatchObject({
        code: "RANGE_INVALID",
      });
      await expect(blobs.finish(id, digestOf(Buffer.alloc(0)))).rejects.toMatchObject({
        code: "RANGE_INVALID",
      });
      gate.open();
      expect(await first).toBe(5);
      await expect(blobs.finish(id, digestOf(Buffer.from("first")))).resolves.toMatchObject({ size: 5 });
    });

    test("can be read as far as it has arrived", async () => {
      const id = randomUUID();
      const bytes = noise(9000);
      await blobs.begin(id);
      await blobs.append(id, 0, inChunks(bytes.subarray(0, 5000), 700));
      await blobs.append(id, 5000, inChunks(bytes.subarray(5000, 6000), 700));
      const part = async (first: number, last: number) => {
        const chunks: Buffer[] = [];
        for await (const chunk of await blobs.readPart(id, { first, last })) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      };
      expect(await part(0, 99)).toEqual(bytes.subarray(0, 100));
      expect(await part(4990, 5010)).toEqual(bytes.subarray(4990, 5011));
      expect(await part(5900, 8999)).toEqual(bytes.subarray(5900, 6000));
      expect(await part(6000, 8999)).toHaveLength(0);
      await blobs.append(id, 6000, inChunks(bytes.subarray(6000), 700));
      await blobs.finish(id, digestOf(bytes));
      await expect(part(0, 99)).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
    });

    test("stays when the digest is wrong, and can still end well", async () => {
      const id = randomUUID();
      const bytes = noise(100);
      await blobs.begin(id);
      await blobs.append(id, 0, inChunks(bytes, 10));
      await expect(blobs.finish(id, digestOf(noise(5)))).rejects.toMatchObject({ code: "DIGEST_INVALID" });
      expect(await blobs.received(id)).toBe(100);
      await expect(blobs.finish(id, digestOf(bytes))).resolves.toMatchObject({ size: 100 });
    });

    test("that was never begun, was cancelled or has ended is unknown", async () => {
      const never = randomUUID();
      const cancelled = randomUUID();
      await blobs.begin(cancelled);
      await blobs.append(cancelled, 0, Readable.from([Buffer.from("x")]));
      await blobs.cancel(cancelled);
      await blobs.cancel(cancelled);
      const ended = randomUUID();
      await blobs.begin(ended);
      await blobs.finish(ended, digestOf(Buffer.alloc(0)));
      for (const id of [never, cancelled, ended]) {
        expect(await blobs.received(id)).toBeUndefined();
        const append = blobs.append(id, 0, Readable.from([Buffer.from("y")]));
        await expect(append).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" } satisfies Partial<Fault>);
        const finish = blobs.finish(id, digestOf(Buffer.from("y")));
        await expect(finish).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" } satisfies Partial<Fault>);
      }
    });

    test("is listed while it is there, by the time of its last change", async () => {
      const [kept, cancelled, ended] = [randomUUID(), randomUUID(), randomUUID()];
      for (const id of [kept, cancelled, ended]) await blobs.begin(id);
      await blobs.append(kept, 0, Readable.from([Buffer.from("x")]));
      await blobs.cancel(cancelled);
      await blobs.finish(ended, digestOf(Buffer.alloc(0)));
      const found = new Map<string, number>();
      for await (const { id, changedAt } of blobs.uploads()) found.set(id, changedAt);
      expect(Math.abs((found.get(kept) ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(found.has(cancelled) || found.has(ended)).toBe(false);
    });

    test("cancelled while it receives leaves nothing", async () => {
      const id = randomUUID();
      await blobs.begin(id);
      const gate = gated(Buffer.from("late"));
      const append = blobs.append(id, 0, gate.stream);
      await gate.reading;
      await blobs.cancel(id);
      gate.open();
      await expect(append).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
      expect(await blobs.received(id)).toBeUndefined();
    });

    test.each(["..", "../../x", "", "a/b", "ABCDEF00-0000-4000-8000-000000000000", `${randomUUID()}/..`])(
      "is not named %j",
      async (id) => {
        await expect((async () => blobs.begin(id))()).rejects.toThrow(TypeError);
        await expect((async () => blobs.received(id))()).rejects.toThrow(TypeError);
        await expect((async () => blobs.cancel(id))()).rejects.toThrow(TypeError);
      },
    );
  });

  test.each(["sha256:..", "md5:00", "", `sha256:${"A".repeat(64)}`])("no blob is named %j", async (name) => {
    await expect((async () => blobs.read(name as Digest))()).rejects.toThrow(TypeError);
    await expect((async () => blobs.delete(name as Digest))()).rejects.toThrow(TypeError);
  });

  test("lists every blob with its size and a time, and nothing that is under way", async () => {
    const stored = await Promise.all([3, 4, 5].map((size) => blobs.put(inChunks(noise(size), 2))));
    const upload = randomUUID();
    await blobs.begin(upload);
    await blobs.append(upload, 0, inChunks(noise(6), 2));
    const found = await entries(blobs);
    expect(found.map(({ digest, size }) => `${digest} ${size}`).sort()).toEqual(
      stored.map(({ digest, size }) => `${digest} ${size}`).sort(),
    );
    for (const { storedAt } of found) expect(Math.abs(Date.now() - storedAt)).toBeLessThan(60_000);
    await blobs.clear();
    expect(await listed(blobs)).toEqual([]);
    expect(await blobs.received(upload)).toBeUndefined();
  });
}

let state = 1;

/** Bytes that are unlike each other and the same in every run. */
export function noise(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export function digestOf(bytes: Buffer): Digest {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}

function inChunks(bytes: Buffer, size: number): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    { objectMode: false },
  );
}

/** A stream that breaks after the bytes. */
function breaking(bytes: Buffer): Readable {
  return Readable.from(
    (function* () {
      yield bytes;
      throw new Error("broken");
    })(),
  );
}

/** A stream that gives its bytes once it is opened; `reading` is fulfilled when somebody waits for them. */
function gated(bytes: Buffer): { stream: Readable; reading: Promise<void>; open: () => void } {
  let open = () => {};
  let begun = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reading = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const stream = Readable.from(
    (async function* () {
      begun();
      await opened;
      yield bytes;
    })(),
  );
  return { stream, reading, open: () => open() };
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function allOf(blobs: BlobStore, digest: Digest, range?: ByteRange): Promise<Buffer> {
  return collect(await blobs.read(digest, range));
}

async function entries(blobs: BlobStore) {
  const found = [];
  for await (const entry of blobs.list()) found.push(entry);
  return found;
}

async function listed(blobs: BlobStore): Promise<readonly Digest[]> {
  return (await entries(blobs)).map(({ digest }) => digest);
}
