import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { minute } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "./world.testing.ts";

/** Alarms that watch deployments (Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures"). */

const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
  cloudwatch = new CloudWatchClient({ ...world.settings, maxAttempts: 1 });
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: "errors", Namespace: "Shop", MetricName: "Errors", Statistic: "Sum", Period: 60 },
      ...{ EvaluationPeriods: 5, DatapointsToAlarm: 1, Threshold: 1, TreatMissingData: "notBreaching" },
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
});

const alarms = { alarmNames: ["errors"], enable: true, rollback: true };
const patience = { timeout: 20_000, interval: 25 };

async function newest(): Promise<ServiceDeployment> {
  const { serviceDeployments: [brief] = [] } = await world.ecs.send(
    new ListServiceDeploymentsCommand({ service: "web" }),
  );
  const { serviceDeployments: [found] = [] } = await world.ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ""] }),
  );
  return found ?? {};
}

const inAlarm = (state: "ALARM" | "OK") =>
  expect
    .poll(async () => {
      const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["errors"] }));
      return MetricAlarms?.[0]?.StateValue;
    }, patience)
    .toBe(state);

/** Has a deployment go on: all its tasks are there, and it bakes. */
async function deploy(): Promise<void> {
  await world.register({
    containerDefinitions: [{ name: "main", image: "web:2", essential: true }],
  });
  await world.update({ taskDefinition: "web", deploymentConfiguration: { alarms } });
}

/** Lets the time pass in which the alarms are watched. */
async function passed(): Promise<ServiceDeployment> {
  for (;;) {
    clock.advance(minute / 2);
    const found = await newest();
    if (found.status !== "IN_PROGRESS" && found.status !== "ROLLBACK_IN_PROGRESS") return found;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

test("a deployment whose alarms are quiet completes, after as long as they look back", async () => {
  await world.create();
  await world.steady();
  await deploy();
  await expect
    .poll(async () => (await world.service()).deployments?.map(({ runningCount }) => runningCount), patience)
    .toEqual([2]);
  const began = clock.now();
  expect(await newest()).toMatchObject({
    status: "IN_PROGRESS",
    alarms: { status: "MONITORING", alarmNames: ["errors"], triggeredAlarmNames: [] },
  });
  const { finishedAt, ...done } = await passed();
  expect(done).toMatchObject({ status: "SUCCESSFUL", alarms: { status: "MONITORING_COMPLETE" } });
  expect(finishedAt?.getTime()).toBeGreaterThanOrEqual(began + 5 * minute - minute / 2);
});

test("an alarm that goes off while it bakes fails it, and rolls it back", async () => {
  await world.create();
  const before = await world.steady();
  await deploy();
  await expect.poll(async () => (await newest()).alarms?.status, patience).toBe("MONITORING");
  await expect
    .poll(async () => (await world.service()).deployments?.map(({ runningCount }) => runningCount), patience)
    .toEqual([2]);
  await cloudwatch.send(
    new PutMetricDataCommand({ Namespace: "Shop", MetricData: [{ MetricName: "Errors", Value: 7 }] }),
  );
  clock.advance(minute);
  await inAlarm("ALARM");
  expect(await passed()).toMatchObject({
    status: "ROLLBACK_SUCCESSFUL",
    statusReason: "Service deployment rolled back because an alarm was detected.",
    alarms: { status: "TRIGGERED", triggeredAlarmNames: ["errors"] },
  });
  expect((await world.service()).taskDefinition).toBe(before.taskDefinition);
  expect(await world.messages()).toContain(
    "(service web) (deployment ecs-svc/N) deployment failed: alarm detected.",
  );
});

test("alarms that are in alarm when a deployment begins are not watched", async () => {
  await world.create();
  await world.steady();
  const state = { AlarmName: "errors", StateValue: "ALARM", StateReason: "before" } as const;
  await cloudwatch.send(new SetAlarmStateCommand(state));
  await deploy();
  expect(await passed()).toMatchObject({
    status: "SUCCESSFUL",
    alarms: { status: "DISABLED", triggeredAlarmNames: [] },
  });
});
