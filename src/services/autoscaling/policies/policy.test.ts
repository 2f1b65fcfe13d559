import { expect, test } from "vitest";
import { adjusted, stepFor, trackedCapacity } from "./policy.ts";

/** "Step and simple scaling policies", User Guide: scaling adjustment types and step adjustments. */

test.each([
  ["ChangeInCapacity", 3, 5, undefined, 8],
  ["ExactCapacity", 3, 5, undefined, 5],
  ["PercentChangeInCapacity", 10, 10, undefined, 11],
  ["PercentChangeInCapacity", 10, 25, undefined, 12],
  ["PercentChangeInCapacity", 2, 10, undefined, 3],
  ["PercentChangeInCapacity", 2, -10, undefined, 1],
  ["PercentChangeInCapacity", 10, -25, undefined, 8],
  ["PercentChangeInCapacity", 4, 25, 2, 6],
] as const)(
  "%s of %i by %i, at least %s, gives %i",
  (adjustmentType, current, adjustment, minMagnitude, wanted) => {
    const policy = { adjustmentType, ...(minMagnitude !== undefined && { minMagnitude }) };
    expect(adjusted(current, policy, adjustment)).toBe(wanted);
  },
);

const steps = [
  { upper: -10, adjustment: -30 },
  { lower: -10, upper: 0, adjustment: -10 },
  { lower: 0, upper: 10, adjustment: 0 },
  { lower: 10, adjustment: 30 },
];

test.each([
  [-10, -30],
  [-9, -10],
  [0, 0],
  [9.9, 0],
  [10, 30],
  [100, 30],
])("at a distance of %d the step is %d", (distance, adjustment) => {
  expect(stepFor(steps, distance)).toBe(adjustment);
});

test.each([
  [0, 200, 100, 2],
  [4, 150, 100, 6],
  [3, 100, 100, 3],
  [4, 50, 100, 2],
  [3, 55, 50, 4],
])("%i instances at %i of %i are tracked to %i", (current, metric, target, wanted) => {
  expect(trackedCapacity(current, metric, target)).toBe(wanted);
});
