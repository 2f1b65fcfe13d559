import type {
  ScalingPolicy,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type NamedKey, policyArn, type Scope, type TargetKey } from "../arn.ts";
import { apiNames } from "../named.ts";
import type { AutoScalingTables, PolicyRow } from "../store.ts";
import { targetColumns } from "../targets/target.ts";
import type { TrackingAlarm } from "./tracking-alarms.ts";

/** How a policy scales: by steps, or so that a metric stays at a value. */
export type PolicyRule =
  | { readonly type: "StepScaling"; readonly step: StepScalingPolicyConfiguration }
  | {
      readonly type: "TargetTrackingScaling";
      readonly tracking: TargetTrackingScalingPolicyConfiguration;
    };

interface PolicyDocument {
  /** A UUID. */
  readonly id: string;
  readonly rule: PolicyRule;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Those that a target tracking policy has made. */
  readonly alarms: readonly Pick<TrackingAlarm, "name" | "side">[];
}

/** A scaling policy of a target. */
export interface Policy extends PolicyDocument {
  readonly key: NamedKey;
}

function policyOfRow({ account, region, resource_id: resourceId, name, document }: PolicyRow): Policy {
  const key = { account: account as AccountId, region: region as Region, resourceId, name };
  return { key, ...(JSON.parse(document) as PolicyDocument) };
}

export async function findPolicy(rows: Rows, key: NamedKey): Promise<Policy | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_policy")
    .selectAll()
    .where((is) => is.and({ ...targetColumns(key), name: key.name }))
    .executeTakeFirst();
  return row && policyOfRow(row);
}

/** The policies of a target in order of their names. */
export async function policiesOf(rows: Rows, key: TargetKey): Promise<readonly Policy[]> {
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_policy")
    .selectAll()
    .where((is) => is.and(targetColumns(key)))
    .orderBy("name")
    .execute();
  return found.map(policyOfRow);
}

/** Policies of an account in order of resource and name. */
export async function listPolicies(
  rows: Rows,
  { account, region }: Scope,
  filter: {
    readonly resourceId?: string | undefined;
    readonly names?: readonly string[] | undefined;
    readonly after?: readonly string[] | undefined;
    readonly limit: number;
  },
): Promise<readonly Policy[]> {
  const { resourceId, names, after, limit } = filter;
  const [resource = "", name = ""] = after ?? [];
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("application_autoscaling_policy")
    .selectAll()
    .where((is) => is.and({ account, region }))
    .$if(resourceId !== undefined, (select) => select.where("resource_id", "=", resourceId ?? ""))
    .$if(names !== undefined && names.length > 0, (select) => select.where("name", "in", names ?? []))
    .where((is) =>
      is.or([
        is("resource_id", ">", resource),
        is.and([is("resource_id", "=", resource), is("name", ">", name)]),
      ]),
    )
    .orderBy("resource_id")
    .orderBy("name")
    .limit(limit)
    .execute();
  return found.map(policyOfRow);
}

/** Writes a policy, new or changed. */
export async function keepPolicy(tx: Tx, { key, ...document }: Policy): Promise<void> {
  const values = { document: JSON.stringify(document) };
  await tx
    .tables<AutoScalingTables>()
    .insertInto("application_autoscaling_policy")
    .values({ ...targetColumns(key), name: key.name, ...values })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "resource_id", "name"]).doUpdateSet(values),
    )
    .execute();
}

/** Removes one policy of a target, or all of them. */
export async function removePolicies(tx: Tx, key: TargetKey & { readonly name?: string }): Promise<void> {
  await tx
    .tables<AutoScalingTables>()
    .deleteFrom("application_autoscaling_policy")
    .where((is) => is.and(targetColumns(key)))
    .$if(key.name !== undefined, (remove) => remove.where("name", "=", key.name ?? ""))
    .execute();
}

/** A policy as the API answers it, with the alarms that call it. */
export function apiPolicy(policy: Policy, alarms: NonNullable<ScalingPolicy["Alarms"]>): ScalingPolicy {
  const { key, id, rule, createdAt } = policy;
  return {
    PolicyARN: policyArn(key, id),
    PolicyName: key.name,
    ...apiNames(key.resourceId),
    PolicyType: rule.type,
    ...(rule.type === "StepScaling"
      ? { StepScalingPolicyConfiguration: rule.step }
      : { TargetTrackingScalingPolicyConfiguration: rule.tracking }),
    Alarms: alarms,
    CreationTime: new Date(createdAt),
  };
}
