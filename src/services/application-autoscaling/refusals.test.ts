import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  GetPredictiveScalingForecastCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
  PutScheduledActionCommand,
  type PutScheduledActionCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { DeleteRoleCommand, DeleteServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../ecs/services/world.testing.ts";

/** What is refused, in which words, and what is answered about targets, actions and tags. */

let roadstead: TestRoadstead;
let world: ServiceWorld;
let scaling: ApplicationAutoScalingClient;
let arn = "";
const names = {
  ServiceNamespace: "ecs",
  ResourceId: "service/default/web",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { fargate: faringRuntime });
  world = await serviceWorld(roadstead);
  scaling = new ApplicationAutoScalingClient({ ...world.settings, maxAttempts: 1 });
  await world.create({ desiredCount: 1 });
  const { ScalableTargetARN = "" } = await scaling.send(
    new RegisterScalableTargetCommand({
      ...{ ...names, MinCapacity: 1, MaxCapacity: 4, Tags: { team: "bridge" } },
    }),
  );
  arn = ScalableTargetARN;
});
afterAll(async () => {
  scaling?.destroy();
  await roadstead?.stop();
});

const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "it was taken",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test.each<[string, Partial<RegisterScalableTargetCommandInput>, string]>([
  ["another namespace", { ServiceNamespace: "dynamodb" }, "the service namespace dynamodb is not served"],
  [
    "another dimension",
    { ScalableDimension: "ecs:service:Other" as "ecs:service:DesiredCount" },
    "ValidationException",
  ],
  ["another resource", { ResourceId: "cluster/main" }, "Unsupported service namespace, resource type"],
  ["bounds upside down", { MinCapacity: 5 }, "Maximum capacity cannot be less than minimum capacity"],
  ["a negative minimum", { MinCapacity: -1 }, "Minimum capacity must be greater than or equal to 0"],
])("a target of %s is refused", async (_what, more, why) => {
  const put = new RegisterScalableTargetCommand({ ...names, MinCapacity: 1, MaxCapacity: 4, ...more });
  expect(await refusal(scaling.send(put))).toContain(why);
});

const step = (more: object) => ({
  PolicyType: "StepScaling" as const,
  StepScalingPolicyConfiguration: {
    AdjustmentType: "ChangeInCapacity" as const,
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
    ...more,
  },
});
const track = (more: object) => ({
  PolicyType: "TargetTrackingScaling" as const,
  TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, ...more },
});
const cpu = { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } };
const requests = { PredefinedMetricType: "ALBRequestCountPerTarget" };
const adjustments = (...bounds: readonly (readonly [number | undefined, number | undefined])[]) =>
  step({
    StepAdjustments: bounds.map(([low, high]) => ({
      ...(low !== undefined && { MetricIntervalLowerBound: low }),
      ...(high !== undefined && { MetricIntervalUpperBound: high }),
      ScalingAdjustment: 1,
    })),
  });

test.each<[string, Partial<PutScalingPolicyCommandInput>, string]>([
  ["no steps", step({ StepAdjustments: [] }), "At least one StepAdjustment must be specified."],
  ["no adjustment type", step({ AdjustmentType: undefined }), "AdjustmentType is required"],
  ["steps that overlap", adjustments([0, 10], [5, undefined]), "can't overlap"],
  ["steps with a gap", adjustments([0, 10], [20, undefined]), "can't have gaps"],
  ["a step without bounds", adjustments([undefined, undefined]), "At least one of MetricIntervalLowerBound"],
  ["a step upside down", adjustments([10, 0]), "must be greater than MetricIntervalLowerBound"],
  ["no end below", adjustments([-10, 0]), "unspecified lower bound"],
  ["no end above", adjustments([0, 10]), "unspecified upper bound"],
  ["a magnitude of no percent", step({ MinAdjustmentMagnitude: 2 }), "PercentChangeInCapacity"],
  ["no metric", track({}), "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification"],
  ["no value", track({ ...cpu, TargetValue: 0 }), "TargetValue must be greater than 0."],
  [
    "another service's metric",
    track({ PredefinedMetricSpecification: { PredefinedMetricType: "DynamoDBReadCapacityUtilization" } }),
    "is not supported",
  ],
  [
    "requests of no target group",
    track({ PredefinedMetricSpecification: requests }),
    "needs a ResourceLabel of the form",
  ],
  [
    "a label of no requests",
    track({
      PredefinedMetricSpecification: {
        ...cpu.PredefinedMetricSpecification,
        ResourceLabel: "app/a/1/targetgroup/b/2",
      },
    }),
    "A ResourceLabel cannot be specified",
  ],
  [
    "half a metric",
    track({ CustomizedMetricSpecification: { MetricName: "Load" } }),
    "needs MetricName, Namespace and Statistic, or Metrics",
  ],
  [
    "two results",
    track({
      CustomizedMetricSpecification: {
        Metrics: [
          { Id: "a", Expression: "1" },
          { Id: "b", Expression: "2" },
        ],
      },
    }),
    "Exactly one element of Metrics must return data.",
  ],
  [
    "a cooldown below nothing",
    track({ ...cpu, ScaleInCooldown: -1 }),
    "ScaleInCooldown must not be negative.",
  ],
  ["a forecast", { PolicyType: "PredictiveScaling" }, "Roadstead does not scale predictively"],
  ["nothing", {}, "StepScalingPolicyConfiguration is required"],
])("a policy of %s is refused", async (_what, more, why) => {
  const put = new PutScalingPolicyCommand({ ...names, PolicyName: "p", ...more });
  const said = await refusal(scaling.send(put));
  expect(said).toContain("ValidationException: ");
  expect(said).toContain(why);
});

test("one metric is tracked once, and a policy keeps its type", async () => {
  const put = (PolicyName: string, more: object) =>
    scaling.send(new PutScalingPolicyCommand({ ...names, PolicyName, ...more }));
  await put("cpu", track(cpu));
  await put("cpu", track({ ...cpu, TargetValue: 60 }));
  expect(await refusal(put("other", track(cpu)))).toBe(
    "ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed.",
  );
  expect(await refusal(put("cpu", step({})))).toContain("cannot be changed");
});

const schedule = (more: Partial<PutScheduledActionCommandInput>) =>
  scaling.send(
    new PutScheduledActionCommand({
      ...{ ...names, ScheduledActionName: "a", Schedule: "cron(0 18 * * ? *)" },
      ScalableTargetAction: { MinCapacity: 1 },
      ...more,
    }),
  );

test.each<[string, Partial<PutScheduledActionCommandInput>, string]>([
  ["no schedule", { Schedule: "every day" }, "Invalid schedule expression: every day"],
  ["a time that is none", { Schedule: "at(2026-13-01T00:00:00)" }, "Invalid schedule expression"],
  ["a zone that is none", { Timezone: "Europe/Atlantis" }, "Invalid time zone: Europe/Atlantis"],
  ["nothing to set", { ScalableTargetAction: {} }, "At least one of MinCapacity and MaxCapacity"],
  [
    "bounds upside down",
    { ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } },
    "Maximum capacity cannot",
  ],
  ["an end before now", { EndTime: new Date(0) }, "EndTime must be in the future"],
])("a scheduled action with %s is refused", async (_what, more, why) => {
  const said = await refusal(schedule(more));
  expect(said).toContain("ValidationException: ");
  expect(said).toContain(why);
});

test("scheduled actions are listed in pages, and an update keeps what it does not name", async () => {
  for (const ScheduledActionName of ["b", "a", "c"])
    await schedule({ ScheduledActionName, Timezone: "Asia/Tokyo" });
  await schedule({ ScheduledActionName: "a", Schedule: undefined, ScalableTargetAction: { MaxCapacity: 3 } });
  const first = await scaling.send(new DescribeScheduledActionsCommand({ ...names, MaxResults: 2 }));
  expect(first.ScheduledActions).toMatchObject([
    {
      ScheduledActionName: "a",
      ...{ Schedule: "cron(0 18 * * ? *)", Timezone: "Asia/Tokyo" },
      ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 3 },
    },
    { ScheduledActionName: "b" },
  ]);
  const { NextToken } = first;
  const rest = await scaling.send(new DescribeScheduledActionsCommand({ ...names, NextToken }));
  expect(rest.ScheduledActions?.map(({ ScheduledActionName }) => ScheduledActionName)).toEqual(["c"]);
});

describe("what is not there, or not allowed", () => {
  const gone = { ...names, ResourceId: "service/default/gone" } as const;
  const noTarget = (noun: string, name: string) =>
    `ObjectNotFoundException: No ${noun} found for service namespace: ecs, resource ID: service/default/gone, scalable dimension: ecs:service:DesiredCount and name: ${name}`;
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "a policy of no target",
      () => scaling.send(new PutScalingPolicyCommand({ ...gone, PolicyName: "p", ...step({}) })),
      "ObjectNotFoundException: No scalable target registered for service namespace: ecs, resource ID: service/default/gone, scalable dimension: ecs:service:DesiredCount",
    ],
    [
      "a policy that is none",
      () => scaling.send(new DeleteScalingPolicyCommand({ ...gone, PolicyName: "p" })),
      noTarget("scaling policy", "p"),
    ],
    [
      "an action that is none",
      () => scaling.send(new DeleteScheduledActionCommand({ ...gone, ScheduledActionName: "p" })),
      noTarget("scheduled action", "p"),
    ],
    [
      "a page that is too large",
      () => scaling.send(new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs", MaxResults: 51 })),
      "ValidationException: MaxResults must be between 1 and 50.",
    ],
    [
      "a token that is none",
      () => scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", NextToken: "x" })),
      "InvalidNextTokenException: The NextToken is not valid.",
    ],
    [
      "a dimension of no resource",
      () =>
        scaling.send(
          new DescribeScalingActivitiesCommand({
            ServiceNamespace: "ecs",
            ScalableDimension: names.ScalableDimension,
          }),
        ),
      "ValidationException: Scalable dimension cannot be specified without a resource ID.",
    ],
    [
      "a forecast",
      () =>
        scaling.send(
          new GetPredictiveScalingForecastCommand({
            ...{ ...names, PolicyName: "p", StartTime: new Date(0), EndTime: new Date(1) },
          }),
        ),
      "NotImplemented: Roadstead does not serve application-autoscaling:GetPredictiveScalingForecast: there are no models of what is to come: use a scheduled action",
    ],
  ])("%s", async (_what, call, expected) => {
    expect(await refusal(call())).toContain(expected);
  });
});

test("tags are a target's, and the role cannot be deleted while there is one", async () => {
  await scaling.send(new TagResourceCommand({ ResourceARN: arn, Tags: { watch: "night" } }));
  await scaling.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ["team"] }));
  const { Tags } = await scaling.send(new ListTagsForResourceCommand({ ResourceARN: arn }));
  expect(Tags).toEqual({ watch: "night" });
  const stranger = arn.replace(world.account, "999999999999");
  const other = scaling.send(new ListTagsForResourceCommand({ ResourceARN: stranger }));
  expect(await refusal(other)).toContain("Exception: ");
  const iam = new IAMClient(world.settings);
  const RoleName = "AWSServiceRoleForApplicationAutoScaling_ECSService";
  expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toContain("UnmodifiableEntity");
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  expect(DeletionTaskId).toContain("ecs.application-autoscaling.amazonaws.com");
  iam.destroy();
});
