import type * as ec2 from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { dependencyViolation } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  findByToken,
  insertResource,
  listResources,
  needResource,
  type Resource,
  removeResource,
  saveResource,
} from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags, wireTags } from "../tags/tags.ts";

/** An internet gateway; its row's `vpc` is what it is attached to. */
type InternetGateway = Resource<"internet-gateway">;
type EgressOnlyGateway = Resource<"egress-only-internet-gateway">;

function wireGateway(gateway: InternetGateway): ec2.InternetGateway {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: gateway.account,
    Attachments: attachments(gateway, "available" as ec2.AttachmentStatus),
    Tags: wireTags(gateway.tags),
  };
}

/** AWS: an attached internet gateway is `available`, which the model does not list. */
function attachments(
  { vpc }: Resource<"internet-gateway" | "egress-only-internet-gateway">,
  state: ec2.AttachmentStatus,
) {
  return vpc === undefined ? [] : [{ VpcId: vpc, State: state }];
}

const createInternetGateway = writing(
  "CreateInternetGateway",
  ({ TagSpecifications }) => making("CreateInternetGateway", "internet-gateway", TagSpecifications),
  async (tx, ctx, { TagSpecifications }) => {
    const gateway = await insertResource(tx, {
      account: ctx.account,
      region: ctx.region,
      kind: "internet-gateway",
      id: newId("igw", ctx.random),
      createdAt: ctx.now,
      tags: specifiedTags(TagSpecifications, ctx, "internet-gateway"),
      document: {},
    });
    return { InternetGateway: wireGateway(gateway) };
  },
);

const attachInternetGateway = writing(
  "AttachInternetGateway",
  ({ InternetGatewayId, VpcId }) => [
    { type: "internet-gateway", id: InternetGatewayId },
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { InternetGatewayId, VpcId }) => {
    const gateway = await needResource(tx, ctx, "internet-gateway", InternetGatewayId);
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    if (gateway.vpc !== undefined) {
      throw new Fault(
        "Resource.AlreadyAssociated",
        `resource ${gateway.id} is already attached to network ${gateway.vpc}`,
      );
    }
    const [other] = await listResources(tx, ctx, "internet-gateway", { vpc: vpc.id });
    if (other !== undefined) {
      throw new Fault("InvalidParameterValue", `Network ${vpc.id} already has an internet gateway attached`);
    }
    await saveResource(tx, { ...gateway, vpc: vpc.id });
    return {};
  },
);

const detachInternetGateway = writing(
  "DetachInternetGateway",
  ({ InternetGatewayId, VpcId }) => [
    { type: "internet-gateway", id: InternetGatewayId },
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { InternetGatewayId, VpcId }) => {
    const { vpc, ...gateway } = await needResource(tx, ctx, "internet-gateway", InternetGatewayId);
    if (vpc !== VpcId) {
      throw new Fault("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${VpcId}`);
    }
    const interfaces = await listResources(tx, ctx, "network-interface", { vpc });
    if (interfaces.some(({ document }) => Object.keys(document.publicAddresses).length > 0)) {
      throw dependencyViolation(
        `Network ${vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
      );
    }
    await saveResource(tx, gateway);
    return {};
  },
);

const deleteInternetGateway = writing(
  "DeleteInternetGateway",
  ({ InternetGatewayId }) => [{ type: "internet-gateway", id: InternetGatewayId }],
  async (tx, ctx, { InternetGatewayId }) => {
    const gateway = await needResource(tx, ctx, "internet-gateway", InternetGatewayId);
    if (gateway.vpc !== undefined) {
      throw dependencyViolation(
        `The internetGateway '${gateway.id}' has dependencies and cannot be deleted.`,
      );
    }
    await removeResource(tx, gateway);
    return {};
  },
);

const filters: FilterTable<InternetGateway> = {
  "attachment.state": ({ vpc }) => (vpc === undefined ? undefined : "available"),
  "attachment.vpc-id": ({ vpc }) => vpc,
  "internet-gateway-id": ({ id }) => id,
  "owner-id": ({ account }) => account,
};

const describeInternetGateways = reading(
  "DescribeInternetGateways",
  nothingNamed,
  async (ctx, { InternetGatewayIds: ids, ...input }) => {
    const wanted = { kind: "internet-gateway", ids, named: "internetGatewayIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    return { InternetGateways: items.map(wireGateway), NextToken };
  },
);

function wireEgressOnly(gateway: EgressOnlyGateway): ec2.EgressOnlyInternetGateway {
  return {
    EgressOnlyInternetGatewayId: gateway.id,
    Attachments: attachments(gateway, "attached"),
    Tags: wireTags(gateway.tags),
  };
}

const createEgressOnlyInternetGateway = writing(
  "CreateEgressOnlyInternetGateway",
  ({ TagSpecifications, VpcId }) => [
    ...making("CreateEgressOnlyInternetGateway", "egress-only-internet-gateway", TagSpecifications),
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { VpcId, ClientToken, TagSpecifications }) => {
    const kind = "egress-only-internet-gateway";
    const again = await findByToken(tx, ctx, kind, ClientToken);
    if (again !== undefined) return { EgressOnlyInternetGateway: wireEgressOnly(again), ClientToken };
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    const gateway: EgressOnlyGateway = {
      account: ctx.account,
      region: ctx.region,
      kind,
      id: newId("eigw", ctx.random),
      vpc: vpc.id,
      createdAt: ctx.now,
      tags: specifiedTags(TagSpecifications, ctx, kind),
      document: {},
    };
    await insertResource(tx, gateway, ClientToken);
    return { EgressOnlyInternetGateway: wireEgressOnly(gateway), ClientToken };
  },
);

const deleteEgressOnlyInternetGateway = writing(
  "DeleteEgressOnlyInternetGateway",
  ({ EgressOnlyInternetGatewayId }) => [
    { type: "egress-only-internet-gateway", id: EgressOnlyInternetGatewayId },
  ],
  async (tx, ctx, { EgressOnlyInternetGatewayId: id }) => {
    await removeResource(tx, await needResource(tx, ctx, "egress-only-internet-gateway", id));
    return { ReturnCode: true };
  },
);

const describeEgressOnlyInternetGateways = reading(
  "DescribeEgressOnlyInternetGateways",
  nothingNamed,
  async (ctx, { EgressOnlyInternetGatewayIds: ids, ...input }) => {
    const wanted = {
      kind: "egress-only-internet-gateway",
      ids,
      named: "egressOnlyInternetGatewayIds",
      filters: {},
    } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    return { EgressOnlyInternetGateways: items.map(wireEgressOnly), NextToken };
  },
);

export const gatewayOperations: readonly AnyOperation[] = [
  attachInternetGateway,
  createEgressOnlyInternetGateway,
  createInternetGateway,
  deleteEgressOnlyInternetGateway,
  deleteInternetGateway,
  describeEgressOnlyInternetGateways,
  describeInternetGateways,
  detachInternetGateway,
];
