import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { bareId } from "../arn.ts";
import { newChangeId, noteChange } from "../changes.ts";
import { noSuchHostedZone } from "../faults.ts";
import { mostVpcs, vpcCount } from "../limits.ts";
import { tokenPage } from "../page.ts";
import type { Route53Tables } from "../store.ts";
import { needVpc, notAuthorisedVpc, ownsVpc, type VpcName, vpcKey } from "../vpc.ts";
import {
  checkMayEdit,
  findHostedZone,
  type HostedZone,
  needEditableZone,
  needHostedZone,
  onZone,
} from "./hosted-zone.ts";
import type { ZoneVpcRow } from "./hosted-zone-store.ts";

interface Asked {
  readonly vpc: VpcName;
  /** Whether the VPC is of the caller's account. */
  readonly own: boolean;
  readonly change: string;
}

/** Has a private zone answer in one more VPC; in one of another account, once that was authorised. */
export const associateVpc: WriteOperation<typeof route53, "AssociateVPCWithHostedZone", Asked> = {
  name: "AssociateVPCWithHostedZone",
  authorise: ({ HostedZoneId, VPC }) => onZone("AssociateVPCWithHostedZone", HostedZoneId, vpcKey(VPC)),
  prepare: (ctx, { VPC }) => asked(ctx, VPC),
  async commit(tx, ctx, { HostedZoneId = "", Comment }, { vpc, own, change }) {
    const zone = await findHostedZone(tx, HostedZoneId);
    if (zone === undefined) throw noSuchHostedZone(bareId(HostedZoneId));
    const link = await linkOf(tx, zone.id, vpc);
    // AWS: the VPC's owner associates it; another account's zone must have authorised that.
    if (!own || (zone.account !== ctx.account && link?.authorised !== 1)) throw notAuthorisedVpc(vpc);
    checkMayEdit(ctx, zone);
    if (!zone.isPrivate) {
      throw new Fault(
        "PublicZoneVPCAssociation",
        "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support associating a VPC with a public hosted zone.",
      );
    }
    if (link?.associated !== 1) {
      await checkNoOverlap(tx, zone, vpc);
      if ((await vpcCount(tx, zone.id)) >= mostVpcs)
        throw new Fault("LimitsExceeded", "The hosted zone has reached the limit of associated VPCs.");
      await keepLink(tx, {
        zone: zone.id,
        vpc: vpc.id,
        region: vpc.region,
        associated: 1,
        authorised: link?.authorised ?? 0,
      });
    }
    return { ChangeInfo: await noteChange(tx, ctx, change, Comment) };
  },
};

/** Has a private zone answer no more in a VPC; the zone's owner and the VPC's may ask for that. */
export const disassociateVpc: WriteOperation<typeof route53, "DisassociateVPCFromHostedZone", Asked> = {
  name: "DisassociateVPCFromHostedZone",
  authorise: ({ HostedZoneId, VPC }) => onZone("DisassociateVPCFromHostedZone", HostedZoneId, vpcKey(VPC)),
  prepare: (ctx, { VPC }) => asked(ctx, VPC),
  async commit(tx, ctx, { HostedZoneId = "", Comment }, { vpc, own, change }) {
    const zone = await findHostedZone(tx, HostedZoneId);
    if (zone === undefined || (zone.account !== ctx.account && !own))
      throw noSuchHostedZone(bareId(HostedZoneId));
    checkMayEdit(ctx, zone);
    const link = await linkOf(tx, zone.id, vpc);
    if (link?.associated !== 1) {
      throw new Fault(
        "VPCAssociationNotFound",
        `The VPC: ${vpc.id} is not associated with the hosted zone: ${zone.id}.`,
      );
    }
    if ((await vpcCount(tx, zone.id)) === 1) {
      throw new Fault(
        "LastVPCAssociation",
        "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a hosted zone.",
      );
    }
    await keepLink(tx, { ...link, associated: 0 });
    return { ChangeInfo: await noteChange(tx, ctx, change, Comment) };
  },
};

async function asked(ctx: Parameters<typeof ownsVpc>[0], given: route53.VPC | undefined): Promise<Asked> {
  const vpc = needVpc(given);
  return { vpc, own: await ownsVpc(ctx, vpc), change: newChangeId(ctx) };
}

/** Lets the owner of a VPC of another account associate it with a zone. */
export const createVpcAuthorization: WriteOperation<typeof route53, "CreateVPCAssociationAuthorization"> = {
  name: "CreateVPCAssociationAuthorization",
  authorise: ({ HostedZoneId, VPC }) =>
    onZone("CreateVPCAssociationAuthorization", HostedZoneId, vpcKey(VPC)),
  async commit(tx, ctx, { HostedZoneId, VPC }) {
    const zone = await needEditableZone(tx, ctx, HostedZoneId);
    const vpc = needVpc(VPC);
    if (!zone.isPrivate)
      throw new Fault("InvalidInput", `The hosted zone ${zone.id} is not a private hosted zone.`);
    const authorised = await links(tx, zone.id).where("authorised", "=", 1).execute();
    if (authorised.length >= 1000) {
      throw new Fault(
        "TooManyVPCAssociationAuthorizations",
        "You've created the maximum number of authorizations that can be created for the specified hosted zone.",
      );
    }
    const link = await linkOf(tx, zone.id, vpc);
    await keepLink(tx, {
      zone: zone.id,
      vpc: vpc.id,
      region: vpc.region,
      associated: link?.associated ?? 0,
      authorised: 1,
    });
    return { HostedZoneId: zone.id, VPC: wireVpc({ vpc: vpc.id, region: vpc.region }) };
  },
};

/** Takes the permission back. AWS: an association that was made stays. */
export const deleteVpcAuthorization: WriteOperation<typeof route53, "DeleteVPCAssociationAuthorization"> = {
  name: "DeleteVPCAssociationAuthorization",
  authorise: ({ HostedZoneId, VPC }) =>
    onZone("DeleteVPCAssociationAuthorization", HostedZoneId, vpcKey(VPC)),
  async commit(tx, ctx, { HostedZoneId, VPC }) {
    const zone = await needEditableZone(tx, ctx, HostedZoneId);
    const vpc = needVpc(VPC);
    const link = await linkOf(tx, zone.id, vpc);
    if (link?.authorised !== 1) {
      throw new Fault(
        "VPCAssociationAuthorizationNotFound",
        "The VPC that you specified is not authorized to be associated with the hosted zone.",
      );
    }
    await keepLink(tx, { ...link, authorised: 0 });
    return {};
  },
};

export const listVpcAuthorizations: ReadOperation<typeof route53, "ListVPCAssociationAuthorizations"> = {
  name: "ListVPCAssociationAuthorizations",
  authorise: ({ HostedZoneId }) => onZone("ListVPCAssociationAuthorizations", HostedZoneId),
  async read(ctx, { HostedZoneId, NextToken, MaxResults }) {
    const zone = await needHostedZone(ctx.rows, ctx, HostedZoneId);
    const page = tokenPage(NextToken, MaxResults);
    const found = await links(ctx.rows, zone.id)
      .where("authorised", "=", 1)
      .where("vpc", ">", page.after)
      .orderBy("vpc")
      .limit(page.limit + 1)
      .execute();
    const { items, ...rest } = page.cut(found, ({ vpc }) => vpc);
    return { HostedZoneId: zone.id, VPCs: items.map(wireVpc), ...rest };
  },
};

/** AWS: two zones of one name cannot answer in one VPC. Throws `ConflictingDomainExists`. */
export async function checkNoOverlap(rows: Rows, zone: HostedZone, vpc: VpcName): Promise<void> {
  const other = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone_vpc")
    .innerJoin("route53_zone", "route53_zone.id", "route53_zone_vpc.zone")
    .select("route53_zone.id")
    .where("route53_zone_vpc.vpc", "=", vpc.id)
    .where("route53_zone_vpc.associated", "=", 1)
    .where("route53_zone.name", "=", zone.name)
    .where("route53_zone.id", "!=", zone.id)
    .executeTakeFirst();
  if (other === undefined) return;
  throw new Fault(
    "ConflictingDomainExists",
    `The VPC ${vpc.id} in region ${vpc.region} has already been associated with the hosted zone ${other.id} with the same domain name.`,
  );
}

function links(rows: Rows, zone: string) {
  return rows.tables<Route53Tables>().selectFrom("route53_zone_vpc").selectAll().where("zone", "=", zone);
}

function linkOf(rows: Rows, zone: string, vpc: VpcName): Promise<ZoneVpcRow | undefined> {
  return links(rows, zone).where("vpc", "=", vpc.id).executeTakeFirst();
}

async function keepLink(tx: Tx, row: ZoneVpcRow): Promise<void> {
  const tables = tx.tables<Route53Tables>();
  const { zone, vpc, associated, authorised } = row;
  if (associated === 0 && authorised === 0) {
    await tables.deleteFrom("route53_zone_vpc").where("zone", "=", zone).where("vpc", "=", vpc).execute();
    return;
  }
  await tables
    .insertInto("route53_zone_vpc")
    .values(row)
    .onConflict((conflict) => conflict.columns(["zone", "vpc"]).doUpdateSet({ associated, authorised }))
    .execute();
}

function wireVpc({ vpc, region }: Pick<ZoneVpcRow, "vpc" | "region">): route53.VPC {
  return { VPCRegion: region as route53.VPCRegion, VPCId: vpc };
}
