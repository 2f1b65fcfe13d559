import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterLook, type Standing, unchecked } from "./standing.ts";

const standingAfter = (looks: string, threshold: number): Standing =>
  [...looks].reduce(
    (standing, look, at) => afterLook(standing, { at, healthy: look === "+", text: look }, threshold),
    unchecked,
  );

describe("how a health check stands", () => {
  test.each([
    ["", 3, true],
    ["--", 3, true],
    ["---", 3, false],
    ["--+--", 3, true],
    ["---++", 3, false],
    ["---+++", 3, true],
    ["-", 1, false],
    ["-+", 1, true],
  ])("after %j, with a threshold of %d: healthy %s", (looks, threshold, healthy) => {
    expect(standingAfter(looks, threshold).healthy).toBe(healthy);
  });

  test("keeps the last look and the last failure", () => {
    expect(standingAfter("+-+", 3)).toMatchObject({
      last: { at: 2, text: "+" },
      lastFailure: { at: 1, text: "-" },
    });
  });

  test("changes only when as many looks in a row as the threshold say so", () => {
    const looks = fc.array(fc.constantFrom("+", "-"), { maxLength: 40 }).map((all) => all.join(""));
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 10 }), (all, threshold) => {
        const { healthy } = standingAfter(all, threshold);
        const same = new RegExp(`\\${healthy ? "+" : "-"}{${threshold}}`);
        if (!healthy) expect(all).toMatch(same);
        if (healthy && /-/.test(all) && all.includes("-".repeat(threshold))) expect(all).toMatch(same);
      }),
      { seed: 53, numRuns: 300 },
    );
  });
});
