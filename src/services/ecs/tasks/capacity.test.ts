import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cluster } from "../clusters/cluster.ts";
import { type Capacity, capacityOf, onFargate, type StrategyItem, sharePlaces } from "./capacity.ts";

const cluster = (
  strategy: readonly Partial<StrategyItem>[],
  capacityProviders = ["FARGATE", "FARGATE_SPOT"],
) =>
  ({
    document: { settings: [], capacityProviders, defaultCapacityProviderStrategy: strategy },
  }) as unknown as Cluster;

const item = (capacityProvider: string, weight: number, base = 0) => ({ capacityProvider, weight, base });

describe("where tasks shall run", () => {
  test.each<[string, Cluster, Parameters<typeof capacityOf>[1], Capacity]>([
    ["as the call says", cluster([item("FARGATE", 1)]), { launchType: "EC2" }, { launchType: "EC2" }],
    [
      "as the call's strategy says",
      cluster([]),
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
      { strategy: [item("FARGATE_SPOT", 0)] },
    ],
    ["as the cluster says", cluster([item("FARGATE", 1, 2)]), {}, { strategy: [item("FARGATE", 1, 2)] }],
    ["on EC2 when nobody says", cluster([]), {}, { launchType: "EC2" }],
  ])("%s", (_, where, asked, capacity) => {
    expect(capacityOf(where, asked)).toEqual(capacity);
  });

  test.each<[Capacity, boolean]>([
    [{ launchType: "EC2" }, false],
    [{ launchType: "FARGATE" }, true],
    [{ strategy: [item("FARGATE_SPOT", 1)] }, true],
  ])("%j on Fargate: %s", (capacity, fargate) => {
    expect(onFargate(capacity)).toBe(fargate);
  });
});

describe("shares of capacity providers", () => {
  const providers = (strategy: readonly StrategyItem[], count: number, have = new Map<string, number>()) =>
    sharePlaces({ strategy }, count, have).map(({ capacityProvider }) => capacityProvider);

  test.each<[string, readonly StrategyItem[], number, string[]]>([
    ["the base first", [item("A", 1, 2), item("B", 3)], 6, ["A", "A", "B", "B", "A", "B"]],
    ["one provider without weight", [item("A", 0)], 2, ["A", "A"]],
    ["none for weight 0", [item("A", 0), item("B", 1)], 2, ["B", "B"]],
  ])("%s", (_, strategy, count, expected) => {
    expect([...providers(strategy, count)].sort()).toEqual([...expected].sort());
  });

  test("are as the weights say, rounded up or down, however many calls they are made in", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(weights, fc.nat(3), fc.array(fc.nat(6), { maxLength: 5 }), (given, base, calls) => {
        const strategy = given.map((weight, index) => item(`p${index}`, weight, index === 0 ? base : 0));
        const have = new Map<string, number>();
        for (const count of calls) {
          for (const name of providers(strategy, count, have))
            have.set(name ?? "", (have.get(name ?? "") ?? 0) + 1);
        }
        const total = calls.reduce((sum, count) => sum + count, 0);
        const beyond = Math.max(0, total - base);
        const whole = given.reduce((sum, weight) => sum + weight, 0);
        for (const { capacityProvider, weight, base: own } of strategy) {
          const share = (have.get(capacityProvider) ?? 0) - Math.min(own, total);
          expect(Math.abs(share - (beyond * weight) / whole)).toBeLessThan(1);
        }
      }),
      { seed: 9, numRuns: 500 },
    );
  });
});
