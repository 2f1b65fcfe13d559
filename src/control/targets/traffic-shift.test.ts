import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { divided, weightsOf } from "./traffic-shift.ts";

const tuples = [
  { TargetGroupArn: "blue", Weight: 95 },
  { TargetGroupArn: "green", Weight: 5 },
];
const forward = (more: object): Action => ({ Type: "forward", ...more });

describe("the actions of a rule whose traffic is divided", () => {
  test.each<[string, Action[], Action[] | undefined]>([
    [
      "a single group becomes two",
      [
        forward({
          TargetGroupArn: "blue",
          ForwardConfig: { TargetGroups: [{ TargetGroupArn: "blue", Weight: 1 }] },
        }),
      ],
      [forward({ ForwardConfig: { TargetGroups: tuples } })],
    ],
    [
      "what comes before, and stickiness, stays",
      [
        { Type: "authenticate-oidc", Order: 1 },
        forward({
          Order: 2,
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: "blue", Weight: 100 }],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
          },
        }),
      ],
      [
        { Type: "authenticate-oidc", Order: 1 },
        forward({
          Order: 2,
          ForwardConfig: {
            TargetGroups: tuples,
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
          },
        }),
      ],
    ],
    [
      "a fixed response gives way",
      [{ Type: "fixed-response" }],
      [forward({ ForwardConfig: { TargetGroups: tuples } })],
    ],
    [
      "what is so already is left alone",
      [forward({ ForwardConfig: { TargetGroups: [...tuples].reverse() } })],
      undefined,
    ],
  ])("%s", (_what, before, after) => {
    expect(divided(before, tuples)).toEqual(after);
  });
});

test.each([
  [5, 95, [5, 95]],
  [100, 0, [100, 0]],
  [0.1, 99.9, [1, 999]],
  [33.3, 66.7, [333, 667]],
])("%d and %d percent as whole numbers", (green, blue, expected) => {
  const weights = weightsOf([
    { targetGroupArn: "green", percent: green },
    { targetGroupArn: "blue", percent: blue },
  ]);
  expect(weights.map(({ Weight }) => Weight)).toEqual(expected);
});
