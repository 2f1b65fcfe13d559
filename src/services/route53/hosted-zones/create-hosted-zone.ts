import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { rootName, sortKey } from "../../../kernel/dns/name.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { bareId, locationOf, newId } from "../arn.ts";
import { newChangeId, noteChange } from "../changes.ts";
import { invalidDomainName, invalidInput, noSuchDelegationSet } from "../faults.ts";
import { mostZones } from "../limits.ts";
import { cloudMapPrincipal, isCloudMap } from "../principal.ts";
import { keepRecordSet } from "../record-sets/record-set.ts";
import type { Route53Tables } from "../store.ts";
import { needVpc, notAuthorisedVpc, ownsVpc, type VpcName, vpcKey } from "../vpc.ts";
import { checkNoOverlap } from "./associations.ts";
import { documentText, type HostedZone, needDnsName, wireDelegationSet, wireZone } from "./hosted-zone.ts";
import { drawNameServers, privateNameServers } from "./name-servers.ts";

/** What is drawn before the transaction. */
interface Drawn {
  readonly zone: string;
  readonly change: string;
  readonly nameServers: readonly string[];
  readonly vpc: VpcName | undefined;
}

/** Makes a hosted zone with its SOA and NS records. */
export const createHostedZone: WriteOperation<typeof route53, "CreateHostedZone", Drawn> = {
  name: "CreateHostedZone",
  authorise: ({ VPC }) => [{ action: "route53:CreateHostedZone", resource: "*", context: vpcKey(VPC) }],
  async prepare(ctx, { VPC }) {
    const vpc = VPC === undefined ? undefined : needVpc(VPC);
    if (vpc !== undefined && !(await ownsVpc(ctx, vpc))) throw notAuthorisedVpc(vpc);
    return {
      zone: newId("Z", ctx.random),
      change: newChangeId(ctx),
      nameServers: drawNameServers(ctx.random),
      vpc,
    };
  },
  async commit(tx, ctx, input, { zone: id, change, nameServers, vpc }) {
    const { CallerReference: callerReference = "", HostedZoneConfig: config } = input;
    const name = needDnsName(input.Name);
    if (name === rootName) throw invalidDomainName(input.Name ?? "", "the root has no hosted zone");
    // AWS: a private zone is one with a VPC.
    if (vpc === undefined && config?.PrivateZone === true)
      throw invalidInput("You must specify a VPC when you create a private hosted zone.");
    await checkNew(tx, ctx, callerReference);
    const set = await delegationSetOf(tx, ctx, input.DelegationSetId);
    if (vpc !== undefined && set !== undefined)
      throw invalidInput("A reusable delegation set can not be used with a private hosted zone.");
    const zone: HostedZone = {
      id,
      account: ctx.account,
      name,
      isPrivate: vpc !== undefined,
      callerReference,
      delegationSet: set?.id,
      recordCount: 2,
      version: 0,
      ...(config?.Comment !== undefined && { comment: config.Comment }),
      ...(isCloudMap(ctx) && {
        linkedService: {
          servicePrincipal: cloudMapPrincipal,
          description: config?.Comment ?? "a Cloud Map namespace",
        },
      }),
      nameServers: vpc === undefined ? (set?.nameServers ?? nameServers) : privateNameServers,
      tags: [],
    };
    await insertZone(tx, ctx, zone);
    if (vpc !== undefined) {
      await checkNoOverlap(tx, zone, vpc);
      await tx
        .tables<Route53Tables>()
        .insertInto("route53_zone_vpc")
        .values({ zone: id, vpc: vpc.id, region: vpc.region, associated: 1, authorised: 0 })
        .execute();
    }
    return {
      HostedZone: wireZone(zone),
      ChangeInfo: await noteChange(tx, ctx, change),
      DelegationSet: wireDelegationSet(zone),
      ...(vpc !== undefined && { VPC: { VPCRegion: vpc.region as route53.VPCRegion, VPCId: vpc.id } }),
      Location: locationOf(`hostedzone/${id}`),
    };
  },
};

async function checkNew(rows: Rows, { account }: CallContext, reference: string): Promise<void> {
  const zones = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone")
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .where("account", "=", account)
    .executeTakeFirst();
  if (Number(zones?.all ?? 0) >= mostZones) {
    throw new Fault(
      "TooManyHostedZones",
      "This operation can't be completed because the current account has reached the limit on the number of hosted zones.",
    );
  }
  const same = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_zone")
    .select("id")
    .where("account", "=", account)
    .where("caller_reference", "=", reference)
    .executeTakeFirst();
  if (same !== undefined) {
    throw new Fault(
      "HostedZoneAlreadyExists",
      "A hosted zone has already been created with the specified caller reference.",
    );
  }
}

async function delegationSetOf(rows: Rows, { account }: CallContext, given: string | undefined) {
  if (given === undefined) return undefined;
  const id = bareId(given);
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_delegation_set")
    .selectAll()
    .where("id", "=", id)
    .where("account", "=", account)
    .executeTakeFirst();
  if (row === undefined) throw noSuchDelegationSet(id);
  return { id, nameServers: JSON.parse(row.name_servers) as readonly string[] };
}

/** Writes the zone with the two record sets that every zone has (Developer Guide, "NS and SOA records"). */
async function insertZone(tx: Tx, ctx: CallContext, zone: HostedZone): Promise<void> {
  await tx
    .tables<Route53Tables>()
    .insertInto("route53_zone")
    .values({
      id: zone.id,
      account: zone.account,
      name: zone.name,
      name_key: sortKey(zone.name),
      private: zone.isPrivate ? 1 : 0,
      caller_reference: zone.callerReference,
      delegation_set: zone.delegationSet ?? null,
      record_count: zone.recordCount,
      version: zone.version,
      created_at: ctx.now,
      document: documentText(zone),
    })
    .execute();
  const [primary = ""] = zone.isPrivate ? zone.nameServers.slice(3) : zone.nameServers;
  await keepRecordSet(tx, zone.id, {
    name: zone.name,
    type: "NS",
    ttl: 172_800,
    values: zone.nameServers.map((server) => `${server}.`),
  });
  await keepRecordSet(tx, zone.id, {
    name: zone.name,
    type: "SOA",
    ttl: 900,
    values: [`${primary}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`],
  });
}
