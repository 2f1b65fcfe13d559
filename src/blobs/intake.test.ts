import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IntakeFile, intake } from "./intake.ts";
import { RunningHash } from "./running-hash.ts";
import { digestOf, noise } from "./suite.ts";

const MiB = 1 << 20;

/** A file in memory that takes at most `most` bytes at once, and fails where it is told to. */
function memoryFile(
  options: { readonly most?: number; readonly fullAt?: number; readonly badSync?: boolean } = {},
) {
  const { most = Number.POSITIVE_INFINITY, fullAt = Number.POSITIVE_INFINITY, badSync = false } = options;
  let bytes = Buffer.alloc(0);
  let writing = 0;
  const file = {
    async writev(buffers: readonly Buffer[], position: number) {
      writing += 1;
      expect(writing).toBe(1);
      expect(position).toBe(bytes.length);
      await new Promise(setImmediate);
      writing -= 1;
      if (bytes.length >= fullAt) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      const taken = Buffer.concat(buffers).subarray(0, Math.min(most, fullAt - bytes.length));
      bytes = Buffer.concat([bytes, taken]);
      return { bytesWritten: taken.length, buffers };
    },
    async datasync() {
      if (badSync) throw Object.assign(new Error("bad sector"), { code: "EIO" });
    },
  };
  return { file: file as unknown as IntakeFile, written: () => bytes };
}

function chunksOf(bytes: Buffer, sizes: readonly number[]): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    })(),
  );
}

describe("what comes in", () => {
  test("is written whole and in order, however it is cut and however little the file takes", async () => {
    const bytes = noise(3 * MiB + 17);
    const sizes = fc.array(fc.integer({ min: 1000, max: 400_000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 50_000, max: 2 * MiB }), async (cuts, most) => {
        const { file, written } = memoryFile({ most });
        const hash = new RunningHash();
        await intake(file, chunksOf(bytes, cuts), 0, hash);
        expect(written().equals(bytes)).toBe(true);
        expect([hash.digest(), hash.size]).toEqual([digestOf(bytes), bytes.length]);
      }),
      { numRuns: 10, seed: 2 },
    );
  });

  test("in tiny chunks is not gathered without bound", async () => {
    const bytes = noise(20_000);
    let given = 0;
    let most = 0;
    const { file, written } = memoryFile();
    const stream = Readable.from(
      (function* () {
        for (const byte of bytes) {
          given += 1;
          most = Math.max(most, given - written().length);
          yield Buffer.of(byte);
        }
      })(),
    );
    await intake(file, stream, 0, undefined);
    expect(written().equals(bytes)).toBe(true);
    expect(most).toBeLessThan(4096);
  });

  test("is written although the disk is slow and the stream then stalls", async () => {
    const { file, written } = memoryFile({ most: 100_000 });
    let goOn: () => void = () => {};
    const stalled = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const stream = Readable.from(
      (async function* () {
        for (let given = 0; given < 6; given += 1) yield noise(MiB);
        await stalled;
        yield noise(5);
      })(),
    );
    const taken = intake(file, stream, 0, undefined);
    await expect.poll(() => written().length, { timeout: 20_000 }).toBe(6 * MiB);
    goOn();
    await taken;
    expect(written()).toHaveLength(6 * MiB + 5);
  });

  test("fails when the disk is full, and the giver can still be answered", async () => {
    const { file, written } = memoryFile({ fullAt: 2 * MiB });
    const stream = chunksOf(noise(30 * MiB), [65_536]);
    await expect(intake(file, stream, 0, undefined)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(written()).toHaveLength(2 * MiB);
    expect(stream.destroyed).toBe(false);
  });

  test("fails when the disk is full at the last byte", async () => {
    const { file } = memoryFile({ fullAt: 99 });
    await expect(intake(file, chunksOf(noise(100), [100]), 0, undefined)).rejects.toMatchObject({
      code: "ENOSPC",
    });
  });

  test("fails when what was written early did not reach the disk", async () => {
    const { file } = memoryFile({ badSync: true });
    const stream = chunksOf(Buffer.alloc(33 * MiB), [MiB]);
    await expect(intake(file, stream, 0, undefined)).rejects.toMatchObject({ code: "EIO" });
  });
});
