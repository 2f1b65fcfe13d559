import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import type { KeyRef } from "../arn.ts";
import { findKey } from "../key.ts";
import { specFacts } from "../key-spec.ts";
import { addMaterial, makeMaterial, materialsOf } from "../material.ts";
import type { KmsPorts } from "../ports.ts";
import { scheduleRotation } from "../rotation.ts";
import { kmsPrincipal, type ScheduledJob } from "../scheduled.ts";

/**
 * The day of a key's automatic rotation: it gets new material, unless rotation was turned off or put off, and a job for
 * the next. It ends its own job in the same transaction; false when the job is somebody else's by now.
 */
export const concludeKeyRotation = ({
  jobs,
  sealer,
}: KmsPorts): InternalOperation<{ readonly job: Job }, Buffer, boolean> => ({
  service: "kms",
  name: "ConcludeKeyRotation",
  // AWS: the trail shows an automatic rotation as this event (KMS Developer Guide, "RotateKey").
  eventName: "RotateKey",
  onlyFor: kmsPrincipal,
  // KMS's own work in its own name: there is no policy to ask.
  authorise: () => [],
  prepare: (ctx) => makeMaterial(specFacts("SYMMETRIC_DEFAULT") ?? { kind: "symmetric", usages: [] }, ctx),
  async commit(tx, ctx, { job }, material) {
    if (!(await jobs.finish(tx, job))) return false;
    const { keyId, at } = job.payload as ScheduledJob;
    const ref: KeyRef = { account: job.account, region: job.region, keyId };
    const key = await findKey(tx, ref, ctx.now);
    if (key?.rotation?.nextAt !== at) return true;
    // AWS: a key that is disabled or to be deleted is not rotated when its day comes, but keeps its calendar.
    if (key.enabled && key.deleteAt === undefined) {
      const version = (await materialsOf(tx, key)).length + 1;
      await addMaterial(tx, sealer, key, { version, created_at: ctx.now, rotation: "AUTOMATIC" }, material);
    }
    await scheduleRotation(tx, ctx, key, key.rotation.periodInDays);
    return true;
  },
});
