import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "222222222222";
const example = terraformExample("terraform-network", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on networks",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let ec2: EC2Client;
    beforeAll(async () => {
      roadstead = await testRoadstead();
      ec2 = new EC2Client(roadstead.client(account, "eu-west-1"));
    });
    afterAll(async () => {
      ec2?.destroy();
      await roadstead?.stop();
    });

    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);

    test("applies the example, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      expect(applied.stdout).toContain('default_vpc = "172.31.0.0/16"');
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test("what it made is there as it was written", async () => {
      const { Vpcs } = await ec2.send(
        new DescribeVpcsCommand({ Filters: [{ Name: "tag:Name", Values: ["main"] }] }),
      );
      expect(Vpcs?.map((vpc) => vpc.CidrBlockAssociationSet?.map((one) => one.CidrBlock))).toEqual([
        ["10.20.0.0/16", "10.21.0.0/20"],
      ]);
      const inVpc = [{ Name: "vpc-id", Values: [Vpcs?.[0]?.VpcId ?? ""] }];
      const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc }));
      const out = RouteTables?.flatMap(({ Routes = [] }) => Routes).filter(
        (route) => route.DestinationCidrBlock === "0.0.0.0/0",
      );
      expect(
        out?.map(({ GatewayId, NatGatewayId }) => (NatGatewayId ?? GatewayId)?.slice(0, 4)).sort(),
      ).toEqual(["igw-", "nat-"]);
      const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: inVpc }));
      expect(NetworkInterfaces?.map(({ InterfaceType }) => InterfaceType).sort()).toEqual([
        "interface",
        "natGateway",
      ]);
      const { SecurityGroupRules } = await ec2.send(new DescribeSecurityGroupRulesCommand({}));
      const database = SecurityGroupRules?.find(({ FromPort }) => FromPort === 5432);
      expect(database).toMatchObject({ IsEgress: false, ReferencedGroupInfo: { UserId: account } });
    });

    test("the parameters it made are read, the secret only by who decrypts it", async () => {
      const ssm = new SSMClient(roadstead.client(account, "eu-west-1"));
      const { Parameters } = await ssm.send(
        new GetParametersByPathCommand({ Path: "/harbour", WithDecryption: true }),
      );
      ssm.destroy();
      expect(Parameters?.map(({ Name, Type, Value }) => [Name, Type, Value])).toEqual([
        ["/harbour/crew", "StringList", "ada,bob"],
        ["/harbour/greeting", "String", "ahoy"],
        ["/harbour/password", "SecureString", "swordfish"],
      ]);
    });

    test("takes all of it away again", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
      expect(Vpcs?.map(({ CidrBlock }) => CidrBlock)).toEqual(["172.31.0.0/16"]);
    });
  },
);
