import type * as ec2 from "@aws-sdk/client-ec2";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { associate, disassociate, type ElasticIp, needElasticIp } from "../addresses/elastic-ip.ts";
import { missingParameter, unsupported } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import {
  type NetworkInterface,
  newMac,
  releaseAddresses,
  takeAddresses,
} from "../network-interfaces/network-interface.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  amend,
  findByToken,
  findResource,
  insertResource,
  needResource,
  type Resource,
  removeResource,
} from "../resource.ts";
import { select } from "../select.ts";
import type { Subnet } from "../subnets/subnet.ts";
import { specifiedTags, wireTags } from "../tags/tags.ts";

/** A NAT gateway; its row's `parent` is its subnet. */
type NatGateway = Resource<"natgateway">;

/** EC2 itself, which keeps the interfaces of NAT gateways. */
const requester = "ec2.amazonaws.com";

/** AWS: a NAT gateway that was deleted is shown for about an hour. */
const shownFor = 60 * 60 * 1000;

function wireNatGateway(one: NatGateway): ec2.NatGateway {
  const { document } = one;
  return {
    NatGatewayId: one.id,
    SubnetId: one.parent,
    VpcId: one.vpc,
    State: document.state,
    CreateTime: new Date(one.createdAt),
    DeleteTime: document.deletedAt === undefined ? undefined : new Date(document.deletedAt),
    ConnectivityType: document.connectivity,
    NatGatewayAddresses: [
      {
        AllocationId: document.allocation,
        AssociationId: document.association,
        NetworkInterfaceId: document.networkInterface,
        PrivateIp: document.privateIp,
        PublicIp: document.publicIp,
        IsPrimary: true,
        Status: "succeeded",
      },
    ],
    Tags: wireTags(one.tags),
  };
}

const createNatGateway = writing(
  "CreateNatGateway",
  ({ SubnetId, AllocationId, TagSpecifications }) => [
    ...making("CreateNatGateway", "natgateway", TagSpecifications),
    ...(SubnetId === undefined ? [] : [{ type: "subnet", id: SubnetId }]),
    ...(AllocationId === undefined ? [] : [{ type: "elastic-ip", id: AllocationId }]),
  ],
  async (tx, ctx, input) => {
    const { ClientToken, SubnetId, AllocationId, ConnectivityType = "public" } = input;
    const again = await findByToken(tx, ctx, "natgateway", ClientToken);
    if (again !== undefined) return { NatGateway: wireNatGateway(again), ClientToken };
    if (input.AvailabilityMode === "regional") throw unsupported("A regional NAT gateway");
    if (input.SecondaryAllocationIds !== undefined || input.SecondaryPrivateIpAddresses !== undefined) {
      throw unsupported("A secondary address of a NAT gateway");
    }
    if (SubnetId === undefined) throw missingParameter("subnetId");
    const subnet = await needResource(tx, ctx, "subnet", SubnetId);
    const address = await addressOf(tx, ctx, ConnectivityType, AllocationId);
    const id = newId("nat", ctx.random);
    const one = await makeInterface(tx, ctx, subnet, id, input.PrivateIpAddress);
    const privateIp = one.document.addresses[0] ?? "";
    const association = newId("eipassoc", ctx.random);
    if (address !== undefined) {
      await associate(tx, address, one, {
        id: association,
        networkInterface: one.id,
        privateIp,
        managedBy: requester,
      });
    }
    const made: NatGateway = {
      account: ctx.account,
      region: ctx.region,
      kind: "natgateway",
      id,
      ...(subnet.vpc !== undefined && { vpc: subnet.vpc }),
      parent: subnet.id,
      createdAt: ctx.now,
      tags: specifiedTags(input.TagSpecifications, ctx, "natgateway"),
      document: {
        state: "available",
        connectivity: ConnectivityType,
        networkInterface: one.id,
        privateIp,
        ...(address !== undefined && {
          allocation: address.id,
          association,
          publicIp: address.document.publicIp,
        }),
      },
    };
    await insertResource(tx, made, ClientToken);
    return { NatGateway: { ...wireNatGateway(made), State: "pending" as const }, ClientToken };
  },
);

/** The address of a public gateway. Throws `MissingParameter`, `InvalidParameter`, `Resource.AlreadyAssociated`. */
async function addressOf(
  tx: Tx,
  ctx: CallContext,
  connectivity: string,
  allocation: string | undefined,
): Promise<ElasticIp | undefined> {
  if (connectivity === "private") {
    if (allocation === undefined) return undefined;
    throw new Fault("InvalidParameter", "AllocationId may not be specified for a private NAT gateway.");
  }
  if (allocation === undefined) throw missingParameter("AllocationId");
  const address = await needElasticIp(tx, ctx, { AllocationId: allocation });
  if (address.document.association !== undefined) {
    throw new Fault("Resource.AlreadyAssociated", `Elastic IP address [${address.id}] is already associated`);
  }
  return address;
}

async function makeInterface(
  tx: Tx,
  ctx: CallContext,
  subnet: Subnet,
  natGateway: string,
  address: string | undefined,
): Promise<NetworkInterface> {
  const id = newId("eni", ctx.random);
  const named = address === undefined ? [] : [address];
  return insertResource(tx, {
    account: ctx.account,
    region: ctx.region,
    kind: "network-interface",
    id,
    ...(subnet.vpc !== undefined && { vpc: subnet.vpc }),
    parent: subnet.id,
    createdAt: ctx.now,
    tags: [],
    document: {
      description: `Interface for NAT Gateway ${natGateway}`,
      mac: newMac(ctx),
      zone: subnet.document.zone,
      addresses: await takeAddresses(tx, ctx, subnet, id, { named, anywhere: 1 - named.length }),
      publicAddresses: {},
      groups: [],
      sourceDestCheck: false,
      type: "natGateway",
      requester,
      attachment: {
        id: newId("ela-attach", ctx.random),
        instanceOwner: "amazon-aws",
        deviceIndex: 1,
        attachedAt: ctx.now,
        deleteOnTermination: false,
      },
      permissions: [],
    },
  });
}

const deleteNatGateway = writing(
  "DeleteNatGateway",
  ({ NatGatewayId }) => [{ type: "natgateway", id: NatGatewayId }],
  async (tx, ctx, { NatGatewayId }) => {
    const one = await needResource(tx, ctx, "natgateway", NatGatewayId);
    if (one.document.state === "deleted") return { NatGatewayId: one.id };
    if (one.document.allocation !== undefined) {
      await disassociate(tx, await needElasticIp(tx, ctx, { AllocationId: one.document.allocation }));
    }
    const held = await findResource(tx, ctx, "network-interface", one.document.networkInterface);
    if (held !== undefined) {
      await releaseAddresses(tx, held);
      await removeResource(tx, held);
    }
    await amend(tx, one, { state: "deleted", deletedAt: ctx.now });
    return { NatGatewayId: one.id };
  },
);

const filters: FilterTable<NatGateway> = {
  "nat-gateway-id": ({ id }) => id,
  state: ({ document }) => document.state,
  "subnet-id": ({ parent }) => parent,
  "vpc-id": ({ vpc }) => vpc,
};

const describeNatGateways = reading(
  "DescribeNatGateways",
  nothingNamed,
  async (ctx, { NatGatewayIds: ids, Filter: Filters, ...paging }) => {
    const wanted = { kind: "natgateway", ids, named: "natGatewayIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, { ...paging, Filters });
    const shown = items.filter(({ document }) => (document.deletedAt ?? ctx.now) > ctx.now - shownFor);
    return { NatGateways: shown.map(wireNatGateway), NextToken };
  },
);

export const natGatewayOperations: readonly AnyOperation[] = [
  createNatGateway,
  deleteNatGateway,
  describeNatGateways,
];
