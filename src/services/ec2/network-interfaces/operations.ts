import type { NetworkInterfaceStatus } from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { dependencyViolation, missingParameter, unsupported } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  findByToken,
  insertResource,
  listResources,
  needResource,
  type Place,
  removeResource,
  resourceArn,
} from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags } from "../tags/tags.ts";
import { attachmentOperations } from "./attachment.ts";
import { addressOperations, attributeOperations } from "./attributes.ts";
import {
  actingService,
  checkMayChange,
  groupsFor,
  type InterfaceSurroundings,
  type NetworkInterface,
  newMac,
  releaseAddresses,
  takeAddresses,
  wireInterface,
} from "./network-interface.ts";
import { permissionOperations } from "./permissions.ts";

/** What is around interfaces of these VPCs. */
async function surroundings(
  rows: Rows,
  place: Place,
  interfaces: readonly NetworkInterface[],
): Promise<(one: NetworkInterface) => InterfaceSurroundings> {
  const ids = [...new Set(interfaces.flatMap(({ vpc }) => vpc ?? []))];
  const vpcs = await listResources(rows, place, "vpc", { ids });
  const named = new Set(vpcs.filter(({ document }) => document.dnsHostnames).map(({ id }) => id));
  return ({ vpc }) => ({ dnsHostnames: vpc !== undefined && named.has(vpc) });
}

/** AWS: what CreateNetworkInterface answers (recorded), though the model does not list it. */
const pending = "pending" as NetworkInterfaceStatus;

const createNetworkInterface = writing(
  "CreateNetworkInterface",
  (input, ctx) => [
    ...making("CreateNetworkInterface", "network-interface", input.TagSpecifications, {
      "ec2:Subnet": resourceArn(ctx, "subnet", input.SubnetId),
    }),
    { type: "subnet", id: input.SubnetId },
    ...(input.Groups ?? []).map((id) => ({ type: "security-group", id })),
  ],
  async (tx, ctx, input) => {
    refuseForeign(input);
    const again = await findByToken(tx, ctx, "network-interface", input.ClientToken);
    if (again !== undefined) {
      return { NetworkInterface: wireInterface(again, (await surroundings(tx, ctx, [again]))(again)) };
    }
    const subnet = await needResource(tx, ctx, "subnet", input.SubnetId);
    const groups = await groupsFor(tx, ctx, subnet, input.Groups);
    const tags = specifiedTags(input.TagSpecifications, ctx, "network-interface");
    const id = newId("eni", ctx.random);
    const { named, anywhere } = wantedAddresses(input);
    const requester = actingService(ctx.principal);
    const made = await insertResource(
      tx,
      {
        account: ctx.account,
        region: ctx.region,
        kind: "network-interface",
        id,
        ...(subnet.vpc !== undefined && { vpc: subnet.vpc }),
        parent: subnet.id,
        createdAt: ctx.now,
        tags,
        document: {
          description: input.Description ?? "",
          mac: newMac(ctx),
          zone: subnet.document.zone,
          addresses: await takeAddresses(tx, ctx, subnet, id, { named, anywhere }),
          publicAddresses: {},
          groups,
          sourceDestCheck: true,
          type: "interface",
          ...(requester !== undefined && { requester }),
          permissions: [],
        },
      },
      input.ClientToken,
    );
    const around = (await surroundings(tx, ctx, [made]))(made);
    return {
      NetworkInterface: { ...wireInterface(made, around), Status: pending },
      ClientToken: input.ClientToken,
    };
  },
);

/** Throws for what interfaces here cannot have. */
function refuseForeign(input: {
  readonly InterfaceType?: string | undefined;
  readonly Ipv6Addresses?: readonly unknown[] | undefined;
  readonly Ipv6AddressCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly unknown[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
  readonly Ipv4Prefixes?: readonly unknown[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly EnablePrimaryIpv6?: boolean | undefined;
}): void {
  const { InterfaceType = "interface" } = input;
  if (InterfaceType !== "interface") throw unsupported(`A network interface of the type ${InterfaceType}`);
  const ipv6 = [input.Ipv6Addresses?.length, input.Ipv6AddressCount, input.Ipv6Prefixes?.length];
  if (ipv6.some(Boolean) || input.Ipv6PrefixCount || input.EnablePrimaryIpv6 === true) {
    throw unsupported("IPv6 of network interfaces");
  }
  if (input.Ipv4Prefixes?.length || input.Ipv4PrefixCount)
    throw unsupported("A prefix of network interfaces");
}

/** The addresses that a request names, the primary first, and how many it wants besides. */
function wantedAddresses(input: {
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly {
    readonly PrivateIpAddress?: string | undefined;
    readonly Primary?: boolean | undefined;
  }[];
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
}): { readonly named: readonly string[]; readonly anywhere: number } {
  const listed = [...(input.PrivateIpAddresses ?? [])].sort(
    (a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false),
  );
  const named = [
    ...(input.PrivateIpAddress === undefined ? [] : [input.PrivateIpAddress]),
    ...listed.flatMap((one) => one.PrivateIpAddress ?? []),
  ];
  const secondary = Math.min(input.SecondaryPrivateIpAddressCount ?? 0, 49);
  return { named: [...new Set(named)], anywhere: secondary + (named.length === 0 ? 1 : 0) };
}

const deleteNetworkInterface = writing(
  "DeleteNetworkInterface",
  ({ NetworkInterfaceId }) => [{ type: "network-interface", id: NetworkInterfaceId }],
  async (tx, ctx, { NetworkInterfaceId }) => {
    const one = await needResource(tx, ctx, "network-interface", NetworkInterfaceId);
    if (one.document.attachment !== undefined) {
      throw new Fault("InvalidParameterValue", `Network interface '${one.id}' is currently in use.`);
    }
    checkMayChange(ctx, one);
    if (one.document.type !== "interface") {
      throw dependencyViolation(`Network interface '${one.id}' belongs to a NAT gateway.`);
    }
    await releaseAddresses(tx, one);
    await removeResource(tx, one);
    return {};
  },
);

const filters: FilterTable<NetworkInterface> = {
  "association.allocation-id": ({ document }) =>
    Object.values(document.publicAddresses).map(({ allocation }) => allocation),
  "association.association-id": ({ document }) =>
    Object.values(document.publicAddresses).map(({ association }) => association),
  "association.public-ip": ({ document }) => Object.values(document.publicAddresses).map(({ ip }) => ip),
  "addresses.private-ip-address": ({ document }) => document.addresses,
  "addresses.primary": ({ document }) => document.addresses.map((_, i) => String(i === 0)),
  "addresses.association.public-ip": ({ document }) =>
    Object.values(document.publicAddresses).map(({ ip }) => ip),
  "attachment.attachment-id": ({ document }) => document.attachment?.id,
  "attachment.device-index": ({ document }) => document.attachment?.deviceIndex,
  "attachment.delete-on-termination": ({ document }) => document.attachment?.deleteOnTermination,
  "attachment.instance-id": ({ document }) => document.attachment?.instance,
  "attachment.instance-owner-id": ({ document }) => document.attachment?.instanceOwner,
  "attachment.status": ({ document }) => (document.attachment === undefined ? undefined : "attached"),
  "availability-zone": ({ document }) => document.zone,
  description: ({ document }) => document.description,
  "group-id": ({ document }) => document.groups.map(({ id }) => id),
  "group-name": ({ document }) => document.groups.map(({ name }) => name),
  "interface-type": ({ document }) => document.type,
  "mac-address": ({ document }) => document.mac,
  "network-interface-id": ({ id }) => id,
  "owner-id": ({ account }) => account,
  "private-ip-address": ({ document }) => document.addresses,
  "requester-managed": ({ document }) => document.requester !== undefined,
  "source-dest-check": ({ document }) => document.sourceDestCheck,
  status: ({ document }) => (document.attachment === undefined ? "available" : "in-use"),
  "subnet-id": ({ parent }) => parent,
  "vpc-id": ({ vpc }) => vpc,
};

const describeNetworkInterfaces = reading(
  "DescribeNetworkInterfaces",
  nothingNamed,
  async (ctx, { NetworkInterfaceIds: ids, ...input }) => {
    const wanted = { kind: "network-interface", ids, named: "networkInterfaceIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    const around = await surroundings(ctx.rows, ctx, items);
    return { NetworkInterfaces: items.map((one) => wireInterface(one, around(one))), NextToken };
  },
);

const describeNetworkInterfaceAttribute = reading(
  "DescribeNetworkInterfaceAttribute",
  nothingNamed,
  async (ctx, { NetworkInterfaceId, Attribute }) => {
    if (Attribute === undefined) throw missingParameter("attribute");
    const one = await needResource(ctx.rows, ctx, "network-interface", NetworkInterfaceId);
    const shown = wireInterface(one, { dnsHostnames: false });
    return {
      NetworkInterfaceId: one.id,
      ...(Attribute === "attachment" && { Attachment: shown.Attachment }),
      ...(Attribute === "description" && { Description: { Value: one.document.description } }),
      ...(Attribute === "groupSet" && { Groups: shown.Groups }),
      ...(Attribute === "sourceDestCheck" && { SourceDestCheck: { Value: one.document.sourceDestCheck } }),
    };
  },
);

/** Everything about network interfaces. */
export const networkInterfaceOperations: readonly AnyOperation[] = [
  createNetworkInterface,
  deleteNetworkInterface,
  describeNetworkInterfaces,
  describeNetworkInterfaceAttribute,
  ...attachmentOperations,
  ...attributeOperations,
  ...addressOperations,
  ...permissionOperations,
];
