import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { newChangeId, noteChange } from "../changes.ts";
import { countOf } from "../limits.ts";
import type { Route53Tables } from "../store.ts";
import {
  keepDocument,
  needEditableZone,
  needHostedZone,
  onZone,
  vpcsOf,
  wireDelegationSet,
  wireZone,
} from "./hosted-zone.ts";

export const getHostedZone: ReadOperation<typeof route53, "GetHostedZone"> = {
  name: "GetHostedZone",
  authorise: ({ Id }) => onZone("GetHostedZone", Id),
  async read(ctx, { Id }) {
    const zone = await needHostedZone(ctx.rows, ctx, Id);
    return {
      HostedZone: wireZone(zone),
      ...(zone.isPrivate
        ? { VPCs: await vpcsOf(ctx.rows, zone.id) }
        : { DelegationSet: wireDelegationSet(zone) }),
    };
  },
};

/** AWS: only a zone that has nothing but its own NS and SOA records. */
export const deleteHostedZone: WriteOperation<typeof route53, "DeleteHostedZone", string> = {
  name: "DeleteHostedZone",
  authorise: ({ Id }) => onZone("DeleteHostedZone", Id),
  prepare: async (ctx) => newChangeId(ctx),
  async commit(tx, ctx, { Id }, change) {
    const zone = await needEditableZone(tx, ctx, Id);
    if (zone.recordCount > 2) {
      throw new Fault(
        "HostedZoneNotEmpty",
        "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.",
      );
    }
    const tables = tx.tables<Route53Tables>();
    await tables.deleteFrom("route53_record").where("zone", "=", zone.id).execute();
    await tables.deleteFrom("route53_zone_vpc").where("zone", "=", zone.id).execute();
    await tables.deleteFrom("route53_zone").where("id", "=", zone.id).execute();
    return { ChangeInfo: await noteChange(tx, ctx, change) };
  },
};

export const updateHostedZoneComment: WriteOperation<typeof route53, "UpdateHostedZoneComment"> = {
  name: "UpdateHostedZoneComment",
  authorise: ({ Id }) => onZone("UpdateHostedZoneComment", Id),
  async commit(tx, ctx, { Id, Comment }) {
    const { comment: _, ...zone } = await needEditableZone(tx, ctx, Id);
    // AWS: without a comment the one that is there goes.
    const changed = { ...zone, ...(Comment !== undefined && Comment !== "" && { comment: Comment }) };
    await keepDocument(tx, changed);
    return { HostedZone: wireZone(changed) };
  },
};

export const getHostedZoneCount: ReadOperation<typeof route53, "GetHostedZoneCount"> = {
  name: "GetHostedZoneCount",
  authorise: () => [{ action: "route53:GetHostedZoneCount", resource: "*" }],
  read: async ({ rows, account }) => ({ HostedZoneCount: await countOf(rows, "route53_zone", account) }),
};

/** Zones are not signed here: EnableHostedZoneDNSSEC is refused. */
export const getDnssec: ReadOperation<typeof route53, "GetDNSSEC"> = {
  name: "GetDNSSEC",
  authorise: ({ HostedZoneId }) => onZone("GetDNSSEC", HostedZoneId),
  async read(ctx, { HostedZoneId }) {
    const zone = await needHostedZone(ctx.rows, ctx, HostedZoneId);
    if (zone.isPrivate)
      throw new Fault("InvalidArgument", "Hosted zone is a private hosted zone: DNSSEC is not supported.");
    return { Status: { ServeSignature: "NOT_SIGNING" }, KeySigningKeys: [] };
  },
};
