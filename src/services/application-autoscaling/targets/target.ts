import type { ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { roleArn, type Scope, type TargetKey, targetArn } from "../arn.ts";
import { objectNotFound } from "../faults.ts";
import { apiNames } from "../named.ts";
import type { AutoScalingTables, TargetRow } from "../store.ts";

/** What a target does not do for now. */
export interface Suspension {
  readonly scaleIn: boolean;
  readonly scaleOut: boolean;
  readonly scheduled: boolean;
}

/** The last scaling by policies in one direction, while its cooldown lasts. */
export interface Cooldown {
  /** Epoch ms. */
  readonly until: number;
  /** Desired count before and after. */
  readonly from: number;
  readonly to: number;
}

interface TargetDocument {
  readonly min: number;
  readonly max: number;
  readonly suspended: Suspension;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  readonly cooldowns: { readonly in?: Cooldown; readonly out?: Cooldown };
}

/** The desired count of a service of ECS, within its bounds. */
export interface Target extends TargetDocument {
  readonly key: TargetKey;
  readonly id: string;
}

function targetOfRow({ account, region, resource_id: resourceId, id, document }: TargetRow): Target {
  const key = { account: account as AccountId, region: region as Region, resourceId };
  return { key, id, ...(JSON.parse(document) as TargetDocument) };
}

/** The columns of what hangs on a target. */
export const targetColumns = ({ account, region, resourceId }: TargetKey) => ({
  account,
  region,
  resource_id: resourceId,
});

export async function findTarget(rows: Rows, key: TargetKey): Promise<Target | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_target")
    .selectAll()
    .where((is) => is.and(targetColumns(key)))
    .executeTakeFirst();
  return row && targetOfRow(row);
}

/** @throws Fault `ObjectNotFoundException` */
export async function needTarget(rows: Rows, key: TargetKey): Promise<Target> {
  const target = await findTarget(rows, key);
  if (target === undefined) throw objectNotFound("scalable target registered", key);
  return target;
}

/** The target with an ARN. */
export async function findTargetById(
  rows: Rows,
  { account, region, id }: Scope & { readonly id: string },
): Promise<Target | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_target")
    .selectAll()
    .where((is) => is.and({ account, region, id }))
    .executeTakeFirst();
  return row && targetOfRow(row);
}

/** Targets of an account in order of their resource ids. */
export async function listTargets(
  rows: Rows,
  { account, region }: Scope,
  page: { readonly after: string; readonly limit: number; readonly only?: readonly string[] | undefined },
): Promise<readonly Target[]> {
  const { after, limit, only } = page;
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_target")
    .selectAll()
    .where((is) => is.and({ account, region }))
    .where("resource_id", ">", after)
    .$if(only !== undefined && only.length > 0, (select) => select.where("resource_id", "in", only ?? []))
    .orderBy("resource_id")
    .limit(limit)
    .execute();
  return found.map(targetOfRow);
}

/** All targets of an account, in any region. */
export async function targetsOfAccount(rows: Rows, account: AccountId): Promise<readonly Target[]> {
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_target")
    .selectAll()
    .where("account", "=", account)
    .orderBy("region")
    .orderBy("resource_id")
    .execute();
  return found.map(targetOfRow);
}

/** Writes a target, new or changed. */
export async function keepTarget(tx: Tx, { key, id, ...document }: Target): Promise<void> {
  const values = { document: JSON.stringify(document) };
  await tx
    .tables<AutoScalingTables>()
    .insertInto("application_autoscaling_target")
    .values({ ...targetColumns(key), id, ...values })
    .onConflict((conflict) => conflict.columns(["account", "region", "resource_id"]).doUpdateSet(values))
    .execute();
}

/** A target as the API answers it. */
export function apiTarget({ key, id, min, max, suspended, createdAt }: Target): ScalableTarget {
  return {
    ...apiNames(key.resourceId),
    MinCapacity: min,
    MaxCapacity: max,
    RoleARN: roleArn(key.account),
    CreationTime: new Date(createdAt),
    SuspendedState: {
      DynamicScalingInSuspended: suspended.scaleIn,
      DynamicScalingOutSuspended: suspended.scaleOut,
      ScheduledScalingSuspended: suspended.scheduled,
    },
    ScalableTargetARN: targetArn(key, id),
  };
}
