import type * as route53 from "@aws-sdk/client-route-53";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { parseDnsName } from "../../../kernel/dns/name.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { newChangeId, noteChange } from "../changes.ts";
import { noSuchHealthCheck } from "../health-checks/health-check.ts";
import { needEditableZone, onZone } from "../hosted-zones/hosted-zone.ts";
import { mostRecordSets } from "../limits.ts";
import type { Route53Tables } from "../store.ts";
import { applyBatch } from "./change-batch.ts";
import { type RecordChange, readChange } from "./read-change.ts";
import { keepRecordSet, recordSetsOf, removeRecordSet } from "./record-set.ts";

/* API Reference, "ChangeResourceRecordSets": limits of one request, in which an UPSERT counts twice. */
const mostRecords = 1000;
const mostCharacters = 32_000;

/** Changes the record sets of a zone, all of a batch or none. */
export const changeResourceRecordSets: WriteOperation<
  typeof route53,
  "ChangeResourceRecordSets",
  { readonly change: string; readonly changes: readonly RecordChange[] }
> = {
  name: "ChangeResourceRecordSets",
  authorise: ({ HostedZoneId, ChangeBatch }) =>
    onZone("ChangeResourceRecordSets", HostedZoneId, changeKeys(ChangeBatch?.Changes ?? [])),
  async prepare(ctx, { ChangeBatch }) {
    const changes = (ChangeBatch?.Changes ?? []).map(readChange);
    checkSize(changes);
    return { change: newChangeId(ctx), changes };
  },
  async commit(tx, ctx, { HostedZoneId, ChangeBatch }, { change, changes }) {
    const zone = await needEditableZone(tx, ctx, HostedZoneId);
    const names = changes.flatMap(({ set }) => [
      set.name,
      ...(set.alias?.zone === zone.id ? [set.alias.name] : []),
    ]);
    const existing = await recordSetsOf(tx, zone.id, names);
    await checkHealthChecks(tx, ctx.account, changes);
    const { problems, put, removed } = applyBatch(zone, existing, changes);
    if (problems.length > 0) throw invalidBatch(problems);
    for (const set of removed) await removeRecordSet(tx, zone.id, set);
    for (const set of put) await keepRecordSet(tx, zone.id, set);
    const recordCount = await countRecords(tx, zone.id);
    if (recordCount > mostRecordSets)
      throw new Fault(
        "LimitsExceeded",
        `The hosted zone has reached the limit of ${mostRecordSets} records.`,
      );
    await tx
      .tables<Route53Tables>()
      .updateTable("route53_zone")
      .set(({ eb }) => ({ record_count: recordCount, version: eb("version", "+", 1) }))
      .where("id", "=", zone.id)
      .execute();
    return { ChangeInfo: await noteChange(tx, ctx, change, ChangeBatch?.Comment) };
  },
};

/** `route53:ChangeResourceRecordSets…`: each value that is in the batch once (Developer Guide, "Using IAM policy conditions"). */
function changeKeys(changes: readonly route53.Change[]): Readonly<Record<string, readonly string[]>> {
  const values = (of: (change: route53.Change) => string | undefined): readonly string[] => [
    ...new Set(changes.flatMap((change) => of(change) ?? [])),
  ];
  return {
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": values(({ ResourceRecordSet }) =>
      normalizedName(ResourceRecordSet?.Name),
    ),
    "route53:ChangeResourceRecordSetsRecordTypes": values(({ ResourceRecordSet }) => ResourceRecordSet?.Type),
    "route53:ChangeResourceRecordSetsActions": values(({ Action }) => Action),
  };
}

/** Lower case, without the last dot, other characters as `\ooo`; a text that is no name stays what it is. */
function normalizedName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDnsName(text).replace(/\.$/, "");
  } catch {
    return text.toLowerCase();
  }
}

function checkSize(changes: readonly RecordChange[]): void {
  let records = 0;
  let characters = 0;
  for (const { action, set } of changes) {
    const times = action === "UPSERT" ? 2 : 1;
    records += times * (set.values?.length ?? 1);
    characters += times * (set.values ?? []).reduce((sum, value) => sum + value.length, 0);
  }
  if (records > mostRecords) throw invalidBatch([`Number of records limit of ${mostRecords} exceeded.`]);
  if (characters > mostCharacters)
    throw invalidBatch([`Number of characters limit of ${mostCharacters} exceeded.`]);
}

function invalidBatch(problems: readonly string[]): Fault {
  return new Fault("InvalidChangeBatch", `[${problems.slice(0, 100).join(", ")}]`);
}

async function checkHealthChecks(
  rows: Rows,
  account: string,
  changes: readonly RecordChange[],
): Promise<void> {
  const named = new Set(
    changes.flatMap(({ action, set }) => (action === "DELETE" ? [] : (set.healthCheck ?? []))),
  );
  if (named.size === 0) return;
  const found = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_health_check")
    .select("id")
    .where("account", "=", account)
    .where("id", "in", [...named])
    .execute();
  for (const { id } of found) named.delete(id);
  const [absent] = named;
  if (absent !== undefined) throw noSuchHealthCheck(absent);
}

async function countRecords(rows: Rows, zone: string): Promise<number> {
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_record")
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .where("zone", "=", zone)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}
