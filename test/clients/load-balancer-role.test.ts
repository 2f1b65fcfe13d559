import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openManagedPolicies, withDocument } from "../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { policy } from "./parties.ts";

/** AWSServiceRoleForElasticLoadBalancing: who makes it, what keeps it, and what stops without its permissions. */

const account = "111111111111";
const roleName = "AWSServiceRoleForElasticLoadBalancing";
const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AWSElasticLoadBalancingServiceRolePolicy";
const seeing = [
  "ec2:DescribeSubnets",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeVpcs",
  "ec2:DescribeInternetGateways",
];

let roadstead: TestRoadstead;
const clients: { destroy(): void }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await roadstead.stop();
});

function kept<T extends { destroy(): void }>(client: T): T {
  clients.push(client);
  return client;
}

function parties() {
  const settings = { ...roadstead.client(account), maxAttempts: 1 };
  return {
    elb: kept(new elbv2.ElasticLoadBalancingV2Client(settings)),
    iam: kept(new IAMClient(settings)),
    ec2: kept(new EC2Client(settings)),
    trail: kept(new CloudTrailClient(settings)),
  };
}

async function make(elb: elbv2.ElasticLoadBalancingV2Client, ec2: EC2Client, Name: string): Promise<string> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const { LoadBalancers } = await elb.send(
    new elbv2.CreateLoadBalancerCommand({
      Name,
      Subnets: Subnets.slice(0, 2).map(({ SubnetId = "" }) => SubnetId),
    }),
  );
  return LoadBalancers?.[0]?.LoadBalancerArn ?? "";
}

async function settledState(elb: elbv2.ElasticLoadBalancingV2Client, arn: string) {
  return vi.waitFor(
    async () => {
      const { LoadBalancers } = await elb.send(
        new elbv2.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
      );
      const state = LoadBalancers?.[0]?.State;
      expect(state?.Code).not.toBe("provisioning");
      return state;
    },
    { timeout: 10_000 },
  );
}

describe("what the role's policy lacks stops what it is for", () => {
  const all = [
    ...seeing,
    "ec2:DescribeNetworkInterfaces",
    "ec2:CreateNetworkInterface",
    "ec2:AttachNetworkInterface",
  ];
  test.each(["ec2:DescribeNetworkInterfaces", "ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface"])(
    "without %s a load balancer fails, and says why",
    async (lacks) => {
      const Action = all.filter((action) => action !== lacks);
      const managedPolicies = withDocument(
        openManagedPolicies(dataDirectory),
        rolePolicy,
        policy({ Effect: "Allow", Action, Resource: "*" }),
      );
      roadstead = await testRoadstead({}, { managedPolicies });
      const { elb, ec2 } = parties();
      const state = await settledState(elb, await make(elb, ec2, "lacking"));
      expect(state?.Code).toMatch(/^(failed|active_impaired)$/);
      expect(state?.Reason).toContain("not authorized to perform");
      expect(state?.Reason).toContain(lacks);
    },
  );

  test("without ec2:DescribeSubnets none can be made", async () => {
    const managedPolicies = withDocument(
      openManagedPolicies(dataDirectory),
      rolePolicy,
      policy({ Effect: "Allow", Action: all.slice(1), Resource: "*" }),
    );
    roadstead = await testRoadstead({}, { managedPolicies });
    const { elb, ec2 } = parties();
    await expect(make(elb, ec2, "blind")).rejects.toThrow(/ec2:DescribeSubnets/);
  });
});

test("the first load balancer makes the role as its caller, and load balancers keep it", async () => {
  roadstead = await testRoadstead();
  const { elb, iam, ec2, trail } = parties();
  const arn = await make(elb, ec2, "first");
  expect((await settledState(elb, arn))?.Code).toBe("active");
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
  expect(Role?.Path).toBe("/aws-service-role/elasticloadbalancing.amazonaws.com/");
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateNetworkInterface" }],
    }),
  );
  expect(JSON.parse(Events[0]?.CloudTrailEvent ?? "{}")).toMatchObject({
    userIdentity: {
      type: "AssumedRole",
      arn: `arn:aws:sts::${account}:assumed-role/${roleName}/ElasticLoadBalancing`,
      invokedBy: "elasticloadbalancing.amazonaws.com",
    },
  });
  const deletion = async () => {
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: roleName }));
    return vi.waitFor(
      async () => {
        const answer = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
        expect(answer.Status).toMatch(/^(SUCCEEDED|FAILED)$/);
        return answer;
      },
      { timeout: 10_000 },
    );
  };
  expect(await deletion()).toMatchObject({
    Status: "FAILED",
    Reason: { RoleUsageList: [{ Region: "us-east-1", Resources: [arn] }] },
  });
  await elb.send(new elbv2.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  await vi.waitFor(async () => expect((await deletion()).Status).toBe("SUCCEEDED"), { timeout: 10_000 });
});

test("who may not make the role makes no load balancer", async () => {
  roadstead = await testRoadstead();
  const { iam, ec2 } = parties();
  await iam.send(new CreateUserCommand({ UserName: "builder" }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: "builder",
      PolicyName: "elb",
      PolicyDocument: policy({ Effect: "Allow", Action: "elasticloadbalancing:*", Resource: "*" }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "builder" }));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  const elb = kept(
    new elbv2.ElasticLoadBalancingV2Client({
      ...roadstead.client(account),
      credentials: { accessKeyId, secretAccessKey },
    }),
  );
  await expect(make(elb, ec2, "denied")).rejects.toThrow(/iam:CreateServiceLinkedRole/);
  await expect(iam.send(new GetRoleCommand({ RoleName: roleName }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});
