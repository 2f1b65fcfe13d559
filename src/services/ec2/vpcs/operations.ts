import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { cidrText, needCidr, overlap, readCidr } from "../cidr.ts";
import { defaultDhcpOptions, makeDefaultNetwork } from "../default-network.ts";
import { dependencyViolation, missingParameter, unsupported } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import { amend, listResources, needResource, removeResource } from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags } from "../tags/tags.ts";
import { makeVpc, type Vpc, wireCidr, wireVpc } from "./vpc.ts";

/** VPC User Guide, "VPC CIDR blocks": the shortest and the longest prefix, and how many blocks. */
const widest = 16;
const narrowest = 28;
const mostBlocks = 5;

const createVpc = writing(
  "CreateVpc",
  ({ TagSpecifications, InstanceTenancy }) =>
    making("CreateVpc", "vpc", TagSpecifications, { "ec2:Tenancy": InstanceTenancy }),
  async (tx, ctx, input) => {
    if (input.AmazonProvidedIpv6CidrBlock === true || input.Ipv6CidrBlock !== undefined) {
      throw unsupported("IPv6 in VPCs");
    }
    if (input.Ipv4IpamPoolId !== undefined || input.Ipv6IpamPoolId !== undefined) {
      throw unsupported("An IPAM pool");
    }
    if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
    const vpc = await makeVpc(tx, ctx, {
      cidr: needBlock(input.CidrBlock),
      dhcpOptions: await defaultDhcpOptions(tx, ctx),
      tenancy: input.InstanceTenancy === "dedicated" ? "dedicated" : "default",
      isDefault: false,
      dnsHostnames: false,
      tags: specifiedTags(input.TagSpecifications, ctx, "vpc"),
    });
    return { Vpc: wireVpc(vpc, "pending") };
  },
);

/** Throws `InvalidParameterValue`, `InvalidVpc.Range`. */
function needBlock(text: string) {
  const cidr = needCidr("cidrBlock", text);
  if (cidr.prefix < widest || cidr.prefix > narrowest) {
    throw new Fault("InvalidVpc.Range", `The CIDR '${text}' is invalid.`);
  }
  return cidr;
}

const createDefaultVpc = writing("CreateDefaultVpc", nothingNamed, async (tx, ctx) => {
  const existing = (await listResources(tx, ctx, "vpc")).find(({ document }) => document.isDefault);
  if (existing !== undefined) {
    throw new Fault(
      "DefaultVpcAlreadyExists",
      "A Default VPC already exists for this account in this region.",
    );
  }
  const id = await makeDefaultNetwork(tx, ctx, await defaultDhcpOptions(tx, ctx));
  return { Vpc: wireVpc(await needResource(tx, ctx, "vpc", id), "pending") };
});

const deleteVpc = writing(
  "DeleteVpc",
  ({ VpcId }) => [{ type: "vpc", id: VpcId }],
  async (tx, ctx, { VpcId }) => {
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    if (await hasDependents(tx, vpc)) {
      throw dependencyViolation(`The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
    }
    for (const kind of ["security-group-rule", "security-group", "route-table", "network-acl"] as const) {
      for (const one of await listResources(tx, ctx, kind, { vpc: vpc.id })) await removeResource(tx, one);
    }
    await removeResource(tx, vpc);
    return {};
  },
);

/** Whether anything is in the VPC besides what came with it. */
async function hasDependents(rows: Rows, vpc: Vpc): Promise<boolean> {
  const inside = { vpc: vpc.id };
  for (const kind of ["subnet", "network-interface", "internet-gateway"] as const) {
    if ((await listResources(rows, vpc, kind, inside)).length > 0) return true;
  }
  const egressOnly = await listResources(rows, vpc, "egress-only-internet-gateway", inside);
  const groups = await listResources(rows, vpc, "security-group", inside);
  const tables = await listResources(rows, vpc, "route-table", inside);
  const lists = await listResources(rows, vpc, "network-acl", inside);
  return (
    egressOnly.length > 0 ||
    groups.some(({ document }) => document.name !== "default") ||
    tables.some(({ document }) => !document.associations.some(({ main }) => main)) ||
    lists.some(({ document }) => !document.isDefault)
  );
}

const filters: FilterTable<Vpc> = {
  cidr: ({ document }) => document.cidrs[0]?.cidr,
  "cidr-block": ({ document }) => document.cidrs[0]?.cidr,
  cidrBlock: ({ document }) => document.cidrs[0]?.cidr,
  "cidr-block-association.association-id": ({ document }) => document.cidrs.map(({ id }) => id),
  "cidr-block-association.cidr-block": ({ document }) => document.cidrs.map(({ cidr }) => cidr),
  "cidr-block-association.state": () => "associated",
  "dhcp-options-id": ({ document }) => document.dhcpOptions,
  dhcpOptionsId: ({ document }) => document.dhcpOptions,
  "instance-tenancy": ({ document }) => document.tenancy,
  "is-default": ({ document }) => document.isDefault,
  isDefault: ({ document }) => document.isDefault,
  "owner-id": ({ account }) => account,
  state: () => "available",
  "vpc-id": ({ id }) => id,
};

const describeVpcs = reading("DescribeVpcs", nothingNamed, async (ctx, { VpcIds: ids, ...input }) => {
  const wanted = { kind: "vpc", ids, named: "vpcIds", filters } as const;
  const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
  return { Vpcs: items.map((vpc) => wireVpc(vpc)), NextToken };
});

const describeVpcAttribute = reading(
  "DescribeVpcAttribute",
  ({ VpcId, Attribute }) => [{ type: "vpc", id: VpcId, context: { "ec2:Attribute": Attribute } }],
  async (ctx, { VpcId, Attribute }) => {
    const { id, document } = await needResource(ctx.rows, ctx, "vpc", VpcId);
    switch (Attribute) {
      case "enableDnsHostnames":
        return { VpcId: id, EnableDnsHostnames: { Value: document.dnsHostnames } };
      case "enableNetworkAddressUsageMetrics":
        return {
          VpcId: id,
          EnableNetworkAddressUsageMetrics: { Value: document.networkAddressUsageMetrics },
        };
      default:
        return { VpcId: id, EnableDnsSupport: { Value: document.dnsSupport } };
    }
  },
);

const modifyVpcAttribute = writing(
  "ModifyVpcAttribute",
  ({ VpcId }) => [{ type: "vpc", id: VpcId }],
  async (tx, ctx, { VpcId, ...wanted }) => {
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    const { dnsSupport, dnsHostnames, networkAddressUsageMetrics } = vpc.document;
    const changed = {
      dnsSupport: wanted.EnableDnsSupport?.Value ?? dnsSupport,
      dnsHostnames: wanted.EnableDnsHostnames?.Value ?? dnsHostnames,
      networkAddressUsageMetrics:
        wanted.EnableNetworkAddressUsageMetrics?.Value ?? networkAddressUsageMetrics,
    };
    if (changed.dnsHostnames && !changed.dnsSupport) {
      throw new Fault(
        "InvalidParameterCombination",
        "DNS support must be enabled in order to enable DNS hostnames.",
      );
    }
    await amend(tx, vpc, changed);
    return {};
  },
);

const modifyVpcTenancy = writing(
  "ModifyVpcTenancy",
  ({ VpcId }) => [{ type: "vpc", id: VpcId }],
  async (tx, ctx, { VpcId }) => {
    await amend(tx, await needResource(tx, ctx, "vpc", VpcId), { tenancy: "default" });
    return { ReturnValue: true };
  },
);

const associateVpcCidrBlock = writing(
  "AssociateVpcCidrBlock",
  ({ VpcId }) => [{ type: "vpc", id: VpcId }],
  async (tx, ctx, input) => {
    if (input.CidrBlock === undefined) throw unsupported("IPv6 in VPCs, or an IPAM pool,");
    const vpc = await needResource(tx, ctx, "vpc", input.VpcId);
    const cidr = needBlock(input.CidrBlock);
    const blocks = vpc.document.cidrs;
    if (blocks.some((one) => overlap(readCidr(one.cidr) ?? cidr, cidr))) {
      throw new Fault("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
    }
    if (blocks.length >= mostBlocks) {
      throw new Fault(
        "CidrLimitExceeded",
        `This network '${vpc.id}' has met its maximum number of allowed CIDRs: ${mostBlocks}`,
      );
    }
    const added = { id: newId("vpc-cidr-assoc", ctx.random), cidr: cidrText(cidr) };
    await amend(tx, vpc, { cidrs: [...blocks, added] });
    const local = { cidr: added.cidr, gateway: "local", origin: "CreateRouteTable" } as const;
    for (const table of await listResources(tx, ctx, "route-table", { vpc: vpc.id })) {
      await amend(tx, table, { routes: [...table.document.routes, local] });
    }
    return { VpcId: vpc.id, CidrBlockAssociation: wireCidr(added, "associating") };
  },
);

const disassociateVpcCidrBlock = writing(
  "DisassociateVpcCidrBlock",
  async ({ AssociationId }, ctx) => {
    const vpcs = await listResources(ctx.rows, ctx, "vpc");
    return [{ type: "vpc", id: vpcs.find((vpc) => holds(vpc, AssociationId))?.id }];
  },
  async (tx, ctx, { AssociationId }) => {
    const vpc = (await listResources(tx, ctx, "vpc")).find((one) => holds(one, AssociationId));
    const block = vpc?.document.cidrs.find(({ id }) => id === AssociationId);
    if (vpc === undefined || block === undefined) {
      throw new Fault(
        "InvalidVpcCidrBlockAssociationID.NotFound",
        `The vpc CIDR block association ID '${AssociationId}' does not exist`,
      );
    }
    if (vpc.document.cidrs[0] === block) {
      throw new Fault(
        "OperationNotPermitted",
        `The vpc CIDR block with association ID ${AssociationId} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
      );
    }
    const cidr = needCidr("cidrBlock", block.cidr);
    const subnets = await listResources(tx, ctx, "subnet", { vpc: vpc.id });
    if (subnets.some(({ document }) => overlap(needCidr("cidrBlock", document.cidr), cidr))) {
      throw new Fault(
        "CidrBlockInUse",
        `The vpc ${vpc.id} currently has a subnet within CIDR block ${block.cidr}`,
      );
    }
    await amend(tx, vpc, { cidrs: vpc.document.cidrs.filter((one) => one !== block) });
    for (const table of await listResources(tx, ctx, "route-table", { vpc: vpc.id })) {
      const routes = table.document.routes.filter(
        (route) => route.gateway !== "local" || route.cidr !== block.cidr,
      );
      await amend(tx, table, { routes });
    }
    return { VpcId: vpc.id, CidrBlockAssociation: wireCidr(block, "disassociating") };
  },
);

function holds({ document }: Vpc, association: string): boolean {
  return document.cidrs.some(({ id }) => id === association);
}

export const vpcOperations: readonly AnyOperation[] = [
  associateVpcCidrBlock,
  createDefaultVpc,
  createVpc,
  deleteVpc,
  describeVpcAttribute,
  describeVpcs,
  disassociateVpcCidrBlock,
  modifyVpcAttribute,
  modifyVpcTenancy,
];
