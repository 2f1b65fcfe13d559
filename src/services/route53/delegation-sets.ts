import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { bareId, locationOf, newId, route53Arn, shownId } from "./arn.ts";
import { noSuchDelegationSet } from "./faults.ts";
import { keepZonesSet, needHostedZone } from "./hosted-zones/hosted-zone.ts";
import type { DelegationSetRow } from "./hosted-zones/hosted-zone-store.ts";
import { drawNameServers } from "./hosted-zones/name-servers.ts";
import { countOf, mostDelegationSets } from "./limits.ts";
import { markedPage } from "./page.ts";
import type { Route53Tables } from "./store.ts";

/** Makes a set of name servers that several zones can have, from a zone's or anew. */
export const createReusableDelegationSet: WriteOperation<
  typeof route53,
  "CreateReusableDelegationSet",
  { readonly id: string; readonly nameServers: readonly string[] }
> = {
  name: "CreateReusableDelegationSet",
  authorise: () => [{ action: "route53:CreateReusableDelegationSet", resource: "*" }],
  prepare: async ({ random }) => ({ id: newId("N", random), nameServers: drawNameServers(random) }),
  async commit(tx, ctx, { CallerReference: reference = "", HostedZoneId }, drawn) {
    const tables = tx.tables<Route53Tables>();
    if ((await countOf(tx, "route53_delegation_set", ctx.account)) >= mostDelegationSets)
      throw new Fault("LimitsExceeded", "The limit of reusable delegation sets has been reached.");
    const same = await tables
      .selectFrom("route53_delegation_set")
      .select("id")
      .where("account", "=", ctx.account)
      .where("caller_reference", "=", reference)
      .executeTakeFirst();
    if (same !== undefined) {
      throw new Fault(
        "DelegationSetAlreadyCreated",
        "A delegation set with the same owner and caller reference combination has already been created.",
      );
    }
    const zone = HostedZoneId === undefined ? undefined : await needZoneOfOwn(tx, ctx, HostedZoneId);
    const row: DelegationSetRow = {
      id: drawn.id,
      account: ctx.account,
      caller_reference: reference,
      name_servers: JSON.stringify(zone?.nameServers ?? drawn.nameServers),
    };
    await tables.insertInto("route53_delegation_set").values(row).execute();
    if (zone !== undefined) await keepZonesSet(tx, zone.id, row.id);
    return { DelegationSet: wireSet(row), Location: locationOf(`delegationset/${row.id}`) };
  },
};

async function needZoneOfOwn(rows: Rows, ctx: Parameters<typeof needHostedZone>[1], id: string) {
  const zone = await needHostedZone(rows, ctx, id).catch(() => undefined);
  if (zone === undefined || zone.isPrivate)
    throw new Fault("HostedZoneNotFound", "The specified HostedZone can't be found.");
  if (zone.delegationSet === undefined) return zone;
  throw new Fault(
    "DelegationSetAlreadyReusable",
    "The specified delegation set has already been marked as reusable.",
  );
}

export const deleteReusableDelegationSet: WriteOperation<typeof route53, "DeleteReusableDelegationSet"> = {
  name: "DeleteReusableDelegationSet",
  authorise: ({ Id }) => onSet("DeleteReusableDelegationSet", Id),
  async commit(tx, { account }, { Id = "" }) {
    const { id } = await needSet(tx, account, Id);
    const tables = tx.tables<Route53Tables>();
    const zone = await tables
      .selectFrom("route53_zone")
      .select("id")
      .where("delegation_set", "=", id)
      .limit(1)
      .executeTakeFirst();
    if (zone !== undefined) {
      throw new Fault(
        "DelegationSetInUse",
        "The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.",
      );
    }
    await tables.deleteFrom("route53_delegation_set").where("id", "=", id).execute();
    return {};
  },
};

export const getReusableDelegationSet: ReadOperation<typeof route53, "GetReusableDelegationSet"> = {
  name: "GetReusableDelegationSet",
  authorise: ({ Id }) => onSet("GetReusableDelegationSet", Id),
  read: async ({ rows, account }, { Id = "" }) => ({
    DelegationSet: wireSet(await needSet(rows, account, Id)),
  }),
};

export const listReusableDelegationSets: ReadOperation<typeof route53, "ListReusableDelegationSets"> = {
  name: "ListReusableDelegationSets",
  authorise: () => [{ action: "route53:ListReusableDelegationSets", resource: "*" }],
  async read({ rows, account }, { Marker, MaxItems }) {
    const page = markedPage(Marker, MaxItems);
    const found = await rows
      .tables<Route53Tables>()
      .selectFrom("route53_delegation_set")
      .selectAll()
      .where("account", "=", account)
      .where("id", ">=", page.from)
      .orderBy("id")
      .limit(page.limit + 1)
      .execute();
    const { items, ...rest } = page.cut(found, ({ id }) => id);
    return { DelegationSets: items.map(wireSet), ...rest };
  },
};

const onSet = (action: string, id: string | undefined) => [
  { action: `route53:${action}`, resource: route53Arn("delegationset", id) },
];

async function needSet(rows: Rows, account: string, given: string): Promise<DelegationSetRow> {
  const id = bareId(given);
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_delegation_set")
    .selectAll()
    .where("id", "=", id)
    .where("account", "=", account)
    .executeTakeFirst();
  if (row === undefined) throw noSuchDelegationSet(id);
  return row;
}

function wireSet(row: DelegationSetRow): route53.DelegationSet {
  return {
    Id: shownId("delegationset", row.id),
    CallerReference: row.caller_reference,
    NameServers: JSON.parse(row.name_servers) as string[],
  };
}
