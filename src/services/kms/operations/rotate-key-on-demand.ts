import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { limitExceeded } from "../faults.ts";
import { specFacts } from "../key-spec.ts";
import { addMaterial, makeMaterial, materialsOf } from "../material.ts";
import { onKey } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import { needKey } from "../resolve.ts";
import { needRotatable } from "../rotation.ts";

/** "RotateKeyOnDemand", API Reference: on-demand rotations of one key. */
const mostOnDemand = 25;

/** Renews a key's material at once. */
export const rotateKeyOnDemand = ({
  sealer,
}: KmsPorts): WriteOperation<typeof kms, "RotateKeyOnDemand", Buffer> => ({
  name: "RotateKeyOnDemand",
  authorise: onKey("kms:RotateKeyOnDemand"),
  async prepare(ctx, input) {
    const key = await needKey(ctx.rows, ctx, input.KeyId);
    needRotatable(key);
    return makeMaterial(specFacts(key.spec) ?? { kind: "symmetric", usages: [] }, ctx);
  },
  async commit(tx, ctx, input, material) {
    const key = await needKey(tx, ctx, input.KeyId);
    needRotatable(key);
    const versions = await materialsOf(tx, key);
    if (versions.filter(({ rotation }) => rotation === "ON_DEMAND").length >= mostOnDemand) {
      throw limitExceeded("You have exceeded the maximum number of on-demand rotations for this key.");
    }
    const version = versions.length + 1;
    await addMaterial(tx, sealer, key, { version, created_at: ctx.now, rotation: "ON_DEMAND" }, material);
    return { KeyId: key.arn };
  },
});
