import { DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** A load balancer's whole life, over the wire: what it makes of EC2, what its answers say, what is left of it. */

let roadstead: TestRoadstead;
let elb: elbv2.ElasticLoadBalancingV2Client;
let ec2: EC2Client;
let subnets: readonly string[] = [];
let vpcId = "";

beforeAll(async () => {
  roadstead = await testRoadstead();
  elb = new elbv2.ElasticLoadBalancingV2Client({ ...roadstead.client(), maxAttempts: 1 });
  ec2 = new EC2Client(roadstead.client());
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  subnets = Subnets.slice(0, 2).map(({ SubnetId = "" }) => SubnetId);
  vpcId = Subnets[0]?.VpcId ?? "";
});
afterAll(async () => {
  elb?.destroy();
  ec2?.destroy();
  await roadstead?.stop();
});

async function loadBalancer(input: Partial<elbv2.CreateLoadBalancerInput> & { readonly Name: string }) {
  const { LoadBalancers = [] } = await elb.send(
    new elbv2.CreateLoadBalancerCommand({ Subnets: [...subnets], ...input }),
  );
  const [made] = LoadBalancers;
  if (made?.LoadBalancerArn === undefined) throw new Error("no load balancer");
  return { ...made, LoadBalancerArn: made.LoadBalancerArn };
}

async function stateOf(arn: string): Promise<elbv2.LoadBalancerState | undefined> {
  const { LoadBalancers } = await elb.send(
    new elbv2.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
  );
  return LoadBalancers?.[0]?.State;
}

const active = (arn: string) =>
  vi.waitFor(async () => expect(await stateOf(arn)).toEqual({ Code: "active" }), { timeout: 10_000 });

async function targetGroup(Name: string, input: Partial<elbv2.CreateTargetGroupInput> = {}): Promise<string> {
  const { TargetGroups } = await elb.send(
    new elbv2.CreateTargetGroupCommand({
      ...{ Name, Protocol: "HTTP", Port: 80, VpcId: vpcId, TargetType: "ip" },
      ...input,
    }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? "";
}

async function interfacesOf(arn: string) {
  const description = `ELB ${arn.split(":loadbalancer/")[1]}`;
  const { NetworkInterfaces = [] } = await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "description", Values: [description] }] }),
  );
  return NetworkInterfaces;
}

describe("an application load balancer", () => {
  test("has a name, an ARN and, once it is active, an interface in each subnet that customers cannot touch", async () => {
    const made = await loadBalancer({ Name: "shore", Tags: [{ Key: "Team", Value: "harbour" }] });
    expect(made).toMatchObject({
      LoadBalancerArn: expect.stringMatching(
        /^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/shore\/[0-9a-f]{16}$/,
      ),
      DNSName: expect.stringMatching(/^shore-\d+\.us-east-1\.elb\.localhost$/),
      CanonicalHostedZoneId: "Z35SXDOTRQ7X7K",
      State: { Code: "provisioning" },
      Scheme: "internet-facing",
      VpcId: vpcId,
    });
    await active(made.LoadBalancerArn);
    const interfaces = await interfacesOf(made.LoadBalancerArn);
    expect(interfaces.map(({ SubnetId }) => SubnetId).sort()).toEqual([...subnets].sort());
    expect(interfaces[0]).toMatchObject({
      Status: "in-use",
      RequesterManaged: true,
      Attachment: { InstanceOwnerId: "amazon-elb" },
    });
    await elb.send(new elbv2.DeleteLoadBalancerCommand({ LoadBalancerArn: made.LoadBalancerArn }));
    await vi.waitFor(async () => expect(await interfacesOf(made.LoadBalancerArn)).toEqual([]), {
      timeout: 10_000,
    });
    await expect(stateOf(made.LoadBalancerArn)).rejects.toMatchObject({
      name: "LoadBalancerNotFoundException",
    });
  });

  test("is made once by the same request, and not by another", async () => {
    const first = await loadBalancer({ Name: "twice", Scheme: "internal" });
    expect(first.DNSName).toMatch(/^internal-twice-/);
    const again = await loadBalancer({ Name: "twice", Scheme: "internal" });
    expect(again.LoadBalancerArn).toBe(first.LoadBalancerArn);
    await expect(loadBalancer({ Name: "twice" })).rejects.toMatchObject({
      name: "DuplicateLoadBalancerNameException",
      message: "A load balancer with the same name 'twice' exists, but with different settings",
    });
  });
});

describe("targets", () => {
  test("are unused, initial, draining and gone, as what they belong to has it", async () => {
    const arn = await targetGroup("states");
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnets] }));
    const Id = Subnets[0]?.CidrBlock?.replace(/\.0\/\d+$/, ".77") ?? "";
    const health = async () => {
      const { TargetHealthDescriptions = [] } = await elb.send(
        new elbv2.DescribeTargetHealthCommand({ TargetGroupArn: arn }),
      );
      return TargetHealthDescriptions.map(({ TargetHealth }) => [TargetHealth?.State, TargetHealth?.Reason]);
    };
    await elb.send(new elbv2.RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id }] }));
    expect(await health()).toEqual([["unused", "Target.NotInUse"]]);
    const { LoadBalancerArn } = await loadBalancer({ Name: "states", Scheme: "internal" });
    const { Listeners = [] } = await elb.send(
      new elbv2.CreateListenerCommand({
        ...{ LoadBalancerArn, Port: 8080, Protocol: "HTTP" },
        DefaultActions: [{ Type: "forward", TargetGroupArn: arn }],
      }),
    );
    expect((await health())[0]?.[0]).toMatch(/^(initial|unhealthy)$/);
    await expect(elb.send(new elbv2.DeleteTargetGroupCommand({ TargetGroupArn: arn }))).rejects.toMatchObject(
      { name: "ResourceInUseException" },
    );
    await elb.send(new elbv2.DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id }] }));
    expect(await health()).toEqual([["draining", "Target.DeregistrationInProgress"]]);
    await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: 301 }),
    });
    await vi.waitFor(async () => expect(await health()).toEqual([]), { timeout: 10_000 });
    await elb.send(new elbv2.DeleteListenerCommand({ ListenerArn: Listeners[0]?.ListenerArn }));
    await elb.send(new elbv2.DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  });
});
