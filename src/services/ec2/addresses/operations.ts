import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { missingParameter, notYours, unsupported } from "../faults.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { newId } from "../kinds.ts";
import { checkMayChange } from "../network-interfaces/network-interface.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import { insertResource, listResources, needResource, removeResource } from "../resource.ts";
import { specifiedTags } from "../tags/tags.ts";
import { associate, disassociate, type ElasticIp, needElasticIp, wireAddress } from "./elastic-ip.ts";
import { newPublicAddress } from "./public-address.ts";

/** Amazon EC2 quotas: Elastic IP addresses per region. */
const mostAddresses = 5;

const allocateAddress = writing(
  "AllocateAddress",
  ({ TagSpecifications }) => making("AllocateAddress", "elastic-ip", TagSpecifications),
  async (tx, ctx, input) => {
    const { Address, IpamPoolId, PublicIpv4Pool, CustomerOwnedIpv4Pool, Domain } = input;
    if (Domain === "standard") throw unsupported("EC2-Classic");
    if (Address !== undefined || IpamPoolId !== undefined || CustomerOwnedIpv4Pool !== undefined) {
      throw unsupported("A given address, or a pool of one's own,");
    }
    if (PublicIpv4Pool !== undefined && PublicIpv4Pool !== "amazon") throw unsupported("An address pool");
    if ((await listResources(tx, ctx, "elastic-ip")).length >= mostAddresses) {
      throw new Fault("AddressLimitExceeded", "The maximum number of addresses has been reached.");
    }
    const publicIp = newPublicAddress(ctx);
    const { id } = await insertResource(tx, {
      account: ctx.account,
      region: ctx.region,
      kind: "elastic-ip",
      id: newId("eipalloc", ctx.random),
      createdAt: ctx.now,
      tags: specifiedTags(input.TagSpecifications, ctx, "elastic-ip"),
      document: { publicIp },
    });
    return {
      AllocationId: id,
      PublicIp: publicIp,
      Domain: "vpc" as const,
      PublicIpv4Pool: "amazon",
      NetworkBorderGroup: ctx.region,
    };
  },
);

const releaseAddress = writing(
  "ReleaseAddress",
  ({ AllocationId }) => [{ type: "elastic-ip", id: AllocationId }],
  async (tx, ctx, input) => {
    const address = await needElasticIp(tx, ctx, input);
    const { association, publicIp } = address.document;
    if (association !== undefined) {
      throw new Fault("InvalidIPAddress.InUse", `Address ${publicIp} is in use.`);
    }
    await removeResource(tx, address);
    return {};
  },
);

const associateAddress = writing(
  "AssociateAddress",
  ({ AllocationId, NetworkInterfaceId }) => [
    { type: "elastic-ip", id: AllocationId },
    ...(NetworkInterfaceId === undefined ? [] : [{ type: "network-interface", id: NetworkInterfaceId }]),
  ],
  async (tx, ctx, input) => {
    const address = await needElasticIp(tx, ctx, input);
    if (input.InstanceId !== undefined) {
      throw new Fault("InvalidInstanceID.NotFound", `The instance ID '${input.InstanceId}' does not exist`);
    }
    if (input.NetworkInterfaceId === undefined) throw missingParameter("networkInterfaceId");
    const before = address.document.association;
    if (before !== undefined && input.AllowReassociation !== true) {
      throw new Fault(
        "Resource.AlreadyAssociated",
        `resource ${address.id} is already associated with associate-id ${before.id}`,
      );
    }
    if (before?.managedBy !== undefined) throw notYours();
    await disassociate(tx, address);
    const one = await needResource(tx, ctx, "network-interface", input.NetworkInterfaceId);
    checkMayChange(ctx, one);
    const privateIp = input.PrivateIpAddress ?? one.document.addresses[0] ?? "";
    if (!one.document.addresses.includes(privateIp)) {
      throw new Fault("InvalidParameterValue", `Address ${privateIp} is not assigned to interface ${one.id}`);
    }
    const id = newId("eipassoc", ctx.random);
    const free = await needElasticIp(tx, ctx, { AllocationId: address.id });
    await associate(tx, free, one, { id, networkInterface: one.id, privateIp });
    return { AssociationId: id };
  },
);

const disassociateAddress = writing(
  "DisassociateAddress",
  async ({ AssociationId, PublicIp }, ctx) => {
    const all = await listResources(ctx.rows, ctx, "elastic-ip");
    const address = all.find((one) => isMeant(one, AssociationId, PublicIp));
    const { networkInterface } = address?.document.association ?? {};
    return [
      { type: "elastic-ip", id: address?.id },
      ...(networkInterface === undefined ? [] : [{ type: "network-interface", id: networkInterface }]),
    ];
  },
  async (tx, ctx, { AssociationId, PublicIp }) => {
    const all = await listResources(tx, ctx, "elastic-ip");
    const address = all.find((one) => isMeant(one, AssociationId, PublicIp));
    if (address?.document.association === undefined) {
      throw new Fault(
        "InvalidAssociationID.NotFound",
        `The association ID '${AssociationId ?? PublicIp ?? ""}' does not exist`,
      );
    }
    if (address.document.association.managedBy !== undefined) throw notYours();
    await disassociate(tx, address);
    return {};
  },
);

function isMeant({ document }: ElasticIp, association: string | undefined, ip: string | undefined): boolean {
  return association === undefined ? document.publicIp === ip : document.association?.id === association;
}

const filters: FilterTable<ElasticIp> = {
  "allocation-id": ({ id }) => id,
  "association-id": ({ document }) => document.association?.id,
  domain: () => "vpc",
  "instance-id": () => undefined,
  "network-border-group": ({ region }) => region,
  "network-interface-id": ({ document }) => document.association?.networkInterface,
  "network-interface-owner-id": ({ account, document }) =>
    document.association === undefined ? undefined : account,
  "private-ip-address": ({ document }) => document.association?.privateIp,
  "public-ip": ({ document }) => document.publicIp,
};

const describeAddresses = reading(
  "DescribeAddresses",
  nothingNamed,
  async (ctx, { AllocationIds = [], PublicIps = [], Filters }) => {
    const named = await Promise.all([
      ...AllocationIds.map((AllocationId) => needElasticIp(ctx.rows, ctx, { AllocationId })),
      ...PublicIps.map((PublicIp) => needElasticIp(ctx.rows, ctx, { PublicIp })),
    ]);
    const listed = named.length > 0 ? named : await listResources(ctx.rows, ctx, "elastic-ip");
    return { Addresses: filtered(listed, Filters, filters, ({ tags }) => tags).map(wireAddress) };
  },
);

const describeAddressesAttribute = reading(
  "DescribeAddressesAttribute",
  nothingNamed,
  async (ctx, { AllocationIds, ...input }) => {
    const listed = await listResources(ctx.rows, ctx, "elastic-ip", { ids: AllocationIds });
    const { items, NextToken } = paged(listed, input, { least: 1 });
    const Addresses = items.map(({ id, document }) => ({ AllocationId: id, PublicIp: document.publicIp }));
    return { Addresses, NextToken };
  },
);

export const addressOperations: readonly AnyOperation[] = [
  allocateAddress,
  associateAddress,
  describeAddresses,
  describeAddressesAttribute,
  disassociateAddress,
  releaseAddress,
];
