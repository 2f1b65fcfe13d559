import type { LoadBalancer } from "@aws-sdk/client-ecs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minute } from "../../../kernel/duration.ts";
import type { DeploymentConfiguration } from "../services/deployment-configuration.ts";
import { checkShift, ruleWeights, targetGroupsAfter, trafficSteps } from "./shift.ts";

const advanced: LoadBalancer = {
  targetGroupArn: "blue",
  containerName: "web",
  containerPort: 80,
  advancedConfiguration: {
    alternateTargetGroupArn: "green",
    productionListenerRule: "production",
    testListenerRule: "test",
    roleArn: "role",
  },
};
const plain: LoadBalancer = { targetGroupArn: "plain", containerName: "web", containerPort: 80 };

const configured = (more: Partial<DeploymentConfiguration>) => more as DeploymentConfiguration;

describe("the steps of a strategy", () => {
  test.each([
    ["BLUE_GREEN", {}, [100], 0],
    ["CANARY", {}, [5, 100], 10 * minute],
    [
      "CANARY",
      { canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 1 } },
      [0.1, 100],
      minute,
    ],
    ["CANARY", { canaryConfiguration: { canaryPercent: 100, canaryBakeTimeInMinutes: 1 } }, [100], minute],
    ["LINEAR", {}, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 6 * minute],
    [
      "LINEAR",
      { linearConfiguration: { stepPercent: 33.3, stepBakeTimeInMinutes: 0 } },
      [33.3, 66.6, 99.9, 100],
      0,
    ],
    ["LINEAR", { linearConfiguration: { stepPercent: 60, stepBakeTimeInMinutes: 0 } }, [60, 100], 0],
  ] as const)("%s %o", (strategy, more, percents, bakeMs) => {
    expect(trafficSteps(configured({ strategy, ...more }), [advanced])).toEqual({ percents, bakeMs });
  });

  test("there are none without load balancers, and none for rolling deployments", () => {
    expect(trafficSteps(configured({ strategy: "BLUE_GREEN" }))).toBeUndefined();
    expect(trafficSteps(configured({ strategy: "ROLLING" }), [advanced])).toBeUndefined();
  });

  test("what cannot be shifted is refused", () => {
    expect(() => checkShift(configured({ strategy: "CANARY" }), {})).toThrow(/needs a load balancer/);
    expect(() =>
      checkShift(configured({ strategy: "BLUE_GREEN" }), { loadBalancers: [advanced, plain] }),
    ).toThrow(/advancedConfiguration/);
    expect(() => checkShift(configured({ strategy: "ROLLING" }), { loadBalancers: [plain] })).not.toThrow();
  });
});

test.each([
  ["the first revision", undefined, true, ["blue", "plain"]],
  ["the one beside it", ["blue", "plain"], true, ["green", "plain"]],
  ["the next one", ["green", "plain"], true, ["blue", "plain"]],
  ["a rolling one after it", ["green", "plain"], false, ["green", "plain"]],
] as const)("the target groups of %s", (_which, before, shifts, expected) => {
  expect(targetGroupsAfter(before, [advanced, plain], shifts)).toEqual(expected);
});

describe("the weights of listener rules", () => {
  const tenths = fc.integer({ min: 0, max: 1000 }).map((some) => some / 10);

  test("sum to 100, and give the revision's own group its share", () => {
    fc.assert(
      fc.property(tenths, tenths, fc.constantFrom("blue", "green"), (production, test, own) => {
        const groups = { target: [own] };
        const rules = ruleWeights([advanced], groups, { source: "ecs-svc/1" }, { production, test });
        expect(rules.map(({ rule }) => rule)).toEqual(["production", "test"]);
        for (const { rule, weights } of rules) {
          const percent = rule === "test" ? test : production;
          expect(weights[0]).toEqual({ targetGroupArn: own, percent });
          expect(new Set(weights.map(({ targetGroupArn }) => targetGroupArn))).toEqual(
            new Set(["blue", "green"]),
          );
          expect(Math.round(weights.reduce((sum, one) => sum + one.percent * 10, 0))).toBe(1000);
        }
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });

  test("a first revision leaves the listener alone until it is ready", () => {
    const rules = ruleWeights([advanced], { target: ["blue"] }, {}, { production: 0, test: 100 });
    expect(rules.map(({ rule }) => rule)).toEqual(["test"]);
  });

  test("a rollback to what stands in the same group keeps everything there", () => {
    const groups = { target: ["green"], back: ["green"] };
    const [rule] = ruleWeights([advanced], groups, { source: "ecs-svc/1" }, { production: 0, test: 0 });
    expect(rule?.weights).toEqual([
      { targetGroupArn: "green", percent: 100 },
      { targetGroupArn: "blue", percent: 0 },
    ]);
  });
});
