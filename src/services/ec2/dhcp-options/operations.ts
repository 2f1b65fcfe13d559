import type * as ec2 from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { dependencyViolation, invalidValue } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  amend,
  insertResource,
  listResources,
  needResource,
  type Resource,
  removeResource,
} from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags, wireTags } from "../tags/tags.ts";

type DhcpOptions = Resource<"dhcp-options">;

/** EC2 API Reference, "CreateDhcpOptions". */
const keys: ReadonlySet<string> = new Set([
  "domain-name",
  "domain-name-servers",
  "ipv6-address-preferred-lease-time",
  "netbios-name-servers",
  "netbios-node-type",
  "ntp-servers",
]);

function wireOptions(set: DhcpOptions): ec2.DhcpOptions {
  return {
    DhcpOptionsId: set.id,
    OwnerId: set.account,
    DhcpConfigurations: set.document.options.map(({ key, values }) => ({
      Key: key,
      Values: values.map((Value) => ({ Value })),
    })),
    Tags: wireTags(set.tags),
  };
}

const createDhcpOptions = writing(
  "CreateDhcpOptions",
  ({ TagSpecifications }) => making("CreateDhcpOptions", "dhcp-options", TagSpecifications),
  async (tx, ctx, { DhcpConfigurations, TagSpecifications }) => {
    const options = DhcpConfigurations.map(({ Key = "", Values = [] }) => {
      if (!keys.has(Key)) throw invalidValue("key", Key, "Not a DHCP option.");
      return { key: Key, values: Values };
    });
    const set = await insertResource(tx, {
      account: ctx.account,
      region: ctx.region,
      kind: "dhcp-options",
      id: newId("dopt", ctx.random),
      createdAt: ctx.now,
      tags: specifiedTags(TagSpecifications, ctx, "dhcp-options"),
      document: { options },
    });
    return { DhcpOptions: wireOptions(set) };
  },
);

const deleteDhcpOptions = writing(
  "DeleteDhcpOptions",
  ({ DhcpOptionsId }) => [{ type: "dhcp-options", id: DhcpOptionsId }],
  async (tx, ctx, { DhcpOptionsId }) => {
    const set = await needResource(tx, ctx, "dhcp-options", DhcpOptionsId);
    const vpcs = await listResources(tx, ctx, "vpc");
    if (vpcs.some(({ document }) => document.dhcpOptions === set.id)) {
      throw dependencyViolation(`The dhcpOptions '${set.id}' has dependencies and cannot be deleted.`);
    }
    await removeResource(tx, set);
    return {};
  },
);

const associateDhcpOptions = writing(
  "AssociateDhcpOptions",
  ({ DhcpOptionsId, VpcId }) => [
    ...(DhcpOptionsId === "default" ? [] : [{ type: "dhcp-options", id: DhcpOptionsId }]),
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { DhcpOptionsId, VpcId }) => {
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    const dhcpOptions =
      DhcpOptionsId === "default"
        ? DhcpOptionsId
        : (await needResource(tx, ctx, "dhcp-options", DhcpOptionsId)).id;
    await amend(tx, vpc, { dhcpOptions });
    return {};
  },
);

const filters: FilterTable<DhcpOptions> = {
  "dhcp-options-id": ({ id }) => id,
  key: ({ document }) => document.options.map(({ key }) => key),
  "owner-id": ({ account }) => account,
  value: ({ document }) => document.options.flatMap(({ values }) => values),
};

const describeDhcpOptions = reading(
  "DescribeDhcpOptions",
  nothingNamed,
  async (ctx, { DhcpOptionsIds: ids, ...input }) => {
    const wanted = { kind: "dhcp-options", ids, named: "dhcpOptionsIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    return { DhcpOptions: items.map(wireOptions), NextToken };
  },
);

export const dhcpOperations: readonly AnyOperation[] = [
  associateDhcpOptions,
  createDhcpOptions,
  deleteDhcpOptions,
  describeDhcpOptions,
];
