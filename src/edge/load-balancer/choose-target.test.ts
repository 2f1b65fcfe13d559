import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Candidate, type ChoiceRules, chooseTarget, routableTargets } from "./choose-target.ts";

interface Named extends Candidate {
  readonly name: string;
}

const named = (name: string, given: Partial<Candidate> = {}): Named => ({
  ...{ name, state: "healthy", draining: false, zone: "a", outstanding: 0, healthySince: 0 },
  ...given,
});

const rules: ChoiceRules = {
  ...{ algorithm: "round_robin", crossZone: true, slowStart: 0 },
  leastHealthy: { count: 1, percentage: 0 },
};

const routed: [
  what: string,
  targets: Named[],
  zone: string | undefined,
  rules: Partial<ChoiceRules>,
  names: string,
][] = [
  [
    "the healthy ones",
    [named("x"), named("y", { state: "unhealthy" }), named("z", { state: "initial" })],
    "a",
    {},
    "x",
  ],
  [
    "all when none is healthy",
    [named("x", { state: "unhealthy" }), named("y", { state: "initial" })],
    "a",
    {},
    "xy",
  ],
  [
    "never one that drains",
    [named("x", { draining: true }), named("y", { state: "unhealthy", draining: true })],
    "a",
    {},
    "",
  ],
  ["those of other zones too", [named("x"), named("y", { zone: "b" })], "a", {}, "xy"],
  ["those of the zone alone", [named("x"), named("y", { zone: "b" })], "a", { crossZone: false }, "x"],
  [
    "outside of the VPC is every zone",
    [named("x"), named("y", { zone: "all" })],
    "a",
    { crossZone: false },
    "xy",
  ],
  [
    "all when fewer are healthy than wanted",
    [named("x"), named("y", { state: "unhealthy" })],
    "a",
    { leastHealthy: { count: 2, percentage: 0 } },
    "xy",
  ],
  [
    "all when a smaller part is healthy than wanted",
    [named("x"), named("y", { state: "unhealthy" }), named("z", { state: "unhealthy" })],
    "a",
    { leastHealthy: { count: 1, percentage: 50 } },
    "xyz",
  ],
];

test.each(routed)("traffic goes to %s", (_what, targets, zone, given, names) => {
  expect(
    routableTargets(targets, zone, { ...rules, ...given })
      .map(({ name }) => name)
      .join(""),
  ).toBe(names);
});

const target = fc.record({
  name: fc.string(),
  state: fc.constantFrom("initial" as const, "healthy" as const, "unhealthy" as const),
  draining: fc.boolean(),
  zone: fc.constantFrom("a", "b", "all"),
  outstanding: fc.nat(9),
  healthySince: fc.option(fc.nat(100_000), { nil: undefined }),
});
const anyRules = fc.record({
  algorithm: fc.constantFrom<ChoiceRules["algorithm"]>(
    "round_robin",
    "least_outstanding_requests",
    "weighted_random",
  ),
  crossZone: fc.boolean(),
  slowStart: fc.constantFrom(0, 30_000),
  leastHealthy: fc.record({ count: fc.integer({ min: 1, max: 3 }), percentage: fc.nat(100) }),
});

describe("whatever the targets and rules", () => {
  const numbers = fc.record({
    turn: fc.nat(),
    now: fc.nat(200_000),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  test("somebody is chosen exactly when somebody does not drain, and never one that drains", () => {
    fc.assert(
      fc.property(
        fc.array(target, { maxLength: 6 }),
        anyRules,
        numbers,
        (targets, given, { turn, now, random }) => {
          const routable = routableTargets(targets, "a", given);
          const chosen = chooseTarget(routable, given, now, turn, () => random);
          const near = targets.filter(({ draining, zone }) => !draining && (given.crossZone || zone !== "b"));
          expect(chosen === undefined).toBe(near.length === 0);
          if (chosen !== undefined) expect(near).toContain(chosen);
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });

  test("an unhealthy one is chosen only when too few are healthy", () => {
    fc.assert(
      fc.property(fc.array(target, { maxLength: 6 }), anyRules, (targets, given) => {
        const routable = routableTargets(targets, "a", given);
        const healthy = routable.filter(({ state }) => state === "healthy").length;
        const enough =
          healthy >= given.leastHealthy.count &&
          healthy * 100 >= routable.length * given.leastHealthy.percentage;
        expect(routable.length === healthy || !enough).toBe(true);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});

test("round robin takes turns", () => {
  const all = ["x", "y", "z"].map((name) => named(name));
  const chosen = [0, 1, 2, 3].map((turn) => chooseTarget(all, rules, 0, turn, () => 0)?.name);
  expect(chosen).toEqual(["x", "y", "z", "x"]);
});

test("the least outstanding is chosen, and equals take turns", () => {
  const all = [
    named("x", { outstanding: 3 }),
    named("y", { outstanding: 1 }),
    named("z", { outstanding: 1 }),
  ];
  const least = { ...rules, algorithm: "least_outstanding_requests" } as const;
  expect([0, 1, 2].map((turn) => chooseTarget(all, least, 0, turn, () => 0)?.name)).toEqual(["y", "y", "z"]);
});

test("a target that has just become healthy gets a share that grows", () => {
  const all = [named("old", { healthySince: 0 }), named("new", { healthySince: 100_000 })];
  const slow = { ...rules, slowStart: 100_000 };
  const share = (now: number) => {
    const points = Array.from({ length: 100 }, (_, index) => index / 100);
    return points.filter((point) => chooseTarget(all, slow, now, 0, () => point)?.name === "new").length;
  };
  expect([share(110_000), share(150_000), share(199_000)]).toEqual([9, 33, 49]);
});
