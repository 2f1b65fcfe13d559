import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { cidrText, contains, needCidr, overlap, readCidr } from "../cidr.ts";
import { dependencyViolation, missingParameter, unsupported } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  amend,
  insertResource,
  listResources,
  needResource,
  type Place,
  removeResource,
  resourceArn,
} from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags } from "../tags/tags.ts";
import type { Vpc } from "../vpcs/vpc.ts";
import { needZone, zonesOf } from "../zones/zone.ts";
import { addressesHeld, type Subnet, wireSubnet } from "./subnet.ts";

/** VPC User Guide, "Subnet CIDR blocks": the shortest and the longest prefix. */
const widest = 16;
const narrowest = 28;

const createSubnet = writing(
  "CreateSubnet",
  ({ VpcId, TagSpecifications }, ctx) => [
    ...making("CreateSubnet", "subnet", TagSpecifications, { "ec2:Vpc": resourceArn(ctx, "vpc", VpcId) }),
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, input) => {
    const { CidrBlock, Ipv6CidrBlock, Ipv6Native } = input;
    if (Ipv6CidrBlock !== undefined || Ipv6Native === true) throw unsupported("IPv6 in subnets");
    if (CidrBlock === undefined) throw missingParameter("cidrBlock");
    const vpc = await needResource(tx, ctx, "vpc", input.VpcId);
    const cidr = await needFreeBlock(tx, ctx, vpc, CidrBlock);
    const wanted = input.AvailabilityZone ?? input.AvailabilityZoneId ?? zonesOf(ctx.region)[0]?.name ?? "";
    const subnet = await insertResource(tx, {
      account: ctx.account,
      region: ctx.region,
      kind: "subnet",
      id: newId("subnet", ctx.random),
      vpc: vpc.id,
      createdAt: ctx.now,
      tags: specifiedTags(input.TagSpecifications, ctx, "subnet"),
      document: {
        cidr,
        zone: needZone(ctx.region, wanted).name,
        defaultForZone: false,
        mapPublicIp: false,
        hostnameType: "ip-name",
        dnsA: false,
      },
    });
    return { Subnet: wireSubnet(subnet, 0) };
  },
);

/** Throws `InvalidParameterValue`, `InvalidSubnet.Range`, `InvalidSubnet.Conflict`. */
async function needFreeBlock(tx: Tx, place: Place, vpc: Vpc, text: string): Promise<string> {
  const cidr = needCidr("cidrBlock", text);
  const blocks = vpc.document.cidrs.flatMap((one) => readCidr(one.cidr) ?? []);
  const inside = blocks.some((one) => contains(one, cidr));
  if (!inside || cidr.prefix < widest || cidr.prefix > narrowest) {
    throw new Fault("InvalidSubnet.Range", `The CIDR '${text}' is invalid.`);
  }
  const others = await listResources(tx, place, "subnet", { vpc: vpc.id });
  if (others.some(({ document }) => overlap(needCidr("cidrBlock", document.cidr), cidr))) {
    throw new Fault("InvalidSubnet.Conflict", `The CIDR '${text}' conflicts with another subnet`);
  }
  return cidrText(cidr);
}

const deleteSubnet = writing(
  "DeleteSubnet",
  ({ SubnetId }) => [{ type: "subnet", id: SubnetId }],
  async (tx, ctx, { SubnetId }) => {
    const subnet = await needResource(tx, ctx, "subnet", SubnetId);
    const [inside] = await listResources(tx, ctx, "network-interface", { parent: subnet.id });
    if (inside !== undefined) {
      throw dependencyViolation(`The subnet '${subnet.id}' has dependencies and cannot be deleted.`);
    }
    for (const table of await listResources(tx, ctx, "route-table", { vpc: subnet.vpc ?? "" })) {
      const associations = table.document.associations.filter((one) => one.subnet !== subnet.id);
      if (associations.length < table.document.associations.length) await amend(tx, table, { associations });
    }
    for (const list of await listResources(tx, ctx, "network-acl", { vpc: subnet.vpc ?? "" })) {
      const associations = list.document.associations.filter((one) => one.subnet !== subnet.id);
      if (associations.length < list.document.associations.length) await amend(tx, list, { associations });
    }
    await removeResource(tx, subnet);
    return {};
  },
);

const filters: FilterTable<Subnet> = {
  "availability-zone": ({ document }) => document.zone,
  availabilityZone: ({ document }) => document.zone,
  "availability-zone-id": ({ region, document }) => needZone(region, document.zone).id,
  availabilityZoneId: ({ region, document }) => needZone(region, document.zone).id,
  cidr: ({ document }) => document.cidr,
  cidrBlock: ({ document }) => document.cidr,
  "cidr-block": ({ document }) => document.cidr,
  "default-for-az": ({ document }) => document.defaultForZone,
  defaultForAz: ({ document }) => document.defaultForZone,
  "enable-dns64": () => false,
  "ipv6-native": () => false,
  "map-public-ip-on-launch": ({ document }) => document.mapPublicIp,
  "owner-id": ({ account }) => account,
  "private-dns-name-options-on-launch.hostname-type": ({ document }) => document.hostnameType,
  "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": ({ document }) => document.dnsA,
  state: () => "available",
  "subnet-arn": (subnet) => resourceArn(subnet, "subnet", subnet.id),
  "subnet-id": ({ id }) => id,
  "vpc-id": ({ vpc }) => vpc,
};

const describeSubnets = reading(
  "DescribeSubnets",
  nothingNamed,
  async (ctx, { SubnetIds: ids, ...input }) => {
    const wanted = { kind: "subnet", ids, named: "subnetIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    const held = await addressesHeld(
      ctx.rows,
      items.map(({ id }) => id),
    );
    return { Subnets: items.map((subnet) => wireSubnet(subnet, held.get(subnet.id) ?? 0)), NextToken };
  },
);

const modifySubnetAttribute = writing(
  "ModifySubnetAttribute",
  ({ SubnetId }) => [{ type: "subnet", id: SubnetId }],
  async (tx, ctx, input) => {
    if (input.AssignIpv6AddressOnCreation?.Value === true || input.EnableDns64?.Value === true) {
      throw unsupported("IPv6 in subnets");
    }
    if (input.MapCustomerOwnedIpOnLaunch?.Value === true || input.CustomerOwnedIpv4Pool !== undefined) {
      throw unsupported("A pool of customer-owned addresses");
    }
    const subnet = await needResource(tx, ctx, "subnet", input.SubnetId);
    const { mapPublicIp, hostnameType, dnsA } = subnet.document;
    await amend(tx, subnet, {
      mapPublicIp: input.MapPublicIpOnLaunch?.Value ?? mapPublicIp,
      hostnameType: input.PrivateDnsHostnameTypeOnLaunch ?? hostnameType,
      dnsA: input.EnableResourceNameDnsARecordOnLaunch?.Value ?? dnsA,
    });
    return {};
  },
);

export const subnetOperations: readonly AnyOperation[] = [
  createSubnet,
  deleteSubnet,
  describeSubnets,
  modifySubnetAttribute,
];
