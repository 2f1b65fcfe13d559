import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GrowingLayer } from "./growing-layer.ts";

/** A layer whose store has what was appended, but for the newest bytes, which it is still writing. */
function growing(all: Buffer, unwritten: number) {
  const layer: GrowingLayer = new GrowingLayer(async ({ first, last }) => {
    const written = layer.received - unwritten;
    return Readable.from([all.subarray(first, Math.max(first, Math.min(last + 1, written)))]);
  });
  return layer;
}

const mib = 1 << 20;

describe("a layer that arrives", () => {
  test("is what every reader gets, whenever it came and whatever part it wants", async () => {
    const chunk = fc.integer({ min: 1, max: 3 * mib });
    const reader = fc.record({ after: fc.nat(8), first: fc.nat(2 * mib), length: fc.option(fc.nat(mib)) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { minLength: 1, maxLength: 8 }),
        fc.array(reader, { maxLength: 6 }),
        fc.nat(2 * mib),
        async (sizes, readers, unwritten) => {
          const all = randomBytes(sizes.reduce((sum, size) => sum + size, 0));
          const layer = growing(all, unwritten);
          const got: Promise<void>[] = [];
          const admit = (step: number) => {
            for (const { after, first, length } of readers) {
              if (Math.min(after, sizes.length) !== step || first >= all.length) continue;
              const last = length === null ? all.length - 1 : Math.min(all.length - 1, first + length);
              const bytes = buffer(layer.read({ first, last }));
              got.push(bytes.then((part) => expect(part.equals(all.subarray(first, last + 1))).toBe(true)));
            }
          };
          let at = 0;
          for (const [step, size] of sizes.entries()) {
            admit(step);
            layer.append(all.subarray(at, at + size));
            at += size;
          }
          layer.complete();
          admit(sizes.length);
          await Promise.all(got);
        },
      ),
      { numRuns: 25, seed: 7 },
    );
  });

  test("keeps its last byte until it has been verified", async () => {
    const all = randomBytes(1000);
    const layer = growing(all, 0);
    const reader = layer.read()[Symbol.asyncIterator]();
    layer.append(all);
    expect((await reader.next()).value).toHaveLength(999);
    layer.complete();
    expect((await reader.next()).value).toEqual(all.subarray(999));
    expect((await reader.next()).done).toBe(true);
  });

  test("breaks for everybody when it fails", async () => {
    const layer = growing(Buffer.alloc(10), 0);
    layer.append(Buffer.alloc(10));
    const reading = buffer(layer.read());
    layer.fail(new Error("upstream is gone"));
    await expect(reading).rejects.toThrow("upstream is gone");
    await expect(buffer(layer.read())).rejects.toThrow("upstream is gone");
  });

  test("that is empty ends when it is complete", async () => {
    const layer = growing(Buffer.alloc(0), 0);
    const reading = buffer(layer.read());
    layer.complete();
    expect(await reading).toHaveLength(0);
  });
});
