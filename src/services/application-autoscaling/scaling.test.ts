import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  type ScalingActivity,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import { movableClock } from "../../kernel/clock.ts";
import { minute } from "../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../ecs/services/world.testing.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;
let scaling: ApplicationAutoScalingClient;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
  scaling = new ApplicationAutoScalingClient({ ...world.settings, maxAttempts: 1 });
  cloudwatch = new CloudWatchClient({ ...world.settings, maxAttempts: 1 });
});

const names = {
  ServiceNamespace: "ecs",
  ResourceId: "service/default/web",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;
const patience = { timeout: 20_000, interval: 25 };

const register = (min: number, max: number) =>
  scaling.send(new RegisterScalableTargetCommand({ ...names, MinCapacity: min, MaxCapacity: max }));

const follow = (target: number) =>
  scaling.send(
    new PutScalingPolicyCommand({
      ...names,
      PolicyName: "load",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: target,
        CustomizedMetricSpecification: { Namespace: "Shop", MetricName: "Load", Statistic: "Average" },
      },
    }),
  );

/** Publishes a value of the metric for each of the minutes before now, and has the alarms look at it. */
async function load(value: number, minutes: number): Promise<void> {
  clock.advance(minutes * minute);
  const Timestamps = Array.from({ length: minutes }, (_, i) => new Date(clock.now() - i * minute));
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: "Shop",
      MetricData: Timestamps.map((Timestamp) => ({ MetricName: "Load", Value: value, Timestamp })),
    }),
  );
  clock.advance(minute);
}

async function activities(notScaled = false): Promise<readonly ScalingActivity[]> {
  const { ScalingActivities = [] } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ...names, IncludeNotScaledActivities: notScaled }),
  );
  return ScalingActivities;
}

const desired = (count: number) =>
  expect.poll(async () => (await world.service()).desiredCount, patience).toBe(count);

describe("a scalable target", () => {
  test("is a service with bounds, and makes the service-linked role; what is below its minimum is raised", async () => {
    await world.create({ desiredCount: 1 });
    await world.steady();
    const { ScalableTargetARN = "" } = await register(3, 5);
    expect(ScalableTargetARN).toMatch(
      new RegExp(`^arn:aws:application-autoscaling:us-east-1:${world.account}:scalable-target/[0-9a-f]{36}$`),
    );
    const iam = new IAMClient(world.settings);
    const { Role } = await iam.send(
      new GetRoleCommand({ RoleName: "AWSServiceRoleForApplicationAutoScaling_ECSService" }),
    );
    const { ScalableTargets } = await scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }),
    );
    expect(ScalableTargets).toMatchObject([
      { ...names, MinCapacity: 3, MaxCapacity: 5, RoleARN: Role?.Arn, ScalableTargetARN },
    ]);
    await desired(3);
    await vi.waitFor(async () => {
      clock.advance(minute / 6);
      expect(await activities()).toMatchObject([
        {
          Description: "Setting desired count to 3.",
          Cause: "minimum capacity was set to 3",
          StatusCode: "Successful",
          StatusMessage: "Successfully set desired count to 3. Change successfully fulfilled by ecs.",
        },
      ]);
    }, patience);
  });

  test("is of a service that is there", async () => {
    await expect(register(1, 2)).rejects.toThrow("ECS service doesn't exist: service/default/web");
  });
});

describe("a target tracking policy", () => {
  test("makes its alarms, scales out in proportion and in again, and takes its alarms along", async () => {
    await world.create({ desiredCount: 2 });
    await world.steady();
    await register(1, 6);
    const { PolicyARN = "", Alarms = [] } = await follow(50);
    expect(Alarms.map(({ AlarmName }) => AlarmName)).toEqual([
      expect.stringMatching(/^TargetTracking-service\/default\/web-AlarmHigh-[0-9a-f-]{36}$/),
      expect.stringMatching(/^TargetTracking-service\/default\/web-AlarmLow-[0-9a-f-]{36}$/),
    ]);
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ ActionPrefix: PolicyARN }));
    expect(MetricAlarms).toMatchObject([
      { Threshold: 50, EvaluationPeriods: 3, AlarmActions: [PolicyARN] },
      { Threshold: 45, EvaluationPeriods: 15, AlarmActions: [PolicyARN] },
    ]);

    await load(100, 4);
    await desired(4);
    const [first] = await activities();
    expect(first?.Cause).toBe(`monitor alarm ${Alarms[0]?.AlarmName} in state ALARM triggered policy load`);
    await expect
      .poll(async () => {
        const { AlarmHistoryItems = [] } = await cloudwatch.send(
          new DescribeAlarmHistoryCommand({ AlarmName: Alarms[0]?.AlarmName, HistoryItemType: "Action" }),
        );
        return AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary);
      }, patience)
      .toEqual([`Successfully executed action ${PolicyARN}`]);

    await world.steady();
    await load(10, 16);
    await desired(1);
    await scaling.send(new DeregisterScalableTargetCommand(names));
    const left = await cloudwatch.send(new DescribeAlarmsCommand({}));
    expect(left.MetricAlarms).toEqual([]);
  });

  test("says why it does not scale", async () => {
    await world.create({ desiredCount: 2 });
    await world.steady();
    await register(1, 2);
    await follow(50);
    await load(100, 4);
    await expect
      .poll(() => activities(true), patience)
      .toMatchObject([
        {
          Description: "Attempting to scale due to alarm triggered",
          NotScaledReasons: [{ Code: "AlreadyAtMaxCapacity", MaxCapacity: 2 }],
        },
      ]);
    expect(await activities()).toEqual([]);
  });
});

describe("a step scaling policy", () => {
  test("takes the step that the breach is in, and tells of the alarms that call it", async () => {
    await world.create({ desiredCount: 1 });
    await world.steady();
    await register(1, 10);
    const { PolicyARN = "" } = await scaling.send(
      new PutScalingPolicyCommand({
        ...names,
        PolicyName: "steps",
        PolicyType: "StepScaling",
        StepScalingPolicyConfiguration: {
          AdjustmentType: "ChangeInCapacity",
          StepAdjustments: [
            { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
            { MetricIntervalLowerBound: 20, ScalingAdjustment: 3 },
          ],
        },
      }),
    );
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "busy",
        Namespace: "Shop",
        MetricName: "Load",
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 50,
        ComparisonOperator: "GreaterThanThreshold",
        AlarmActions: [PolicyARN],
      }),
    );
    await load(75, 3);
    await desired(4);
    const { ScalingPolicies } = await scaling.send(new DescribeScalingPoliciesCommand(names));
    expect(ScalingPolicies).toMatchObject([{ PolicyName: "steps", Alarms: [{ AlarmName: "busy" }] }]);
  });
});

describe("a scheduled action", () => {
  test("sets the bounds at its time, and the count follows", async () => {
    await world.create({ desiredCount: 1 });
    await world.steady();
    await register(1, 2);
    const at = new Date(clock.now() + 10 * minute).toISOString().slice(0, 19);
    await scaling.send(
      new PutScheduledActionCommand({
        ...names,
        ScheduledActionName: "sale",
        Schedule: `at(${at})`,
        ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 5 },
      }),
    );
    clock.advance(11 * minute);
    await desired(3);
    expect(await activities()).toMatchObject([
      { Cause: "minimum capacity was set to 3" },
      {
        Description: "Setting min capacity to 3 and max capacity to 5",
        Cause: "scheduled action name sale was triggered",
        StatusCode: "Successful",
      },
    ]);
  });
});
