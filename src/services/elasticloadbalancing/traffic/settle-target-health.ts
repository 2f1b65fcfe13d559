import type { InternalOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Tx } from "../../../store/types.ts";
import type { TargetHealthReport } from "../load-balancer-view.ts";
import { elbPrincipal } from "../principal.ts";
import type { ElbTables } from "../store.ts";

/**
 * Jobs of target groups in which a target's health, or whether it is there, has changed: for those who wait for targets.
 * Each names one in its payload.
 */
export const targetHealthQueue = "elasticloadbalancing.target-health";

/** What a job on `targetHealthQueue` is about. */
export interface TargetHealthChange {
  readonly targetGroupArn: string;
}

export interface SettleTargetHealthInput {
  /** Of any account and region. Those of targets that are not registered, or that drain, are passed over. */
  readonly reports: readonly TargetHealthReport[];
}

/** Writes what health checks found, and tells of what is new in it. Elastic Load Balancing's own bookkeeping: only it may report. */
export const settleTargetHealth: InternalOperation<
  SettleTargetHealthInput,
  unknown,
  { readonly changed: number }
> = {
  service: "elasticloadbalancing",
  name: "SettleTargetHealth",
  onlyFor: elbPrincipal,
  unrecorded: true,
  authorise: () => [],
  async commit(tx, _ctx, { reports }) {
    const groups = new Set<string>();
    let changed = 0;
    for (const { targetGroupArn, target, state, reason, description } of reports) {
      const found = { state, reason: reason ?? null, description: description ?? null };
      const { numUpdatedRows } = await tx
        .tables<ElbTables>()
        .updateTable("elasticloadbalancing_target")
        .set(found)
        .where("target_group", "=", targetGroupArn)
        .where("id", "=", target.Id)
        .where("port", "=", target.Port)
        .where("draining_since", "is", null)
        .where((row) =>
          row.or([
            row("state", "<>", state),
            row("reason", "is distinct from", found.reason),
            row("description", "is distinct from", found.description),
          ]),
        )
        .executeTakeFirst();
      if (numUpdatedRows > 0n) {
        changed += 1;
        groups.add(targetGroupArn);
      }
    }
    for (const arn of groups) await targetHealthChanged(tx, arn);
    return { changed };
  },
};

/** Tells those who wait for a group's targets. */
export async function targetHealthChanged(tx: Tx, targetGroupArn: string): Promise<void> {
  const { account = "", region = "" } = parseArn(targetGroupArn) ?? {};
  const payload: TargetHealthChange = { targetGroupArn };
  await tx.enqueue({
    queue: targetHealthQueue,
    key: targetGroupArn,
    account: account as AccountId,
    region: region as Region,
    payload,
  });
}
