import type { Tx } from "../../../store/types.ts";
import type { Kind } from "../kinds.ts";
import type { Resource } from "../resource.ts";

/** Jobs of VPCs in which something may pass now that might not before, or the other way round. */
export const trafficQueue = "ec2.traffic";

/** What decides about traffic. */
const deciding: ReadonlySet<Kind> = new Set(["network-interface", "security-group-rule"]);

/** Tells whoever carries packets that a resource has changed, when that makes a difference to them. */
export async function trafficChanged(
  tx: Tx,
  { kind, account, region, vpc }: Pick<Resource<Kind>, "kind" | "account" | "region" | "vpc">,
): Promise<void> {
  if (vpc === undefined || !deciding.has(kind)) return;
  const key = `${account}/${region}/${vpc}`;
  await tx.enqueue({ queue: trafficQueue, key, account, region, payload: { vpcId: vpc } });
}
