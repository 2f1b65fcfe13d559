import type { InternalOperation } from "../../../dispatch/operation.ts";
import { second } from "../../../kernel/duration.ts";
import type { Job, Tx } from "../../../store/types.ts";
import { completeAttributes } from "../attributes.ts";
import { validation } from "../faults.ts";
import { onResource, writing } from "../operation.ts";
import type { ElbPorts } from "../ports.ts";
import { elbPrincipal } from "../principal.ts";
import { needResource } from "../resource.ts";
import type { ElbTables, TargetRow } from "../store.ts";
import { loadBalancersOf, trafficChanged } from "../traffic/changed.ts";
import { targetHealthChanged } from "../traffic/settle-target-health.ts";
import { listTargets, type TargetKey } from "./target.ts";

/** Jobs of targets whose deregistration delay ends. */
export const deregistrationQueue = "elasticloadbalancing.deregistration";

interface DrainingTarget extends TargetKey {
  readonly targetGroupArn: string;
  /** Epoch ms: it may have been taken back and drained again since. */
  readonly drainingSince: number;
}

/**
 * Deregisters targets: they take nothing new, and are gone when the deregistration delay has passed, or at once where no
 * load balancer sends to the group. AWS: a target without a port stands for all of its registrations; one that is not
 * registered is no error.
 */
export const deregisterTargets = writing(
  "DeregisterTargets",
  ({ TargetGroupArn }) => onResource("DeregisterTargets", TargetGroupArn),
  async (tx, ctx, { TargetGroupArn, Targets = [] }) => {
    const group = await needResource(tx, ctx, "target-group", TargetGroupArn);
    if (Targets.length === 0) throw validation("At least one target must be specified");
    const leaving = (await listTargets(tx, [group.arn])).filter(
      (one) =>
        one.draining_since === null &&
        Targets.some(({ Id, Port }) => Id === one.id && (Port === undefined || Port === one.port)),
    );
    if (leaving.length === 0) return {};
    const loadBalancers = await loadBalancersOf(tx, [group.arn]);
    const delay = Number(completeAttributes(group)["deregistration_delay.timeout_seconds"] ?? "300") * second;
    for (const target of leaving) {
      if (loadBalancers.length === 0 || delay === 0) await removeTarget(tx, group.arn, target);
      else await drain(tx, target, { account: ctx.account, region: ctx.region, now: ctx.now, delay });
    }
    await targetHealthChanged(tx, group.arn);
    await trafficChanged(tx, loadBalancers);
    return {};
  },
);

async function drain(
  tx: Tx,
  { target_group: targetGroupArn, id, port }: TargetRow,
  {
    account,
    region,
    now,
    delay,
  }: Pick<Job, "account" | "region"> & { readonly now: number; readonly delay: number },
): Promise<void> {
  await tx
    .tables<ElbTables>()
    .updateTable("elasticloadbalancing_target")
    .set({ draining_since: now })
    .where("target_group", "=", targetGroupArn)
    .where("id", "=", id)
    .where("port", "=", port)
    .execute();
  const payload: DrainingTarget = { targetGroupArn, id, port, drainingSince: now };
  const key = `${targetGroupArn} ${port} ${id} ${now}`;
  const notBefore = now + delay;
  await tx.enqueue({ queue: deregistrationQueue, key, account, region, payload, notBefore });
}

async function removeTarget(tx: Tx, targetGroupArn: string, { id, port }: TargetKey): Promise<void> {
  await tx
    .tables<ElbTables>()
    .deleteFrom("elasticloadbalancing_target")
    .where("target_group", "=", targetGroupArn)
    .where("id", "=", id)
    .where("port", "=", port)
    .execute();
}

/** Ends the draining of a target whose delay has passed. */
export function concludeDeregistration({
  jobs,
}: Pick<ElbPorts, "jobs">): InternalOperation<{ readonly job: Job }, unknown, boolean> {
  return {
    service: "elasticloadbalancing",
    name: "ConcludeDeregistration",
    onlyFor: elbPrincipal,
    unrecorded: true,
    authorise: () => [],
    async commit(tx, _ctx, { job }) {
      if (!(await jobs.finish(tx, job))) return false;
      // INVARIANT: only this service writes to the queue.
      const { targetGroupArn, id, port, drainingSince } = job.payload as DrainingTarget;
      const all = await listTargets(tx, [targetGroupArn]);
      const found = all.find((one) => one.id === id && one.port === port);
      if (found?.draining_since !== drainingSince) return true;
      await removeTarget(tx, targetGroupArn, found);
      await targetHealthChanged(tx, targetGroupArn);
      await trafficChanged(tx, await loadBalancersOf(tx, [targetGroupArn]));
      return true;
    },
  };
}
