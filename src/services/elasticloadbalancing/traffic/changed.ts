import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Tx } from "../../../store/types.ts";
import type { ElbTables } from "../store.ts";

/** Jobs of load balancers whose traffic goes another way than before; each names one in its payload. */
export const changedQueue = "elasticloadbalancing.changed";

/** What a job on `changedQueue` is about. */
export interface LoadBalancerChange {
  readonly loadBalancerArn: string;
}

/** Tells whoever carries the traffic of load balancers that they have changed, come or gone. */
export async function trafficChanged(tx: Tx, loadBalancerArns: readonly string[]): Promise<void> {
  if (loadBalancerArns.length === 0) return;
  await tx
    .tables<ElbTables>()
    .updateTable("elasticloadbalancing_resource")
    .set((row) => ({ version: row("version", "+", 1) }))
    .where("arn", "in", loadBalancerArns)
    .execute();
  for (const loadBalancerArn of loadBalancerArns) {
    const parts = parseArn(loadBalancerArn);
    if (parts === undefined) continue;
    const payload: LoadBalancerChange = { loadBalancerArn };
    await tx.enqueue({
      queue: changedQueue,
      key: loadBalancerArn,
      account: parts.account as AccountId,
      region: parts.region as Region,
      payload,
    });
  }
}

/** The load balancers that send to target groups. */
export async function loadBalancersOf(
  tx: Tx,
  targetGroupArns: readonly string[],
): Promise<readonly string[]> {
  if (targetGroupArns.length === 0) return [];
  const links = await tx
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_link")
    .select("load_balancer")
    .distinct()
    .where("target_group", "in", targetGroupArns)
    .execute();
  return links.map((link) => link.load_balancer);
}
