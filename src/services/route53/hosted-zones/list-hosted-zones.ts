import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { sortKey } from "../../../kernel/dns/name.ts";
import { Fault } from "../../../kernel/fault.ts";
import { bareId } from "../arn.ts";
import { markedPage, pageSize, tokenPage } from "../page.ts";
import type { Route53Tables } from "../store.ts";
import { needVpc, notAuthorisedVpc, ownsVpc, vpcKey } from "../vpc.ts";
import { hostedZoneOf, needDnsName, wireZone } from "./hosted-zone.ts";

export const listHostedZones: ReadOperation<typeof route53, "ListHostedZones"> = {
  name: "ListHostedZones",
  authorise: () => [{ action: "route53:ListHostedZones", resource: "*" }],
  async read({ rows, account }, { Marker, MaxItems, DelegationSetId, HostedZoneType }) {
    const page = markedPage(Marker, MaxItems);
    let query = rows
      .tables<Route53Tables>()
      .selectFrom("route53_zone")
      .selectAll()
      .where("account", "=", account)
      .where("id", ">=", page.from);
    if (DelegationSetId !== undefined) query = query.where("delegation_set", "=", bareId(DelegationSetId));
    if (HostedZoneType === "PrivateHostedZone") query = query.where("private", "=", 1);
    const found = await query
      .orderBy("id")
      .limit(page.limit + 1)
      .execute();
    const { items, ...rest } = page.cut(found.map(hostedZoneOf), ({ id }) => id);
    return { HostedZones: items.map(wireZone), ...rest };
  },
};

/** Zones in the order of their names, labels reversed. */
export const listHostedZonesByName: ReadOperation<typeof route53, "ListHostedZonesByName"> = {
  name: "ListHostedZonesByName",
  authorise: () => [{ action: "route53:ListHostedZonesByName", resource: "*" }],
  async read({ rows, account }, { DNSName, HostedZoneId, MaxItems }) {
    const limit = pageSize(MaxItems);
    if (HostedZoneId !== undefined && DNSName === undefined)
      throw new Fault("InvalidInput", "A hosted zone ID can be given only with a DNS name.");
    const from = DNSName === undefined ? "" : sortKey(needDnsName(DNSName));
    const fromId = HostedZoneId === undefined ? "" : bareId(HostedZoneId);
    const found = await rows
      .tables<Route53Tables>()
      .selectFrom("route53_zone")
      .selectAll()
      .where("account", "=", account)
      .where((where) =>
        where.or([
          where("name_key", ">", from),
          where.and([where("name_key", "=", from), where("id", ">=", fromId)]),
        ]),
      )
      .orderBy("name_key")
      .orderBy("id")
      .limit(limit + 1)
      .execute();
    const more = found[limit];
    return {
      HostedZones: found.slice(0, limit).map(hostedZoneOf).map(wireZone),
      ...(DNSName !== undefined && { DNSName }),
      ...(HostedZoneId !== undefined && { HostedZoneId: fromId }),
      IsTruncated: more !== undefined,
      ...(more !== undefined && { NextDNSName: more.name, NextHostedZoneId: more.id }),
      MaxItems: limit,
    };
  },
};

/** The private zones that answer in a VPC of the caller's, whoever owns them. */
export const listHostedZonesByVpc: ReadOperation<typeof route53, "ListHostedZonesByVPC"> = {
  name: "ListHostedZonesByVPC",
  authorise: ({ VPCId, VPCRegion }) => [
    { action: "route53:ListHostedZonesByVPC", resource: "*", context: vpcKey({ VPCId, VPCRegion }) },
  ],
  async read(ctx, { VPCId, VPCRegion, MaxItems, NextToken }) {
    const vpc = needVpc({ VPCId, VPCRegion });
    if (!(await ownsVpc(ctx, vpc))) throw notAuthorisedVpc(vpc);
    const page = tokenPage(NextToken, MaxItems);
    const found = await ctx.rows
      .tables<Route53Tables>()
      .selectFrom("route53_zone")
      .innerJoin("route53_zone_vpc", "route53_zone_vpc.zone", "route53_zone.id")
      .selectAll("route53_zone")
      .where("route53_zone_vpc.vpc", "=", vpc.id)
      .where("route53_zone_vpc.associated", "=", 1)
      .where("route53_zone.id", ">", page.after)
      .orderBy("route53_zone.id")
      .limit(page.limit + 1)
      .execute();
    const { items, ...rest } = page.cut(found.map(hostedZoneOf), ({ id }) => id);
    return {
      HostedZoneSummaries: items.map(({ id, name, account, linkedService }) => ({
        HostedZoneId: id,
        Name: name,
        Owner:
          linkedService === undefined
            ? { OwningAccount: account }
            : { OwningService: linkedService.servicePrincipal },
      })),
      MaxItems: page.limit,
      ...rest,
    };
  },
};
