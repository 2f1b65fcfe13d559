import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseEndpoint, type Endpoint } from "./choose-endpoint.ts";
import { afterAnswer, type Fortunes, isEjected } from "./outliers.ts";

const endpoint = (id: string): Endpoint => ({ id, address: "10.0.0.1", port: 80 });
const none: Fortunes = new Map();

/** Fortunes after so many failures of one endpoint. */
function failing(ids: readonly string[], id: string, times: number, from: Fortunes = none): Fortunes {
  let fortunes = from;
  for (let i = 0; i < times; i++) fortunes = afterAnswer(fortunes, ids, id, false, 1_000);
  return fortunes;
}

describe("an endpoint that fails", () => {
  const ids = ["a", "b", "c"];
  test.each([
    ["four times stays", failing(ids, "a", 4), false],
    ["five times is left alone", failing(ids, "a", 5), true],
    ["five times as the only one stays", failing(["a"], "a", 9), false],
    [
      "four times, well, and once more stays",
      failing(ids, "a", 1, afterAnswer(failing(ids, "a", 4), ids, "a", true, 1_000)),
      false,
    ],
    ["five times after half are left alone stays", failing(ids, "a", 5, failing(ids, "b", 5)), false],
  ])("%s", (_what, fortunes, ejected) => {
    expect(isEjected(fortunes, "a", 1_001)).toBe(ejected);
  });

  test("is called again half a minute later", () => {
    const fortunes = failing(ids, "a", 5);
    expect(isEjected(fortunes, "a", 30_999)).toBe(true);
    expect(isEjected(fortunes, "a", 31_000)).toBe(false);
  });

  test("never takes more than half of them along", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.boolean()), { maxLength: 200 }),
        (answers) => {
          const all = ["a", "b", "c", "d", "e"];
          let fortunes = none;
          for (const [id, well] of answers) fortunes = afterAnswer(fortunes, all, id, well, 1_000);
          expect(all.filter((id) => isEjected(fortunes, id, 1_000)).length).toBeLessThanOrEqual(2);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });
});

describe("the next endpoint", () => {
  const three = ["a", "b", "c"].map(endpoint);
  test.each([
    ["is the next in turn", three, none, [], 4, "b"],
    ["is another than was tried", three, none, ["b"], 1, "c"],
    ["is one that was tried when all were", three, none, ["a", "b", "c"], 0, "a"],
    ["is none that is left alone", three, failing(["a", "b", "c"], "a", 5), [], 0, "b"],
    ["is nobody where nobody is", [], none, [], 0, undefined],
  ] as const)("%s", (_what, endpoints, fortunes, tried, turn, id) => {
    expect(chooseEndpoint(endpoints, fortunes, new Set(tried), turn, 1_001)?.id).toBe(id);
  });
});
