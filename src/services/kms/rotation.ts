import type { CallContext } from "../../dispatch/context.ts";
import { day } from "../../kernel/duration.ts";
import type { Tx } from "../../store/types.ts";
import { unsupported } from "./faults.ts";
import { changeKey, isRotatable, type Key, needOwn, needUsable } from "./key.ts";
import { keyRotationQueue, type ScheduledJob } from "./scheduled.ts";

/** "EnableKeyRotation", API Reference: days between rotations unless the request says otherwise. */
export const defaultPeriod = 365;

/** Refuses keys whose material is not renewed. Throws `UnsupportedOperationException` and what is wrong with the key. */
export function needRotatable(key: Key): void {
  needOwn(key);
  needUsable(key);
  if (!isRotatable(key)) {
    throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for key rotation.`);
  }
}

/** Sets the time of a key's next automatic rotation, and a job for it. */
export async function scheduleRotation(
  tx: Tx,
  ctx: CallContext,
  key: Key,
  periodInDays: number,
): Promise<void> {
  const nextAt = ctx.now + periodInDays * day;
  await changeKey(tx, key, { rotation: { periodInDays, nextAt } });
  const payload: ScheduledJob = { keyId: key.keyId, at: nextAt };
  await tx.enqueue({
    queue: keyRotationQueue,
    key: `${key.arn} ${nextAt}`,
    account: key.account,
    region: key.region,
    payload,
    notBefore: nextAt,
  });
}
