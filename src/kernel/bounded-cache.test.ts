import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundedCache } from "./bounded-cache.ts";

const key = fc.integer({ min: 0, max: 30 }).map(String);
const steps = fc.array(
  fc.oneof(
    fc.record({ set: key, value: fc.integer() }),
    fc.record({ get: key }),
    fc.record({ clear: fc.constant(true) }),
  ),
  { maxLength: 200 },
);

describe("a bounded cache", () => {
  test("gives back the last value set, or nothing", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (done, size) => {
        const cache = boundedCache<number>(size);
        const model = new Map<string, number>();
        for (const step of done) {
          if ("set" in step) {
            cache.set(step.set, step.value);
            model.set(step.set, step.value);
          } else if ("get" in step) {
            const value = cache.get(step.get);
            if (value !== undefined) expect(value).toBe(model.get(step.get));
          } else {
            cache.clear();
            model.clear();
          }
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("keeps no more than about its size", () => {
    for (const size of [1, 2, 10, 11]) {
      const cache = boundedCache<number>(size);
      for (let i = 0; i < 100; i++) cache.set(String(i), i);
      // Asked for from the newest: what is found there pushes nothing out that was not asked for yet.
      const kept = Array.from({ length: 100 }, (_, i) => cache.get(String(99 - i))).filter(
        (v) => v !== undefined,
      );
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length).toBeLessThanOrEqual(size + 2);
    }
  });

  test("keeps what is used, however much else comes", () => {
    const cache = boundedCache<string>(10);
    cache.set("kept", "value");
    for (let i = 0; i < 1_000; i++) {
      cache.set(`other-${i}`, "x");
      expect(cache.get("kept")).toBe("value");
    }
  });

  test("forgets what is not", () => {
    const cache = boundedCache<string>(10);
    cache.set("forgotten", "value");
    for (let i = 0; i < 20; i++) cache.set(`other-${i}`, "x");
    expect(cache.get("forgotten")).toBeUndefined();
  });

  test("keeps at least half its size of the newest", () => {
    const cache = boundedCache<number>(10);
    for (let i = 0; i < 100; i++) cache.set(String(i), i);
    for (let i = 96; i < 100; i++) expect(cache.get(String(i))).toBe(i);
  });
});
