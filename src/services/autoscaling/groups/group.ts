import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type GroupKey, groupArn, type Scope } from "../arn.ts";
import { groupNotFound, validation } from "../faults.ts";
import type { GroupInstance } from "../instances/instance.ts";
import type { LifecycleHook } from "../lifecycle-hooks/hook.ts";
import type { ScalingPolicy } from "../policies/policy.ts";
import type { InstanceRefresh } from "../refreshes/refresh.ts";
import type { ScheduledAction } from "../scheduled-actions/action.ts";
import type { AutoScalingTables, GroupRow } from "../store.ts";
import { enqueueGroup } from "./group-job.ts";

/** A tag of a group. */
export interface GroupTag extends Tag {
  /** Whether the instances that the group launches get it. */
  readonly atLaunch: boolean;
}

/** What instances are launched from. */
export type LaunchSource =
  | { readonly from: "configuration"; readonly name: string }
  | { readonly from: "template"; readonly template: TemplateVersion }
  | {
      readonly from: "mixed";
      readonly template: TemplateVersion;
      readonly policy: autoscaling.MixedInstancesPolicy;
    };

/** A launch template with the version that was asked for: a number, `$Default` or `$Latest`. */
export interface TemplateVersion {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** All of a group that no query looks for. Times are epoch ms, lengths of time seconds. */
export interface GroupDocument {
  readonly launch: LaunchSource;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly cooldown: number;
  readonly zones: readonly string[];
  /** Each subnet's id with its zone; empty where zones were given: then their default subnets are meant. */
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  readonly targetGroups: readonly string[];
  readonly healthCheckType: string;
  readonly gracePeriod: number;
  readonly terminationPolicies: readonly string[];
  /** NewInstancesProtectedFromScaleIn. */
  readonly protectNew: boolean;
  readonly maxLifetime?: number;
  readonly warmup?: number;
  readonly context?: string;
  readonly deletionProtection?: autoscaling.DeletionProtection;
  readonly maintenance?: autoscaling.InstanceMaintenancePolicy;
  readonly roleArn: string;
  readonly tags: readonly GroupTag[];
  /** Suspended processes with the reason. */
  readonly suspended: Readonly<Record<string, string>>;
  /** Group metrics that are published. */
  readonly metrics: readonly string[];
  readonly instances: readonly GroupInstance[];
  readonly hooks: readonly LifecycleHook[];
  readonly policies: readonly ScalingPolicy[];
  readonly actions: readonly ScheduledAction[];
  readonly refreshes: readonly InstanceRefresh[];
  /** Why the desired capacity is what it is: the first sentence of the causes of what follows. */
  readonly intent?: string;
  /** When the number of its instances last changed: measurements from before are not scaled by. */
  readonly scaledAt?: number;
  /** Until when simple scaling waits. */
  readonly cooldownUntil?: number;
  /** After launches that failed: how many in a row, and until when none is tried. */
  readonly failure?: { readonly times: number; readonly until: number };
  /** Deleted by force: it goes with its last instance. */
  readonly deleting?: true;
}

/** An Auto Scaling group. */
export interface Group extends GroupKey {
  readonly id: string;
  readonly arn: Arn;
  readonly version: number;
  readonly createdAt: number;
  readonly document: GroupDocument;
}

function groupFrom(row: GroupRow): Group {
  const key = { account: row.account as AccountId, region: row.region as Region, name: row.name };
  return {
    ...key,
    id: row.id,
    arn: groupArn(key, row.id),
    version: row.version,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as GroupDocument,
  };
}

/** The groups of a region, by name. */
export async function listGroups(rows: Rows, { account, region }: Scope): Promise<readonly Group[]> {
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_group")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .orderBy("name")
    .execute();
  return found.map(groupFrom);
}

/** A group by its name, or `undefined`. */
export async function findGroup(rows: Rows, key: GroupKey): Promise<Group | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_group")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && groupFrom(row);
}

/** @throws Fault `ValidationError`. */
export async function needGroup(rows: Rows, scope: Scope, name: string | undefined): Promise<Group> {
  const key = { account: scope.account, region: scope.region, name: name ?? "" };
  const found = await findGroup(rows, key);
  if (found === undefined) throw groupNotFound();
  return found;
}

/** AWS: nothing changes of a group that is being deleted. @throws Fault `ValidationError`. */
export function refuseDeleting({ document }: Group): void {
  if (document.deleting === true) throw validation("AutoScalingGroup is pending delete");
}

/** Writes a new group and has it looked after. */
export async function insertGroup(tx: Tx, group: Omit<Group, "arn" | "version">): Promise<Group> {
  const row: GroupRow = {
    account: group.account,
    region: group.region,
    name: group.name,
    id: group.id,
    version: 1,
    created_at: group.createdAt,
    document: JSON.stringify(group.document),
  };
  await tx.tables<AutoScalingTables>().insertInto("autoscaling_group").values(row).execute();
  await enqueueGroup(tx, group);
  return groupFrom(row);
}

/** Writes what has changed of a group, as its next version, and has it looked after. */
export async function changeGroup(tx: Tx, group: Group, change: Partial<GroupDocument>): Promise<Group> {
  const changed = await writeGroup(tx, group, { ...group.document, ...change });
  await enqueueGroup(tx, group);
  return changed;
}

/** Writes a group's next version and wakes nobody: for whoever looks after it. */
export async function writeGroup(tx: Tx, group: Group, document: GroupDocument): Promise<Group> {
  const version = group.version + 1;
  await tx
    .tables<AutoScalingTables>()
    .updateTable("autoscaling_group")
    .set({ version, document: JSON.stringify(document) })
    .where("account", "=", group.account)
    .where("region", "=", group.region)
    .where("name", "=", group.name)
    .execute();
  return { ...group, version, document };
}

export async function deleteGroupRow(tx: Tx, { account, region, name }: GroupKey): Promise<void> {
  await tx
    .tables<AutoScalingTables>()
    .deleteFrom("autoscaling_group")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .execute();
  await tx.bumpEpoch(account);
}
