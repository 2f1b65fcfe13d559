import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { ListServiceDeploymentsCommand } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, test } from "vitest";
import { movableClock } from "../../../src/kernel/clock.ts";
import { minute } from "../../../src/kernel/duration.ts";
import {
  faringRuntime,
  type ServiceWorld,
  serviceWorld,
} from "../../../src/services/ecs/services/world.testing.ts";
import { openManagedPolicies, withDocument } from "../../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";

/** What of scaling, and of alarms that watch deployments, stops when a service-linked role may not do one thing. */

const policies = "arn:aws:iam::aws:policy/aws-service-role";
const scalingPolicy = `${policies}/AWSApplicationAutoscalingECSServicePolicy`;
const ecsPolicy = `${policies}/AmazonECSServiceRolePolicy`;
const patience = { timeout: 20_000, interval: 25 };
const names = {
  ServiceNamespace: "ecs",
  ResourceId: "service/default/web",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

interface Statement {
  readonly Action: string | readonly string[];
}

/** The catalogue of AWS, in which a policy lacks an action. */
function without(policy: string, action: string) {
  const catalogue = openManagedPolicies(dataDirectory);
  const document = JSON.parse(catalogue.get(policy)?.document ?? "{}") as { Statement: Statement[] };
  const Statement = document.Statement.map((one) => ({
    ...one,
    Action: [one.Action].flat().filter((name) => name !== action),
  }));
  expect(JSON.stringify(Statement)).not.toBe(JSON.stringify(document.Statement));
  return withDocument(catalogue, policy, JSON.stringify({ ...document, Statement }));
}

const clock = movableClock();
let roadstead: TestRoadstead | undefined;
const clients: { destroy(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await roadstead?.stop();
  roadstead = undefined;
});

interface Scene {
  readonly world: ServiceWorld;
  readonly scaling: ApplicationAutoScalingClient;
  readonly cloudwatch: CloudWatchClient;
  /** Waits for a refused call of a role. */
  refused(eventName: string, role: string): Promise<void>;
}

async function scene(policy: string, action: string): Promise<Scene> {
  const managedPolicies = without(policy, action);
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime, managedPolicies });
  const world = await serviceWorld(roadstead);
  await world.create({ desiredCount: 1 });
  await world.steady();
  const settings = { ...world.settings, maxAttempts: 1 };
  const scaling = new ApplicationAutoScalingClient(settings);
  const cloudwatch = new CloudWatchClient(settings);
  const trail = new CloudTrailClient(settings);
  clients.push(scaling, cloudwatch, trail);
  return {
    ...{ world, scaling, cloudwatch },
    async refused(eventName, role) {
      await expect
        .poll(async () => {
          const { Events = [] } = await trail.send(
            new LookupEventsCommand({
              LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
            }),
          );
          return Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent)).some(
            ({ errorCode, userIdentity }) =>
              errorCode === "AccessDenied" && userIdentity.arn.includes(`:assumed-role/${role}/`),
          );
        }, patience)
        .toBe(true);
    },
  };
}

const scalingRole = "AWSServiceRoleForApplicationAutoScaling_ECSService";
const register = ({ scaling }: Scene, min = 1) =>
  scaling.send(new RegisterScalableTargetCommand({ ...names, MinCapacity: min, MaxCapacity: 9 }));
const follow = ({ scaling }: Scene) =>
  scaling.send(
    new PutScalingPolicyCommand({
      ...names,
      PolicyName: "load",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        CustomizedMetricSpecification: { Namespace: "Shop", MetricName: "Load", Statistic: "Average" },
      },
    }),
  );

/** Four minutes of load; the alarm goes off. */
async function load({ cloudwatch }: Scene): Promise<void> {
  clock.advance(4 * minute);
  const MetricData = [0, 1, 2, 3].map((ago) => ({
    ...{ MetricName: "Load", Value: 100 },
    Timestamp: new Date(clock.now() - ago * minute),
  }));
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData }));
  clock.advance(minute);
}

describe("AWSServiceRoleForApplicationAutoScaling_ECSService", () => {
  test("without ecs:DescribeServices, no service becomes a scalable target", async () => {
    const it = await scene(scalingPolicy, "ecs:DescribeServices");
    await expect(register(it)).rejects.toThrow(
      `Unable to assume IAM role: arn:aws:iam::${it.world.account}:role/`,
    );
    await it.refused("DescribeServices", scalingRole);
  });

  test("without ecs:UpdateService, an activity fails and says why", async () => {
    const it = await scene(scalingPolicy, "ecs:UpdateService");
    await register(it, 3);
    await expect
      .poll(async () => {
        const found = await it.scaling.send(new DescribeScalingActivitiesCommand(names));
        return found.ScalingActivities?.map(({ StatusCode, StatusMessage = "" }) => [
          StatusCode,
          StatusMessage.includes("is not authorized to perform: ecs:UpdateService"),
        ]);
      }, patience)
      .toEqual([["Failed", true]]);
    expect((await it.world.service()).desiredCount).toBe(1);
  });

  test("without cloudwatch:PutMetricAlarm, there is no target tracking policy", async () => {
    const it = await scene(scalingPolicy, "cloudwatch:PutMetricAlarm");
    await register(it);
    await expect(follow(it)).rejects.toMatchObject({ name: "FailedResourceAccessException" });
    const { ScalingPolicies } = await it.scaling.send(new DescribeScalingPoliciesCommand(names));
    expect(ScalingPolicies).toEqual([]);
  });

  test("without cloudwatch:DeleteAlarms, a policy stays with its alarms", async () => {
    const it = await scene(scalingPolicy, "cloudwatch:DeleteAlarms");
    await register(it);
    await follow(it);
    const remove = it.scaling.send(new DeleteScalingPolicyCommand({ ...names, PolicyName: "load" }));
    await expect(remove).rejects.toMatchObject({ name: "FailedResourceAccessException" });
    const { ScalingPolicies } = await it.scaling.send(new DescribeScalingPoliciesCommand(names));
    expect(ScalingPolicies).toHaveLength(1);
  });

  test.each([
    ["cloudwatch:DescribeAlarms", "DescribeAlarms"],
    ["cloudwatch:GetMetricData", "GetMetricData"],
  ])("without %s, an alarm scales nothing", async (action, eventName) => {
    const it = await scene(scalingPolicy, action);
    await register(it);
    await follow(it);
    await load(it);
    await it.refused(eventName, scalingRole);
    expect((await it.world.service()).desiredCount).toBe(1);
  });
});

test("AWSServiceRoleForECS without cloudwatch:DescribeAlarms: a deployment with alarms does not complete", async () => {
  const it = await scene(ecsPolicy, "cloudwatch:DescribeAlarms");
  await it.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: "errors", Namespace: "Shop", MetricName: "Errors", Statistic: "Sum", Period: 60 },
      ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" },
    }),
  );
  const alarms = { alarmNames: ["errors"], enable: true, rollback: true };
  await it.world.update({ deploymentConfiguration: { alarms }, forceNewDeployment: true });
  await it.refused("DescribeAlarms", "AWSServiceRoleForECS");
  await it.world.until(
    ({ deployments = [] }) => deployments.length === 1 && deployments[0]?.runningCount === 1,
  );
  clock.advance(10 * minute);
  await it.refused("DescribeAlarms", "AWSServiceRoleForECS");
  const { serviceDeployments = [] } = await it.world.ecs.send(
    new ListServiceDeploymentsCommand({ service: "web" }),
  );
  expect(serviceDeployments[0]?.status).toBe("IN_PROGRESS");
  expect((await it.world.messages()).some((message) => message.includes("failed to describe alarms"))).toBe(
    true,
  );
});
