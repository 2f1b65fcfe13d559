import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { bareId, route53Arn } from "./arn.ts";
import { noSuchDelegationSet } from "./faults.ts";
import { needHostedZone, onZone } from "./hosted-zones/hosted-zone.ts";
import type { Route53Tables } from "./store.ts";

/* Developer Guide, "Quotas": what AWS grants without being asked. */
export const mostZones = 500;
export const mostRecordSets = 10_000;
export const mostVpcs = 300;
export const mostHealthChecks = 200;
export const mostDelegationSets = 100;
const mostZonesOfSet = 100;
const mostTrafficPolicies = 50;
const mostPolicyInstances = 5;

/** How many zones, health checks and delegation sets an account may have, and has. */
export const getAccountLimit: ReadOperation<typeof route53, "GetAccountLimit"> = {
  name: "GetAccountLimit",
  authorise: () => [{ action: "route53:GetAccountLimit", resource: "*" }],
  async read({ rows, account }, { Type = "MAX_HOSTED_ZONES_BY_OWNER" }) {
    const [Value, Count] = await accountLimit(rows, account, Type);
    return { Limit: { Type, Value }, Count };
  },
};

async function accountLimit(
  rows: Rows,
  account: string,
  type: route53.AccountLimitType,
): Promise<readonly [limit: number, count: number]> {
  switch (type) {
    case "MAX_HOSTED_ZONES_BY_OWNER":
      return [mostZones, await countOf(rows, "route53_zone", account)];
    case "MAX_HEALTH_CHECKS_BY_OWNER":
      return [mostHealthChecks, await countOf(rows, "route53_health_check", account)];
    case "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER":
      return [mostDelegationSets, await countOf(rows, "route53_delegation_set", account)];
    case "MAX_TRAFFIC_POLICIES_BY_OWNER":
      return [mostTrafficPolicies, 0];
    case "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER":
      return [mostPolicyInstances, 0];
  }
}

/** How many rows of a kind an account has. */
export async function countOf(
  rows: Rows,
  table: "route53_zone" | "route53_health_check" | "route53_delegation_set",
  account: string,
): Promise<number> {
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .where("account", "=", account)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

/** How many record sets and VPCs a zone may have, and has. */
export const getHostedZoneLimit: ReadOperation<typeof route53, "GetHostedZoneLimit"> = {
  name: "GetHostedZoneLimit",
  authorise: ({ HostedZoneId }) => onZone("GetHostedZoneLimit", HostedZoneId),
  async read(ctx, { HostedZoneId, Type = "MAX_RRSETS_BY_ZONE" }) {
    const zone = await needHostedZone(ctx.rows, ctx, HostedZoneId);
    if (Type === "MAX_RRSETS_BY_ZONE")
      return { Limit: { Type, Value: mostRecordSets }, Count: zone.recordCount };
    if (!zone.isPrivate) {
      throw new Fault("HostedZoneNotPrivate", `The hosted zone ${zone.id} is not a private hosted zone.`);
    }
    return { Limit: { Type, Value: mostVpcs }, Count: await vpcCount(ctx.rows, zone.id) };
  },
};

/** In how many VPCs a zone answers. */
export async function vpcCount(rows: Rows, zone: string): Promise<number> {
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone_vpc")
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .where("zone", "=", zone)
    .where("associated", "=", 1)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

/** How many zones may have the name servers of a delegation set, and do. */
export const getReusableDelegationSetLimit: ReadOperation<typeof route53, "GetReusableDelegationSetLimit"> = {
  name: "GetReusableDelegationSetLimit",
  authorise: ({ DelegationSetId }) => [
    {
      action: "route53:GetReusableDelegationSetLimit",
      resource: route53Arn("delegationset", DelegationSetId),
    },
  ],
  async read({ rows, account }, { DelegationSetId = "", Type = "MAX_ZONES_BY_REUSABLE_DELEGATION_SET" }) {
    const id = bareId(DelegationSetId);
    const tables = rows.tables<Route53Tables>();
    const set = await tables
      .selectFrom("route53_delegation_set")
      .select("id")
      .where("id", "=", id)
      .where("account", "=", account)
      .executeTakeFirst();
    if (set === undefined) throw noSuchDelegationSet(id);
    const zones = await tables
      .selectFrom("route53_zone")
      .select(({ fn }) => fn.countAll<number>().as("all"))
      .where("delegation_set", "=", id)
      .executeTakeFirst();
    return { Limit: { Type, Value: mostZonesOfSet }, Count: Number(zones?.all ?? 0) };
  },
};
