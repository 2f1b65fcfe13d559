import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "222222222222";
const example = terraformExample("terraform-load-balancers", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on load balancers",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let elb: ElasticLoadBalancingV2Client;
    let ec2: EC2Client;
    beforeAll(async () => {
      roadstead = await testRoadstead();
      elb = new ElasticLoadBalancingV2Client(roadstead.client(account, "eu-west-1"));
      ec2 = new EC2Client(roadstead.client(account, "eu-west-1"));
    });
    afterAll(async () => {
      elb?.destroy();
      ec2?.destroy();
      await roadstead?.stop();
    });

    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);

    test("applies the example, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      expect(applied.stdout).toMatch(/web = "web-\d+\.eu-west-1\.elb\.localhost"/);
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test("what it made is there as it was written", async () => {
      const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({ Names: ["web"] }));
      expect(LoadBalancers[0]?.State?.Code).toBe("active");
      const { Listeners = [] } = await elb.send(
        new DescribeListenersCommand({ LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn }),
      );
      const { Rules = [] } = await elb.send(
        new DescribeRulesCommand({ ListenerArn: Listeners[0]?.ListenerArn }),
      );
      expect(Rules.map(({ Priority, Actions }) => [Priority, Actions?.[0]?.Type])).toEqual([
        ["10", "forward"],
        ["20", "redirect"],
        ["default", "fixed-response"],
      ]);
      const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({ Names: ["shop-0"] }));
      const { TargetHealthDescriptions = [] } = await elb.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: TargetGroups[0]?.TargetGroupArn }),
      );
      expect(TargetHealthDescriptions.map(({ Target }) => [Target?.Id, Target?.Port])).toEqual([
        ["10.30.0.50", 8081],
      ]);
    });

    test("takes all of it away again, interfaces too", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
      expect(LoadBalancers).toEqual([]);
      const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
      expect(NetworkInterfaces).toEqual([]);
    });
  },
);
