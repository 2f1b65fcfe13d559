import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { type Elb, onResource } from "../operation.ts";
import { needResource } from "../resource.ts";
import type { ElbTables } from "../store.ts";
import { loadBalancersOf, trafficChanged } from "../traffic/changed.ts";
import { targetHealthChanged } from "../traffic/settle-target-health.ts";
import { type LocatedTarget, locateTargets } from "./locate-targets.ts";
import { listTargets, registering } from "./target.ts";

/** Registers targets. One that is registered stays as it is; one that drains is taken back. */
export const registerTargets: WriteOperation<Elb, "RegisterTargets", readonly LocatedTarget[]> = {
  name: "RegisterTargets",
  authorise: ({ TargetGroupArn }) => onResource("RegisterTargets", TargetGroupArn),
  async prepare(ctx, { TargetGroupArn, Targets = [] }) {
    const group = await needResource(ctx.rows, ctx, "target-group", TargetGroupArn);
    if (Targets.length === 0) throw validation("At least one target must be specified");
    return locateTargets(ctx, group, Targets);
  },
  async commit(tx, ctx, { TargetGroupArn }, located) {
    const { arn } = await needResource(tx, ctx, "target-group", TargetGroupArn);
    const targets = new Map((await listTargets(tx, [arn])).map((one) => [`${one.port} ${one.id}`, one]));
    const wanted = new Map(located.map((one) => [`${one.port} ${one.id}`, one]));
    const added = [...wanted].filter(([key]) => !targets.has(key)).map(([, one]) => one);
    const back = [...wanted]
      .filter(([key]) => typeof targets.get(key)?.draining_since === "number")
      .map(([, one]) => one);
    if (targets.size + added.length > limits.targetsPerTargetGroup) {
      throw new Fault("TooManyTargets", "The maximum number of targets has been reached");
    }
    const rows = tx.tables<ElbTables>();
    const fresh = { ...registering, registered_at: ctx.now, draining_since: null };
    for (const { id, port, address, zone } of added) {
      await rows
        .insertInto("elasticloadbalancing_target")
        .values({ target_group: arn, id, port, address, zone: zone ?? null, ...fresh })
        .execute();
    }
    for (const { id, port } of back) {
      await rows
        .updateTable("elasticloadbalancing_target")
        .set(fresh)
        .where("target_group", "=", arn)
        .where("id", "=", id)
        .where("port", "=", port)
        .execute();
    }
    if (added.length + back.length > 0) {
      await targetHealthChanged(tx, arn);
      await trafficChanged(tx, await loadBalancersOf(tx, [arn]));
    }
    return {};
  },
};
