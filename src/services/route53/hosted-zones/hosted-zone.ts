import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { type DnsName, DnsNameError, parseDnsName } from "../../../kernel/dns/name.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { bareId, route53Arn, shownId } from "../arn.ts";
import { invalidDomainName, noSuchHostedZone } from "../faults.ts";
import { isCloudMap } from "../principal.ts";
import type { Route53Tables } from "../store.ts";
import type { HostedZoneRow } from "./hosted-zone-store.ts";

/** What a zone's row keeps as a document. */
export interface HostedZoneDocument {
  readonly comment?: string;
  /** The service that made it and alone may change it. */
  readonly linkedService?: { readonly servicePrincipal: string; readonly description: string };
  readonly nameServers: readonly string[];
  readonly tags: readonly Tag[];
}

/** A hosted zone. */
export interface HostedZone extends HostedZoneDocument {
  readonly id: string;
  readonly account: AccountId;
  readonly name: DnsName;
  readonly isPrivate: boolean;
  readonly callerReference: string;
  readonly delegationSet: string | undefined;
  readonly recordCount: number;
  readonly version: number;
}

/** A row as a zone. */
export function hostedZoneOf(row: HostedZoneRow): HostedZone {
  return {
    ...(JSON.parse(row.document) as HostedZoneDocument),
    id: row.id,
    account: row.account as AccountId,
    name: row.name,
    isPrivate: row.private === 1,
    callerReference: row.caller_reference,
    delegationSet: row.delegation_set ?? undefined,
    recordCount: row.record_count,
    version: row.version,
  };
}

/** The zone with an id, of any account. */
export async function findHostedZone(rows: Rows, id: string): Promise<HostedZone | undefined> {
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone")
    .selectAll()
    .where("id", "=", bareId(id))
    .executeTakeFirst();
  return row === undefined ? undefined : hostedZoneOf(row);
}

/** The account's zone with an id. Throws `NoSuchHostedZone`. */
export async function needHostedZone(
  rows: Rows,
  { account }: Pick<CallContext, "account">,
  id: string | undefined,
): Promise<HostedZone> {
  const zone = await findHostedZone(rows, id ?? "");
  if (zone?.account !== account) throw noSuchHostedZone(bareId(id ?? ""));
  return zone;
}

/** The account's zone, which the caller may change. Throws `NoSuchHostedZone`; `AccessDenied` when it is a service's. */
export async function needEditableZone(
  rows: Rows,
  ctx: CallContext,
  id: string | undefined,
): Promise<HostedZone> {
  const zone = await needHostedZone(rows, ctx, id);
  checkMayEdit(ctx, zone);
  return zone;
}

/** AWS: what Cloud Map made is changed through Cloud Map alone. */
export function checkMayEdit(ctx: CallContext, { id, linkedService }: HostedZone): void {
  if (linkedService === undefined || isCloudMap(ctx)) return;
  throw new Fault(
    "AccessDenied",
    `The resource hostedzone/${id} can only be managed through AWS Cloud Map (${linkedService.description})`,
    { status: 403 },
  );
}

/** Writes what a zone's row keeps as a document. */
export async function keepDocument(tx: Tx, zone: HostedZone): Promise<void> {
  await tx
    .tables<Route53Tables>()
    .updateTable("route53_zone")
    .set({ document: documentText(zone) })
    .where("id", "=", zone.id)
    .execute();
}

/** The document of a zone's row. */
export function documentText(zone: HostedZoneDocument): string {
  const { comment, linkedService, nameServers, tags } = zone;
  return JSON.stringify({ comment, linkedService, nameServers, tags });
}

/** The VPCs in which a private zone answers. */
export async function vpcsOf(rows: Rows, zone: string): Promise<route53.VPC[]> {
  const found = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone_vpc")
    .select(["vpc", "region"])
    .where("zone", "=", zone)
    .where("associated", "=", 1)
    .orderBy("vpc")
    .execute();
  return found.map(({ vpc, region }) => ({ VPCRegion: region as route53.VPCRegion, VPCId: vpc }));
}

/** A zone as answers show it. */
export function wireZone(zone: HostedZone): route53.HostedZone {
  const { linkedService } = zone;
  return {
    Id: shownId("hostedzone", zone.id),
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: {
      ...(zone.comment !== undefined && { Comment: zone.comment }),
      PrivateZone: zone.isPrivate,
    },
    ResourceRecordSetCount: zone.recordCount,
    ...(linkedService !== undefined && {
      LinkedService: {
        ServicePrincipal: linkedService.servicePrincipal,
        Description: linkedService.description,
      },
    }),
  };
}

/** The name servers of a public zone as answers show them. */
export function wireDelegationSet(zone: HostedZone): route53.DelegationSet {
  const { delegationSet, nameServers } = zone;
  return {
    ...(delegationSet !== undefined && { Id: shownId("delegationset", delegationSet) }),
    NameServers: [...nameServers],
  };
}

/** Reads a name of the input. Throws `InvalidDomainName`. */
export function needDnsName(text: string | undefined): DnsName {
  try {
    return parseDnsName(text ?? "");
  } catch (error) {
    if (error instanceof DnsNameError) throw invalidDomainName(text ?? "", error.message);
    throw error;
  }
}

/** Asks for an action on one zone. */
export function onZone(
  action: string,
  id: string | undefined,
  context?: Readonly<Record<string, string | readonly string[] | undefined>>,
) {
  return [
    {
      action: `route53:${action}`,
      resource: route53Arn("hostedzone", id),
      ...(context !== undefined && { context }),
    },
  ];
}

/** Notes the delegation set that has been made of a zone's name servers. */
export async function keepZonesSet(tx: Tx, zone: string, set: string): Promise<void> {
  await tx
    .tables<Route53Tables>()
    .updateTable("route53_zone")
    .set({ delegation_set: set })
    .where("id", "=", zone)
    .execute();
}
