import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { listResources } from "../resource.ts";
import type { ElbTables } from "../store.ts";
import { forgetHealth } from "../targets/target.ts";
import { trafficChanged } from "../traffic/changed.ts";
import { targetHealthChanged } from "../traffic/settle-target-health.ts";
import { rulesByListener, targetGroupsOf } from "./rule.ts";

/**
 * Notes which target groups a load balancer sends to, after a change of its listeners or rules, and tells of the change.
 * @throws Fault `TargetGroupAssociationLimit`: a target group belongs to one load balancer.
 */
export async function listenersChanged(tx: Tx, loadBalancerArn: string): Promise<void> {
  const listeners = await listResources(tx, "listener", { parents: [loadBalancerArn] });
  const rules = [...(await rulesByListener(tx, listeners)).values()].flat();
  const named = new Set(rules.flatMap(({ document }) => targetGroupsOf(document.actions)));
  const had = new Set(await linkedGroups(tx, loadBalancerArn));
  const added = [...named].filter((arn) => !had.has(arn));
  const removed = [...had].filter((arn) => !named.has(arn));
  if (added.length > 0) {
    const links = tx.tables<ElbTables>();
    const elsewhere = await links
      .selectFrom("elasticloadbalancing_link")
      .select("target_group")
      .where("target_group", "in", added)
      .execute();
    if (elsewhere.length > 0) {
      const arns = elsewhere.map((link) => link.target_group).join(", ");
      throw new Fault(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${arns}`,
      );
    }
    await links
      .insertInto("elasticloadbalancing_link")
      .values(added.map((arn) => ({ target_group: arn, load_balancer: loadBalancerArn })))
      .execute();
  }
  await unlink(tx, loadBalancerArn, removed);
  for (const arn of added) await targetHealthChanged(tx, arn);
  await trafficChanged(tx, [loadBalancerArn]);
}

/** A load balancer that goes sends nowhere. */
export async function unlinkAll(tx: Tx, loadBalancerArn: string): Promise<void> {
  await unlink(tx, loadBalancerArn, await linkedGroups(tx, loadBalancerArn));
}

async function unlink(tx: Tx, loadBalancerArn: string, targetGroupArns: readonly string[]): Promise<void> {
  if (targetGroupArns.length === 0) return;
  await tx
    .tables<ElbTables>()
    .deleteFrom("elasticloadbalancing_link")
    .where("load_balancer", "=", loadBalancerArn)
    .where("target_group", "in", targetGroupArns)
    .execute();
  await forgetHealth(tx, targetGroupArns);
  for (const arn of targetGroupArns) await targetHealthChanged(tx, arn);
}

async function linkedGroups(tx: Tx, loadBalancerArn: string): Promise<readonly string[]> {
  const links = await tx
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_link")
    .select("target_group")
    .where("load_balancer", "=", loadBalancerArn)
    .execute();
  return links.map((link) => link.target_group);
}

/** The load balancers that send to a target group: one at most. */
export async function linksOf(rows: Rows, targetGroupArn: string): Promise<readonly string[]> {
  const links = await rows
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_link")
    .select("load_balancer")
    .where("target_group", "=", targetGroupArn)
    .execute();
  return links.map((link) => link.load_balancer);
}
