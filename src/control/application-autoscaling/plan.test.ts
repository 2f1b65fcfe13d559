import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Policy, PolicyRule } from "../../services/application-autoscaling/policies/policy.ts";
import type { Target } from "../../services/application-autoscaling/targets/target.ts";
import { type Asked, planAlarm, planBounds } from "./plan.ts";

const key = {
  account: "111111111111" as AccountId,
  region: "us-east-1" as Region,
  resourceId: "service/default/web",
};
const now = 1_000_000;
const target = (more: Partial<Target> = {}): Target => ({
  ...{ key, id: "0", min: 1, max: 10, createdAt: 0, tags: [], cooldowns: {} },
  suspended: { scaleIn: false, scaleOut: false, scheduled: false },
  ...more,
});
const policy = (rule: PolicyRule): Policy => ({
  ...{ key: { ...key, name: "p" }, id: "1", createdAt: 0, rule },
  alarms: [
    { name: "high", side: "AlarmHigh" },
    { name: "low", side: "AlarmLow" },
  ],
});
const tracking = (TargetValue: number, more = {}): PolicyRule => ({
  type: "TargetTrackingScaling",
  tracking: { TargetValue, ScaleInCooldown: 60, ScaleOutCooldown: 30, ...more },
});
const steps = (
  AdjustmentType: "ChangeInCapacity" | "PercentChangeInCapacity" | "ExactCapacity",
  StepAdjustments: readonly (readonly [low: number | undefined, high: number | undefined, by: number])[],
  more = {},
): PolicyRule => ({
  type: "StepScaling",
  step: {
    AdjustmentType,
    StepAdjustments: StepAdjustments.map(([low, high, ScalingAdjustment]) => ({
      ...(low !== undefined && { MetricIntervalLowerBound: low }),
      ...(high !== undefined && { MetricIntervalUpperBound: high }),
      ScalingAdjustment,
    })),
    ...more,
  },
});

interface Row {
  readonly rule?: PolicyRule;
  readonly alarm?: string;
  readonly values?: readonly number[];
  readonly desired?: number;
  readonly target?: Partial<Target>;
  readonly deploying?: boolean;
  readonly othersReady?: boolean;
}

function asked(row: Row): Asked {
  const { rule = tracking(50), alarm = "high", values = [100], desired = 2 } = row;
  return {
    target: target(row.target),
    policy: policy(rule),
    alarm: { name: alarm, state: "ALARM", threshold: 50, values },
    service: { desired, deploying: row.deploying ?? false },
    othersReady: row.othersReady ?? true,
    now,
  };
}

/** The new count, or why there is none. */
function outcome(row: Row): number | string {
  const plan = planAlarm(asked(row));
  return plan.kind === "scale" ? plan.to : plan.kind === "nothing" ? "nothing" : (plan.reason.Code ?? "");
}

const out = { until: now + 1, from: 2, to: 4 };
const both = steps("ChangeInCapacity", [
  [0, 20, 1],
  [20, undefined, 3],
]);
const down = steps("ChangeInCapacity", [
  [undefined, -20, -2],
  [-20, 0, -1],
]);

describe("an alarm asks", () => {
  test.each<[string, Row, number | string]>([
    ["twice the target doubles", {}, 4],
    ["the mean of the newest three counts", { values: [60, 60, 60, 500] }, 3],
    ["no more than the maximum", { values: [1000] }, 10],
    ["at the maximum: told", { desired: 10 }, "AlreadyAtMaxCapacity"],
    ["no data: nothing", { values: [] }, "nothing"],
    ["no more above the target: nothing", { values: [50] }, "nothing"],
    ["suspended", { target: { suspended: { scaleIn: false, scaleOut: true, scheduled: false } } }, "nothing"],
    ["out goes on during a deployment", { deploying: true }, 4],
    ["in a cooldown, what it added counts", { desired: 4, target: { cooldowns: { out } } }, "nothing"],
    ["in a cooldown, more is more", { desired: 4, values: [150], target: { cooldowns: { out } } }, 6],
    ["after a cooldown", { desired: 4, target: { cooldowns: { out: { ...out, until: now } } } }, 8],
    ["half the target halves", { alarm: "low", values: [25], desired: 4 }, 2],
    ["in proportion, rounded up", { alarm: "low", values: [20], desired: 4 }, 2],
    ["to none is to the minimum", { alarm: "low", values: [0], desired: 4 }, 1],
    ["would flap", { alarm: "low", values: [44], desired: 3 }, "AutoScalingAnticipatedFlapping"],
    ["at the minimum: told", { alarm: "low", values: [0], desired: 1 }, "AlreadyAtMinCapacity"],
    ["not in during a deployment", { alarm: "low", values: [0], deploying: true }, "nothing"],
    ["not in unless all are ready", { alarm: "low", values: [0], othersReady: false }, "nothing"],
    [
      "not in where it is disabled",
      { alarm: "low", values: [0], rule: tracking(50, { DisableScaleIn: true }) },
      "nothing",
    ],
    [
      "not in during its cooldown",
      { alarm: "low", values: [0], target: { cooldowns: { in: { until: now + 1, from: 3, to: 2 } } } },
      "nothing",
    ],
    ["a step: the lower bound is in it", { rule: both, values: [50] }, 3],
    ["a step: the upper bound is not", { rule: both, values: [70] }, 5],
    ["a step: the highest has no end", { rule: both, values: [900] }, 5],
    ["a step: none fits", { rule: both, values: [49] }, "nothing"],
    ["a step down: the upper bound is in it", { rule: down, values: [50 - 20], desired: 6 }, 4],
    ["a step down: the lower bound is not", { rule: down, values: [50 - 19], desired: 6 }, 5],
    [
      "the largest value, where it is asked for",
      {
        rule: steps(
          "ChangeInCapacity",
          [
            [0, 20, 1],
            [20, undefined, 3],
          ],
          { MetricAggregationType: "Maximum" },
        ),
        values: [51, 90],
      },
      5,
    ],
    ["an exact count", { rule: steps("ExactCapacity", [[0, undefined, 7]]) }, 7],
    ["an exact count that it has", { rule: steps("ExactCapacity", [[0, undefined, 2]]) }, "nothing"],
    [
      "percent, towards zero",
      { rule: steps("PercentChangeInCapacity", [[0, undefined, 35]]), desired: 5 },
      6,
    ],
    [
      "percent, one at least",
      { rule: steps("PercentChangeInCapacity", [[0, undefined, 10]]), desired: 2 },
      3,
    ],
    [
      "percent, no less than the magnitude",
      {
        rule: steps("PercentChangeInCapacity", [[0, undefined, 10]], { MinAdjustmentMagnitude: 2 }),
        desired: 2,
      },
      4,
    ],
    [
      "percent down, towards zero",
      { rule: steps("PercentChangeInCapacity", [[undefined, 0, -30]]), values: [40], desired: 5 },
      4,
    ],
  ])("%s", (_what, row, expected) => {
    expect(outcome(row)).toBe(expected);
  });

  test("and scaling out ends the cooldown of scaling in", () => {
    const cooling = { in: { until: now + 60_000, from: 3, to: 2 } };
    const plan = planAlarm(asked({ target: { cooldowns: cooling } }));
    expect(plan).toMatchObject({
      kind: "scale",
      cooldowns: { out: { until: now + 30_000, from: 2, to: 4 } },
    });
    expect(plan.kind === "scale" && plan.cooldowns?.in).toBe(undefined);
  });
});

test.each([
  [0, { kind: "scale", to: 1, cause: "minimum capacity was set to 1" }],
  [5, { kind: "nothing" }],
  [11, { kind: "scale", to: 10, cause: "maximum capacity was set to 10" }],
])("of %d, the bounds 1 and 10 make", (desired, expected) => {
  expect(planBounds(target(), { desired, deploying: false })).toMatchObject(expected);
});

test("whatever is asked, the count comes within its bounds, and goes the way that the alarm points", () => {
  fc.assert(
    fc.property(
      fc.record({
        desired: fc.integer({ min: 0, max: 30 }),
        min: fc.integer({ min: 0, max: 10 }),
        span: fc.integer({ min: 0, max: 10 }),
        goal: fc.integer({ min: 1, max: 100 }),
        values: fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 5 }),
        high: fc.boolean(),
        deploying: fc.boolean(),
      }),
      ({ desired, min, span, goal, values, high, deploying }) => {
        const plan = planAlarm(
          asked({
            ...{ desired, values, deploying, rule: tracking(goal), alarm: high ? "high" : "low" },
            target: { min, max: min + span },
          }),
        );
        if (plan.kind !== "scale") return;
        expect(plan.to).toBeGreaterThanOrEqual(min);
        expect(plan.to).toBeLessThanOrEqual(min + span);
        if (high) expect(plan.to).toBeGreaterThan(desired);
        else {
          expect(plan.to).toBeLessThan(desired);
          expect(deploying).toBe(false);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
