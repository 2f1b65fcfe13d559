import type * as ec2 from "@aws-sdk/client-ec2";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { NetworkAclEntry } from "../documents.ts";
import { dependencyViolation, missingParameter } from "../faults.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  amend,
  findByToken,
  insertResource,
  listResources,
  needResource,
  type Place,
  type Resource,
  removeResource,
} from "../resource.ts";
import { readBlock, readBlock6 } from "../security-groups/permission.ts";
import { specifiedTags, wireTags } from "../tags/tags.ts";

type NetworkAcl = Resource<"network-acl">;

/** A list with the subnets that it is for: those given it, and for the default list all that have no other. */
interface Shown {
  readonly id: string;
  readonly list: NetworkAcl;
  readonly associations: readonly { readonly id: string; readonly subnet: string }[];
}

/** The rule that every list ends with. */
const lastRule = 32767;

async function shownLists(rows: Rows, place: Place, lists: readonly NetworkAcl[]): Promise<readonly Shown[]> {
  const all = await listResources(rows, place, "network-acl");
  const given = new Set(all.flatMap(({ document }) => document.associations.map(({ subnet }) => subnet)));
  const subnets = (await listResources(rows, place, "subnet")).filter(({ id }) => !given.has(id));
  return lists.map((list) => ({
    id: list.id,
    list,
    associations: [
      ...list.document.associations,
      ...subnets
        .filter(({ vpc }) => list.document.isDefault && vpc === list.vpc)
        .map(({ id }) => ({ id: impliedAssociation(id), subnet: id })),
    ],
  }));
}

/** The id of the association that a subnet has from the start; there is no row for it. */
function impliedAssociation(subnet: string): string {
  return subnet.replace("subnet-", "aclassoc-");
}

function wireList({ list, associations }: Shown): ec2.NetworkAcl {
  return {
    NetworkAclId: list.id,
    VpcId: list.vpc,
    OwnerId: list.account,
    IsDefault: list.document.isDefault,
    Associations: associations.map(({ id, subnet }) => ({
      NetworkAclAssociationId: id,
      NetworkAclId: list.id,
      SubnetId: subnet,
    })),
    Entries: list.document.entries.map(wireEntry),
    Tags: wireTags(list.tags),
  };
}

function wireEntry(entry: NetworkAclEntry): ec2.NetworkAclEntry {
  return {
    CidrBlock: entry.cidr,
    Ipv6CidrBlock: entry.cidr6,
    Egress: entry.egress,
    Protocol: entry.protocol,
    RuleAction: entry.action,
    RuleNumber: entry.rule,
    PortRange: entry.from === undefined ? undefined : { From: entry.from, To: entry.to },
    IcmpTypeCode: entry.icmpType === undefined ? undefined : { Type: entry.icmpType, Code: entry.icmpCode },
  };
}

const createNetworkAcl = writing(
  "CreateNetworkAcl",
  ({ VpcId, TagSpecifications }) => [
    ...making("CreateNetworkAcl", "network-acl", TagSpecifications),
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { VpcId, ClientToken, TagSpecifications }) => {
    const again = await findByToken(tx, ctx, "network-acl", ClientToken);
    const list =
      again ??
      (await makeList(tx, ctx, VpcId, specifiedTags(TagSpecifications, ctx, "network-acl"), ClientToken));
    return { NetworkAcl: wireList({ id: list.id, list, associations: [] }), ClientToken };
  },
);

async function makeList(
  tx: Tx,
  ctx: CallContext,
  vpcId: string,
  tags: NetworkAcl["tags"],
  token: string | undefined,
): Promise<NetworkAcl> {
  const vpc = await needResource(tx, ctx, "vpc", vpcId);
  const deny = { rule: lastRule, action: "deny" as const, protocol: "-1", cidr: "0.0.0.0/0" };
  return insertResource(
    tx,
    {
      account: ctx.account,
      region: ctx.region,
      kind: "network-acl",
      id: newId("acl", ctx.random),
      vpc: vpc.id,
      createdAt: ctx.now,
      tags,
      document: {
        isDefault: false,
        associations: [],
        entries: [
          { ...deny, egress: true },
          { ...deny, egress: false },
        ],
      },
    },
    token,
  );
}

const deleteNetworkAcl = writing(
  "DeleteNetworkAcl",
  ({ NetworkAclId }) => [{ type: "network-acl", id: NetworkAclId }],
  async (tx, ctx, { NetworkAclId }) => {
    const list = await needResource(tx, ctx, "network-acl", NetworkAclId);
    if (list.document.isDefault) {
      throw new Fault("InvalidParameterValue", "cannot delete default network ACL");
    }
    if (list.document.associations.length > 0) {
      throw dependencyViolation(`The networkAcl '${list.id}' has dependencies and cannot be deleted.`);
    }
    await removeResource(tx, list);
    return {};
  },
);

const filters: FilterTable<Shown> = {
  "association.association-id": ({ associations }) => associations.map(({ id }) => id),
  "association.network-acl-id": ({ id, associations }) => (associations.length > 0 ? id : undefined),
  "association.subnet-id": ({ associations }) => associations.map(({ subnet }) => subnet),
  default: ({ list }) => list.document.isDefault,
  "entry.cidr": ({ list }) => list.document.entries.map(({ cidr }) => cidr),
  "entry.egress": ({ list }) => list.document.entries.map(({ egress }) => String(egress)),
  "entry.ipv6-cidr": ({ list }) => list.document.entries.map(({ cidr6 }) => cidr6),
  "entry.protocol": ({ list }) => list.document.entries.map(({ protocol }) => protocol),
  "entry.rule-action": ({ list }) => list.document.entries.map(({ action }) => action),
  "entry.rule-number": ({ list }) => list.document.entries.map(({ rule }) => String(rule)),
  "network-acl-id": ({ id }) => id,
  "owner-id": ({ list }) => list.account,
  "vpc-id": ({ list }) => list.vpc,
};

const describeNetworkAcls = reading(
  "DescribeNetworkAcls",
  nothingNamed,
  async (ctx, { NetworkAclIds: ids = [], ...input }) => {
    const lists =
      ids.length === 0
        ? await listResources(ctx.rows, ctx, "network-acl")
        : await Promise.all(ids.map((id) => needResource(ctx.rows, ctx, "network-acl", id)));
    const shown = await shownLists(ctx.rows, ctx, lists);
    const found = filtered(shown, input.Filters, filters, ({ list }) => list.tags);
    const { items, NextToken } = paged(found, input, { named: ["networkAclIds", ids.length] });
    return { NetworkAcls: items.map(wireList), NextToken };
  },
);

/** An entry as requests describe it. */
type RequestedEntry = Pick<
  ec2.CreateNetworkAclEntryRequest,
  | "RuleNumber"
  | "Protocol"
  | "RuleAction"
  | "Egress"
  | "CidrBlock"
  | "Ipv6CidrBlock"
  | "IcmpTypeCode"
  | "PortRange"
>;

function readEntry(wanted: RequestedEntry): NetworkAclEntry {
  const {
    RuleNumber: rule = 0,
    Protocol: protocol = "-1",
    RuleAction: action = "deny",
    Egress: egress = false,
  } = wanted;
  if (rule < 1 || rule > 32766) {
    throw new Fault(
      "InvalidParameterValue",
      `Value (${rule}) for parameter ruleNumber is invalid. It must be in the range 1 to 32766.`,
    );
  }
  if (wanted.CidrBlock === undefined && wanted.Ipv6CidrBlock === undefined)
    throw missingParameter("cidrBlock");
  return {
    rule,
    egress,
    action,
    protocol,
    ...(wanted.CidrBlock !== undefined && { cidr: readBlock(wanted.CidrBlock) }),
    ...(wanted.Ipv6CidrBlock !== undefined && { cidr6: readBlock6(wanted.Ipv6CidrBlock) }),
    ...(wanted.PortRange !== undefined && { from: wanted.PortRange.From, to: wanted.PortRange.To }),
    ...(wanted.IcmpTypeCode !== undefined && {
      icmpType: wanted.IcmpTypeCode.Type,
      icmpCode: wanted.IcmpTypeCode.Code,
    }),
  };
}

const isAt =
  ({ rule, egress }: Pick<NetworkAclEntry, "rule" | "egress">) =>
  (entry: NetworkAclEntry): boolean =>
    entry.rule === rule && entry.egress === egress;

function saveEntries(tx: Tx, list: NetworkAcl, entries: readonly NetworkAclEntry[]) {
  const sorted = [...entries].sort((a, b) => Number(b.egress) - Number(a.egress) || a.rule - b.rule);
  return amend(tx, list, { entries: sorted });
}

const createNetworkAclEntry = writing(
  "CreateNetworkAclEntry",
  ({ NetworkAclId }) => [{ type: "network-acl", id: NetworkAclId }],
  async (tx, ctx, { NetworkAclId, ...wanted }) => {
    const list = await needResource(tx, ctx, "network-acl", NetworkAclId);
    const entry = readEntry(wanted);
    if (list.document.entries.some(isAt(entry))) {
      throw new Fault(
        "NetworkAclEntryAlreadyExists",
        `The network acl entry identified by ${entry.rule} already exists.`,
      );
    }
    await saveEntries(tx, list, [...list.document.entries, entry]);
    return {};
  },
);

const replaceNetworkAclEntry = writing(
  "ReplaceNetworkAclEntry",
  ({ NetworkAclId }) => [{ type: "network-acl", id: NetworkAclId }],
  async (tx, ctx, { NetworkAclId, ...wanted }) => {
    const list = await needResource(tx, ctx, "network-acl", NetworkAclId);
    const entry = readEntry(wanted);
    const others = needOthers(list, entry);
    await saveEntries(tx, list, [...others, entry]);
    return {};
  },
);

const deleteNetworkAclEntry = writing(
  "DeleteNetworkAclEntry",
  ({ NetworkAclId }) => [{ type: "network-acl", id: NetworkAclId }],
  async (tx, ctx, { NetworkAclId, RuleNumber: rule, Egress: egress }) => {
    const list = await needResource(tx, ctx, "network-acl", NetworkAclId);
    await saveEntries(tx, list, needOthers(list, { rule, egress }));
    return {};
  },
);

/** The entries but one. Throws `InvalidNetworkAclEntry.NotFound`. */
function needOthers(
  list: NetworkAcl,
  at: Pick<NetworkAclEntry, "rule" | "egress">,
): readonly NetworkAclEntry[] {
  const others = list.document.entries.filter((entry) => !isAt(at)(entry));
  if (at.rule !== lastRule && others.length < list.document.entries.length) return others;
  throw new Fault(
    "InvalidNetworkAclEntry.NotFound",
    `The network acl entry identified by ${at.rule} does not exist.`,
  );
}

const replaceNetworkAclAssociation = writing(
  "ReplaceNetworkAclAssociation",
  ({ NetworkAclId }) => [{ type: "network-acl", id: NetworkAclId }],
  async (tx, ctx, { AssociationId, NetworkAclId }) => {
    const list = await needResource(tx, ctx, "network-acl", NetworkAclId);
    const shown = await shownLists(tx, ctx, await listResources(tx, ctx, "network-acl"));
    const old = shown.find(({ associations }) => associations.some(({ id }) => id === AssociationId));
    const association = old?.associations.find(({ id }) => id === AssociationId);
    if (old === undefined || association === undefined) {
      throw new Fault(
        "InvalidAssociationID.NotFound",
        `The association ID '${AssociationId.slice(0, 128)}' does not exist`,
      );
    }
    if (old.list.vpc !== list.vpc) {
      throw new Fault(
        "InvalidParameterValue",
        "The network ACL and the subnet belong to different networks.",
      );
    }
    const left = old.list.document.associations.filter(({ id }) => id !== AssociationId);
    await amend(tx, old.list, { associations: left });
    // The default list's associations are implied: a subnet given back to it needs no row.
    if (list.document.isDefault) return { NewAssociationId: impliedAssociation(association.subnet) };
    const made = { id: newId("aclassoc", ctx.random), subnet: association.subnet };
    const now = await needResource(tx, ctx, "network-acl", list.id);
    await amend(tx, now, { associations: [...now.document.associations, made] });
    return { NewAssociationId: made.id };
  },
);

export const networkAclOperations: readonly AnyOperation[] = [
  createNetworkAcl,
  createNetworkAclEntry,
  deleteNetworkAcl,
  deleteNetworkAclEntry,
  describeNetworkAcls,
  replaceNetworkAclAssociation,
  replaceNetworkAclEntry,
];
