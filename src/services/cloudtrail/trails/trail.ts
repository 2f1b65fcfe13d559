import type * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { formatArn, parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import type { CloudTrailTables, TrailRow } from "../store.ts";

/** CloudTrail in its own name: its trails need no role. */
export const cloudTrailPrincipal = "cloudtrail.amazonaws.com";

/** A trail by its name, which is unique in a region of an account. */
export interface TrailKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

/** All of a trail that no query looks for. Times are epoch ms. */
export interface TrailDocument {
  readonly bucket: string;
  readonly prefix?: string;
  readonly globalEvents: boolean;
  readonly multiRegion: boolean;
  /** A log group's ARN, and the role by which it is written to. */
  readonly logGroup?: string;
  readonly logRole?: string;
  readonly selectors?: readonly cloudtrail.EventSelector[];
  readonly advanced?: readonly cloudtrail.AdvancedEventSelector[];
  readonly tags: readonly Tag[];
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly deliveredAt?: number;
  readonly deliveryError?: string;
  readonly logsDeliveredAt?: number;
  readonly logsError?: string;
}

/** A trail, which delivers the events of its account to a bucket. */
export interface DeliveringTrail extends TrailKey {
  readonly arn: Arn;
  readonly logging: boolean;
  readonly deliveredUntil: number;
  readonly document: TrailDocument;
}

export function trailArn({ account, region, name }: TrailKey): Arn {
  return formatArn("cloudtrail", region, account, `trail/${name}`);
}

function trailFrom(row: TrailRow): DeliveringTrail {
  const key = { account: row.account as AccountId, region: row.region as Region, name: row.name };
  return {
    ...key,
    arn: trailArn(key),
    logging: row.logging === 1,
    deliveredUntil: row.delivered_until,
    document: JSON.parse(row.document) as TrailDocument,
  };
}

/** The trails of an account, by home region and name. */
export async function listTrails(rows: Rows, account: AccountId): Promise<readonly DeliveringTrail[]> {
  const found = await rows
    .tables<CloudTrailTables>()
    .selectFrom("cloudtrail_trail")
    .selectAll()
    .where("account", "=", account)
    .orderBy("region")
    .orderBy("name")
    .execute();
  return found.map(trailFrom);
}

/** A trail, or `undefined`. */
export async function findTrail(rows: Rows, key: TrailKey): Promise<DeliveringTrail | undefined> {
  return (await listTrails(rows, key.account)).find(
    ({ region, name }) => region === key.region && name === key.name,
  );
}

/** The trail that a call names by its name or its ARN: a name means one of the region. */
export function keyOfTrail(ctx: Omit<TrailKey, "name">, named: string | undefined): TrailKey {
  const { account, region } = ctx;
  const arn = parseArn(named ?? "");
  if (arn === undefined) return { account, region, name: named ?? "" };
  const [, name] = /^trail\/(.+)$/.exec(arn.resource) ?? [];
  if (arn.service !== "cloudtrail" || name === undefined) {
    throw new Fault("CloudTrailARNInvalidException", `${named} is not a valid trail ARN.`);
  }
  return { account: arn.account as AccountId, region: arn.region as Region, name };
}

/** @throws Fault `TrailNotFoundException`, also for a trail of another account. */
export async function needTrail(
  rows: Rows,
  ctx: Omit<TrailKey, "name">,
  named: string | undefined,
): Promise<DeliveringTrail> {
  const key = keyOfTrail(ctx, named);
  const found = key.account === ctx.account ? await findTrail(rows, key) : undefined;
  if (found !== undefined) return found;
  throw new Fault("TrailNotFoundException", `Unknown trail: ${trailArn(key)} for the user: ${ctx.account}`);
}

/** Writes a trail, a new one or what has changed of one. */
export async function keepTrail(tx: Tx, trail: Omit<DeliveringTrail, "arn">): Promise<DeliveringTrail> {
  const row: TrailRow = {
    account: trail.account,
    region: trail.region,
    name: trail.name,
    logging: trail.logging ? 1 : 0,
    delivered_until: trail.deliveredUntil,
    document: JSON.stringify(trail.document),
  };
  await tx
    .tables<CloudTrailTables>()
    .insertInto("cloudtrail_trail")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(row))
    .execute();
  return trailFrom(row);
}

export async function deleteTrailRow(tx: Tx, { account, region, name }: TrailKey): Promise<void> {
  await tx
    .tables<CloudTrailTables>()
    .deleteFrom("cloudtrail_trail")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .execute();
}

/** The queue of trails whose events are to be delivered. */
export const trailQueue = "cloudtrail.trails";

export async function enqueueTrail(tx: Tx, key: TrailKey, notBefore: number): Promise<void> {
  await tx.enqueue({
    queue: trailQueue,
    key: trailArn(key),
    account: key.account,
    region: key.region,
    payload: { name: key.name },
    notBefore,
  });
}

/** The trail that a job is about. */
export function trailOfJob(job: Job): TrailKey {
  const { name } = job.payload as { readonly name: string };
  return { account: job.account, region: job.region, name };
}
