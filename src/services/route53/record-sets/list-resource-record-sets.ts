import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { sortKey } from "../../../kernel/dns/name.ts";
import { invalidInput } from "../faults.ts";
import { needDnsName, needHostedZone, onZone } from "../hosted-zones/hosted-zone.ts";
import { pageSize } from "../page.ts";
import type { Route53Tables } from "../store.ts";
import { recordSetOf, wireRecordSet } from "./record-set.ts";

/** AWS: as many record sets as one answer has at most. */
const mostRecordSets = 300;

/** The record sets of a zone by name (labels reversed), type and identifier, from where the request says. */
export const listResourceRecordSets: ReadOperation<typeof route53, "ListResourceRecordSets"> = {
  name: "ListResourceRecordSets",
  authorise: ({ HostedZoneId }) => onZone("ListResourceRecordSets", HostedZoneId),
  async read(ctx, input) {
    const { StartRecordName, StartRecordType = "", StartRecordIdentifier = "", MaxItems } = input;
    const zone = await needHostedZone(ctx.rows, ctx, input.HostedZoneId);
    const limit = pageSize(MaxItems, mostRecordSets);
    if (StartRecordType !== "" && StartRecordName === undefined)
      throw invalidInput("The input is not valid: a record type was given without a record name.");
    if (StartRecordIdentifier !== "" && StartRecordType === "")
      throw invalidInput("The input is not valid: a record identifier was given without a record type.");
    const from = StartRecordName === undefined ? "" : sortKey(needDnsName(StartRecordName));
    const rows = await ctx.rows
      .tables<Route53Tables>()
      .selectFrom("route53_record")
      .select("document")
      .where("zone", "=", zone.id)
      .where((where) =>
        where.or([
          where("name_key", ">", from),
          where.and([where("name_key", "=", from), where("type", ">", StartRecordType)]),
          where.and([
            where("name_key", "=", from),
            where("type", "=", StartRecordType),
            where("set_identifier", ">=", StartRecordIdentifier),
          ]),
        ]),
      )
      .orderBy("name_key")
      .orderBy("type")
      .orderBy("set_identifier")
      .limit(limit + 1)
      .execute();
    const sets = rows.map(recordSetOf);
    const next = sets[limit];
    return {
      ResourceRecordSets: sets.slice(0, limit).map(wireRecordSet),
      IsTruncated: next !== undefined,
      ...(next !== undefined && {
        NextRecordName: next.name,
        NextRecordType: next.type,
        ...(next.setIdentifier !== undefined && { NextRecordIdentifier: next.setIdentifier }),
      }),
      MaxItems: limit,
    };
  },
};
