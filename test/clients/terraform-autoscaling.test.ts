import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "444444444446";
const example = terraformExample("terraform-autoscaling", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on scaling",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let scaling: ApplicationAutoScalingClient;
    let cloudwatch: CloudWatchClient;
    let ecs: ECSClient;
    beforeAll(async () => {
      roadstead = await testRoadstead({ ecsRuntime: "memory", ecsHealthyAfter: 0 });
      const settings = roadstead.client(account, "eu-west-1");
      scaling = new ApplicationAutoScalingClient(settings);
      cloudwatch = new CloudWatchClient(settings);
      ecs = new ECSClient(settings);
    });
    afterAll(async () => {
      for (const client of [scaling, cloudwatch, ecs]) client?.destroy();
      await roadstead?.stop();
    });

    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);
    const targets = async () =>
      (await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }))).ScalableTargets;

    test("applies the example, whose service comes to its minimum, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      await expect
        .poll(
          async () => {
            const { services } = await ecs.send(
              new DescribeServicesCommand({ cluster: "main", services: ["web"] }),
            );
            return services?.[0]?.runningCount;
          },
          { timeout: 30_000 },
        )
        .toBe(2);
      const { ScalingPolicies = [] } = await scaling.send(
        new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }),
      );
      expect(ScalingPolicies.map(({ PolicyName, Alarms }) => [PolicyName, Alarms?.length])).toEqual([
        ["cpu", 2],
        ["queue", 1],
      ]);
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test("changes the bounds in place", async () => {
      const [before] = (await targets()) ?? [];
      const applied = await terraform("apply", "-auto-approve", "-var=most=6");
      expect(applied.code, applied.text).toBe(0);
      expect(await targets()).toMatchObject([
        { MaxCapacity: 6, ScalableTargetARN: before?.ScalableTargetARN },
      ]);
    });

    test("takes everything away, the alarms of the policies as well", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      expect(await targets()).toEqual([]);
      expect((await cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
    });
  },
);
