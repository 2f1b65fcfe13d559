import type * as ec2 from "@aws-sdk/client-ec2";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Tx } from "../../../store/types.ts";
import { type Cidr, cidrText } from "../cidr.ts";
import type { VpcDocument } from "../documents.ts";
import { newId } from "../kinds.ts";
import { insertResource, type Place, type Resource } from "../resource.ts";
import { insertRule } from "../security-groups/rule.ts";
import { wireTags } from "../tags/tags.ts";

/** A virtual private cloud. */
export type Vpc = Resource<"vpc">;

/** What the maker of a VPC decides. */
export interface NewVpc extends Pick<VpcDocument, "tenancy" | "isDefault" | "dnsHostnames"> {
  readonly cidr: Cidr;
  readonly dhcpOptions: string;
  readonly tags: readonly Tag[];
}

/**
 * Makes a VPC with what each VPC has from the start (VPC User Guide, "Create a VPC"; recorded answers): a main route
 * table, the default security group and the default network ACL.
 */
export async function makeVpc(tx: Tx, ctx: CallContext, wanted: NewVpc): Promise<Vpc> {
  const { account, region, now, random } = ctx;
  const place = { account, region, createdAt: now };
  const cidr = cidrText(wanted.cidr);
  const id = newId("vpc", random);
  const vpc = await insertResource(tx, {
    ...place,
    kind: "vpc",
    id,
    tags: wanted.tags,
    document: {
      cidrs: [{ id: newId("vpc-cidr-assoc", random), cidr }],
      dhcpOptions: wanted.dhcpOptions,
      tenancy: wanted.tenancy,
      isDefault: wanted.isDefault,
      dnsSupport: true,
      dnsHostnames: wanted.dnsHostnames,
      networkAddressUsageMetrics: false,
    },
  });
  const inside = { ...place, vpc: id, tags: [] };
  await insertResource(tx, {
    ...inside,
    kind: "route-table",
    id: newId("rtb", random),
    document: {
      routes: [{ cidr, gateway: "local", origin: "CreateRouteTable" }],
      associations: [{ id: newId("rtbassoc", random), main: true }],
    },
  });
  const group = await insertResource(tx, {
    ...inside,
    kind: "security-group",
    id: newId("sg", random),
    document: { name: "default", description: "default VPC security group" },
  });
  await insertRule(tx, ctx, group, { egress: false, protocol: "-1", group: group.id, groupOwner: account });
  await insertRule(tx, ctx, group, { egress: true, protocol: "-1", cidr: "0.0.0.0/0" });
  const everything = { protocol: "-1", cidr: "0.0.0.0/0" };
  await insertResource(tx, {
    ...inside,
    kind: "network-acl",
    id: newId("acl", random),
    document: {
      isDefault: true,
      associations: [],
      entries: [true, false].flatMap((egress) => [
        { ...everything, egress, rule: 100, action: "allow" as const },
        { ...everything, egress, rule: 32767, action: "deny" as const },
      ]),
    },
  });
  return vpc;
}

/** As answers show it. */
export function wireVpc(vpc: Vpc, state: ec2.VpcState = "available"): ec2.Vpc {
  const { cidrs, dhcpOptions, tenancy, isDefault } = vpc.document;
  return {
    VpcId: vpc.id,
    OwnerId: vpc.account,
    State: state,
    CidrBlock: cidrs[0]?.cidr,
    CidrBlockAssociationSet: cidrs.map((one) => wireCidr(one)),
    Ipv6CidrBlockAssociationSet: [],
    DhcpOptionsId: dhcpOptions,
    Tags: wireTags(vpc.tags),
    InstanceTenancy: tenancy,
    IsDefault: isDefault,
  };
}

/** A block of a VPC as answers show it. */
export function wireCidr(
  { id, cidr }: VpcDocument["cidrs"][number],
  state: ec2.VpcCidrBlockStateCode = "associated",
): ec2.VpcCidrBlockAssociation {
  return {
    CidrBlock: cidr,
    AssociationId: id,
    CidrBlockState: { State: state },
  };
}

/** The domain of private names in a region (VPC User Guide, "DNS attributes for your VPC"). */
export function internalDomain({ region }: Pick<Place, "region">): string {
  return region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
}
