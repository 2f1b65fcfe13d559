import {
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import recorded from "../../../test/fixtures/captures/ec2/vpc-defaults.json" with { type: "json" };
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let ec2: EC2Client;
let vpc = "";
let subnet = "";
beforeAll(async () => {
  roadstead = await testRoadstead();
  ec2 = new EC2Client(roadstead.client());
  const made = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.231.82.0/24" }));
  vpc = made.Vpc?.VpcId ?? "";
  const within = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.231.82.0/28" }));
  subnet = within.Subnet?.SubnetId ?? "";
});
afterAll(async () => {
  ec2?.destroy();
  await roadstead?.stop();
});

const inVpc = () => [{ Name: "vpc-id", Values: [vpc] }];

/** An answer with what differs from account to account and from day to day made alike. */
function alike(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer).replace(/\b(vpc|sg|rtb|rtbassoc|acl|subnet)-[0-9a-f]{17}\b/g, "$1-id"),
  );
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return error === undefined ? "no refusal" : `${error.name}: ${error.message}`;
}

describe("what a VPC has from the start, as AWS answered", () => {
  test("the default security group", async () => {
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc() }));
    const [{ Tags, ...group } = {}] = SecurityGroups ?? [];
    expect(Tags).toEqual([]);
    expect(alike(group)).toEqual(alike(recorded.default_security_group));
  });

  test("the main route table", async () => {
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc() }));
    expect(alike(RouteTables)).toEqual([alike(recorded.main_route_table)]);
  });

  test("the default network ACL", async () => {
    const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters: inVpc() }));
    const [{ Associations, ...list } = {}] = NetworkAcls ?? [];
    expect(Associations?.map(({ SubnetId }) => SubnetId)).toEqual([subnet]);
    const { Associations: _none, ...expected } = recorded.default_network_acl;
    expect(alike(list)).toEqual(alike(expected));
  });
});

describe("the default VPC", () => {
  test("is in each region and account, once, with a subnet in each zone and a way out", async () => {
    const elsewhere = new EC2Client(roadstead.client("333333333333", "eu-west-1"));
    try {
      const looks = await Promise.all([1, 2, 3].map(() => elsewhere.send(new DescribeVpcsCommand({}))));
      expect(new Set(looks.flatMap(({ Vpcs = [] }) => Vpcs.map(({ VpcId }) => VpcId))).size).toBe(1);
      const { Subnets } = await elsewhere.send(new DescribeSubnetsCommand({}));
      expect(
        Subnets?.map(({ CidrBlock, AvailabilityZone }) => `${CidrBlock} ${AvailabilityZone}`).sort(),
      ).toEqual(["172.31.0.0/20 eu-west-1a", "172.31.16.0/20 eu-west-1b", "172.31.32.0/20 eu-west-1c"]);
      expect(Subnets?.[0]).toMatchObject({ AvailableIpAddressCount: 4091, MapPublicIpOnLaunch: true });
      const { InternetGateways } = await elsewhere.send(new DescribeInternetGatewaysCommand({}));
      expect(InternetGateways).toMatchObject([{ Attachments: [{ State: "available" }] }]);
    } finally {
      elsewhere.destroy();
    }
  });
});

describe("an interface", () => {
  test("takes an address of its subnet, which nothing else gets, and gives it back", async () => {
    const made = await Promise.all(
      Array.from({ length: 11 }, () => ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet }))),
    );
    const addresses = made.map(({ NetworkInterface: one }) => one?.PrivateIpAddress);
    expect(new Set(addresses).size).toBe(11);
    expect(addresses).not.toContain("10.231.82.3");
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
    expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(0);
    expect(await refusal(ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet })))).toContain(
      "InsufficientFreeAddressesInSubnet",
    );
    expect(await refusal(ec2.send(new DeleteSubnetCommand({ SubnetId: subnet })))).toBe(
      `DependencyViolation: The subnet '${subnet}' has dependencies and cannot be deleted.`,
    );
    for (const { NetworkInterface: one } of made) {
      const { NetworkInterfaceId } = one ?? {};
      await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    }
    const after = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
    expect(after.Subnets?.[0]?.AvailableIpAddressCount).toBe(11);
  });

  test("is made once for one token", async () => {
    const input = { SubnetId: subnet, ClientToken: "token-1", PrivateIpAddress: "10.231.82.9" };
    const ids = [
      (await ec2.send(new CreateNetworkInterfaceCommand(input))).NetworkInterface?.NetworkInterfaceId,
      (await ec2.send(new CreateNetworkInterfaceCommand(input))).NetworkInterface?.NetworkInterfaceId,
    ];
    expect(ids[0]).toBe(ids[1]);
    expect(
      await refusal(ec2.send(new CreateNetworkInterfaceCommand({ ...input, ClientToken: "token-2" }))),
    ).toBe("InvalidIPAddress.InUse: Address 10.231.82.9 is in use.");
    const { NetworkInterfaces } = await ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: "private-ip-address", Values: ["10.231.82.?"] }],
      }),
    );
    expect(NetworkInterfaces?.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).toEqual([ids[0]]);
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: ids[0] }));
  });

  test("is attached by services only", async () => {
    const { NetworkInterface: one } = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet }));
    const attach = new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: one?.NetworkInterfaceId,
      InstanceId: "i-0123456789abcdef0",
      DeviceIndex: 1,
    });
    expect(await refusal(ec2.send(attach))).toBe(
      "InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist",
    );
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: one?.NetworkInterfaceId }));
  });
});

describe("what is refused, in AWS's words", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "a VPC that is not there",
      () => ec2.send(new DescribeVpcsCommand({ VpcIds: ["vpc-035ce426be2798a0d"] })),
      "InvalidVpcID.NotFound: The vpc ID 'vpc-035ce426be2798a0d' does not exist",
    ],
    [
      "a group that is not there",
      () => ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: ["sg-0114ad5bc208899e4"] })),
      "InvalidGroup.NotFound: The security group 'sg-0114ad5bc208899e4' does not exist",
    ],
    [
      "an interface that is not there",
      () =>
        ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-0d86b6bb2064d79ee"] })),
      "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-0d86b6bb2064d79ee' does not exist",
    ],
    [
      "a VPC in use",
      () => ec2.send(new DeleteVpcCommand({ VpcId: vpc })),
      "DependencyViolation: The vpc '<vpc>' has dependencies and cannot be deleted.",
    ],
    [
      "a block that is taken",
      () => ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.231.82.0/27" })),
      "InvalidSubnet.Conflict: The CIDR '10.231.82.0/27' conflicts with another subnet",
    ],
    [
      "a block outside the VPC",
      () => ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.9.0.0/24" })),
      "InvalidSubnet.Range: The CIDR '10.9.0.0/24' is invalid.",
    ],
    [
      "a block that is too wide",
      () => ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/8" })),
      "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.",
    ],
    [
      "a dry run",
      () => ec2.send(new DescribeVpcsCommand({ DryRun: true })),
      "DryRunOperation: Request would have succeeded, but DryRun flag is set.",
    ],
    [
      "a filter that there is not",
      () => ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "colour", Values: ["red"] }] })),
      "InvalidParameterValue: The filter 'colour' is invalid",
    ],
    [
      "a missing parameter",
      () => ec2.send(new CreateVpcCommand({})),
      "MissingParameter: The request must contain the parameter cidrBlock",
    ],
  ])("%s", async (_what, call, expected) => {
    expect((await refusal(call())).replaceAll(vpc, "<vpc>")).toBe(expected);
  });

  test("a rule twice, a group in use, a route within the VPC", async () => {
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId: vpc }),
    );
    const rule = { GroupId, IpProtocol: "tcp", FromPort: 80, ToPort: 80, CidrIp: "0.0.0.0/0" };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule));
    expect(await refusal(ec2.send(new AuthorizeSecurityGroupIngressCommand(rule)))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists',
    );
    const { NetworkInterface: one } = await ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [GroupId ?? ""] }),
    );
    expect(await refusal(ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).toBe(
      `DependencyViolation: resource ${GroupId} has a dependent object`,
    );
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc() }));
    const gateways = await ec2.send(new DescribeInternetGatewaysCommand({}));
    const GatewayId = gateways.InternetGateways?.[0]?.InternetGatewayId;
    const route = { RouteTableId: RouteTables?.[0]?.RouteTableId, GatewayId };
    expect(
      await refusal(ec2.send(new CreateRouteCommand({ ...route, DestinationCidrBlock: "0.0.0.0/0" }))),
    ).toContain("belong to different networks");
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: one?.NetworkInterfaceId }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  });
});
