import type * as ec2 from "@aws-sdk/client-ec2";
import type { CallContext } from "../../../dispatch/context.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { addressNumber, addressText, type Cidr, freeAddress, isUsable, needCidr } from "../cidr.ts";
import type { NetworkInterfaceDocument } from "../documents.ts";
import { notYours } from "../faults.ts";
import { listResources, needResource, type Place, type Resource } from "../resource.ts";
import type { Ec2Tables } from "../store.ts";
import type { Subnet } from "../subnets/subnet.ts";
import { wireTags } from "../tags/tags.ts";
import { internalDomain } from "../vpcs/vpc.ts";
import { needZone } from "../zones/zone.ts";

/** An elastic network interface; its row's `parent` is its subnet. */
export type NetworkInterface = Resource<"network-interface">;

/** AWS: the account of its own in which services make interfaces for their customers (recorded answers). */
const requesterAccount = "578734482556";

/** Amazon VPC quotas: security groups per network interface. */
const mostGroups = 5;

/** The service that calls as its own role; `undefined` for everybody else. */
export function actingService(principal: Principal): string | undefined {
  return principal.type === "AssumedRole" ? principal.invokedBy : undefined;
}

/** Throws `AuthFailure` when somebody else's service made the interface: only that service may change it. */
export function checkMayChange(ctx: CallContext, { document }: NetworkInterface): void {
  if (document.requester !== undefined && document.requester !== actingService(ctx.principal))
    throw notYours();
}

/** A new MAC address: locally administered, unicast. */
export function newMac(ctx: CallContext): string {
  return `02:${ctx.random
    .bytes(5)
    .toString("hex")
    .replace(/..(?!$)/g, "$&:")}`;
}

/** The security groups of an interface in a VPC: those asked for, or the VPC's default one. */
export async function groupsFor(
  rows: Rows,
  place: Place,
  subnet: Subnet,
  wanted: readonly string[] | undefined,
): Promise<NetworkInterfaceDocument["groups"]> {
  const ids = [...new Set(wanted ?? [])];
  if (ids.length > mostGroups) {
    throw new Fault(
      "SecurityGroupsPerInterfaceLimitExceeded",
      "The maximum number of security groups per interface has been reached.",
    );
  }
  if (ids.length === 0) {
    const groups = await listResources(rows, place, "security-group", { vpc: subnet.vpc ?? "" });
    return groups
      .filter(({ document }) => document.name === "default")
      .map(({ id, document }) => ({ id, name: document.name }));
  }
  const groups: { id: string; name: string }[] = [];
  for (const id of ids) {
    const group = await needResource(rows, place, "security-group", id);
    if (group.vpc !== subnet.vpc) {
      throw new Fault(
        "InvalidParameter",
        `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
      );
    }
    groups.push({ id, name: group.document.name });
  }
  return groups;
}

/**
 * Takes addresses of a subnet for an interface: those named, then as many as are wanted besides, anywhere.
 * Throws `InvalidParameterValue`, `InvalidIPAddress.InUse`, `InsufficientFreeAddressesInSubnet`.
 */
export async function takeAddresses(
  tx: Tx,
  ctx: CallContext,
  subnet: Subnet,
  owner: string,
  { named, anywhere }: { readonly named: readonly string[]; readonly anywhere: number },
): Promise<readonly string[]> {
  const cidr = needCidr("cidrBlock", subnet.document.cidr);
  const held = await tx
    .tables<Ec2Tables>()
    .selectFrom("ec2_address")
    .select("address")
    .where("subnet", "=", subnet.id)
    .execute();
  const used = new Set(held.map(({ address }) => address));
  const taken: number[] = [];
  const take = (address: number) => {
    used.add(address);
    taken.push(address);
  };
  for (const text of named) take(nameable(text, cidr, used));
  for (let i = 0; i < anywhere; i++) {
    const draw = ctx.random.bytes(4).readUInt32BE() / 2 ** 32;
    const address = freeAddress(cidr, used, draw);
    if (address === undefined) {
      throw new Fault(
        "InsufficientFreeAddressesInSubnet",
        "The specified subnet does not have enough free addresses to satisfy the request.",
      );
    }
    take(address);
  }
  if (taken.length > 0) {
    await tx
      .tables<Ec2Tables>()
      .insertInto("ec2_address")
      .values(taken.map((address) => ({ subnet: subnet.id, address, interface: owner })))
      .execute();
  }
  return taken.map(addressText);
}

function nameable(text: string, cidr: Cidr, used: ReadonlySet<number>): number {
  const address = addressNumber(text);
  if (address === undefined) {
    throw new Fault("InvalidParameterValue", `invalid value for parameter address: ${text.slice(0, 64)}`);
  }
  if (!isUsable(cidr, address)) {
    throw new Fault(
      "InvalidParameterValue",
      `Address ${text} does not fall within the subnet's address range, or is reserved in it.`,
    );
  }
  if (used.has(address)) throw new Fault("InvalidIPAddress.InUse", `Address ${text} is in use.`);
  return address;
}

/** Gives back all addresses of an interface, or those given. */
export async function releaseAddresses(
  tx: Tx,
  { id, parent = "" }: NetworkInterface,
  addresses?: readonly string[],
): Promise<void> {
  let query = tx
    .tables<Ec2Tables>()
    .deleteFrom("ec2_address")
    .where("subnet", "=", parent)
    .where("interface", "=", id);
  if (addresses !== undefined) {
    const numbers = addresses.flatMap((text) => addressNumber(text) ?? []);
    query = query.where("address", "in", numbers);
  }
  await query.execute();
}

/** What an answer shows of an interface besides its own row. */
export interface InterfaceSurroundings {
  /** Whether the VPC gives its addresses names. */
  readonly dnsHostnames: boolean;
}

/** As answers show it. */
export function wireInterface(
  one: NetworkInterface,
  { dnsHostnames }: InterfaceSurroundings,
): ec2.NetworkInterface {
  const { document } = one;
  const [primary = ""] = document.addresses;
  const nameOf = (address: string) =>
    dnsHostnames ? `ip-${address.replaceAll(".", "-")}.${internalDomain(one)}` : undefined;
  return {
    NetworkInterfaceId: one.id,
    SubnetId: one.parent,
    VpcId: one.vpc,
    AvailabilityZone: document.zone,
    AvailabilityZoneId: needZone(one.region, document.zone).id,
    Description: document.description,
    OwnerId: one.account,
    RequesterId: document.requester === undefined ? undefined : requesterAccount,
    RequesterManaged: document.requester !== undefined,
    Status: document.attachment === undefined ? "available" : "in-use",
    MacAddress: document.mac,
    PrivateIpAddress: primary,
    PrivateDnsName: nameOf(primary),
    SourceDestCheck: document.sourceDestCheck,
    Groups: document.groups.map(({ id, name }) => ({ GroupId: id, GroupName: name })),
    Attachment: wireAttachment(document.attachment),
    Association: wireAssociation(one, primary),
    TagSet: wireTags(one.tags),
    PrivateIpAddresses: document.addresses.map((address) => ({
      PrivateIpAddress: address,
      PrivateDnsName: nameOf(address),
      Primary: address === primary,
      Association: wireAssociation(one, address),
    })),
    Ipv6Addresses: [],
    InterfaceType: document.type,
    Operator: { Managed: false },
  };
}

/** AWS: an attachment to another account's instance does not show the instance (recorded answer). */
function wireAttachment(
  attachment: NetworkInterfaceDocument["attachment"],
): ec2.NetworkInterfaceAttachment | undefined {
  if (attachment === undefined) return undefined;
  return {
    AttachmentId: attachment.id,
    InstanceId: attachment.instance,
    InstanceOwnerId: attachment.instanceOwner,
    DeviceIndex: attachment.deviceIndex,
    NetworkCardIndex: 0,
    Status: "attached",
    AttachTime: new Date(attachment.attachedAt),
    DeleteOnTermination: attachment.deleteOnTermination,
  };
}

function wireAssociation(
  { account, document }: NetworkInterface,
  address: string,
): ec2.NetworkInterfaceAssociation | undefined {
  const found = document.publicAddresses[address];
  if (found === undefined) return undefined;
  return {
    PublicIp: found.ip,
    PublicDnsName: "",
    IpOwnerId: found.allocation === undefined ? "amazon" : account,
    ...(found.allocation !== undefined && {
      AllocationId: found.allocation,
      AssociationId: found.association,
    }),
  };
}
