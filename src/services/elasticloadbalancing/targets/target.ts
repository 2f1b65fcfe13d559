import type { Rows, Tx } from "../../../store/types.ts";
import type { ElbTables, TargetRow } from "../store.ts";

/** What names a target within its group. */
export interface TargetKey {
  readonly id: string;
  readonly port: number;
}

/** The targets of groups, those that drain too, in the order of their keys. */
export async function listTargets(
  rows: Rows,
  targetGroupArns: readonly string[],
): Promise<readonly TargetRow[]> {
  if (targetGroupArns.length === 0) return [];
  return rows
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_target")
    .selectAll()
    .where("target_group", "in", targetGroupArns)
    .orderBy("target_group")
    .orderBy("id")
    .orderBy("port")
    .execute();
}

/** AWS: what DescribeTargetHealth says of a target that was just registered, or whose group came into use. */
export const registering = {
  state: "initial",
  reason: "Elb.RegistrationInProgress",
  description: "Target registration is in progress",
} as const;

/** Forgets what health checks found: the targets of these groups are checked no more, or anew. */
export async function forgetHealth(tx: Tx, targetGroupArns: readonly string[]): Promise<void> {
  if (targetGroupArns.length === 0) return;
  await tx
    .tables<ElbTables>()
    .updateTable("elasticloadbalancing_target")
    .set(registering)
    .where("target_group", "in", targetGroupArns)
    .execute();
}
