import type { InternalOperation } from "../../../dispatch/operation.ts";
import { insertKey, isMade } from "../key-creation.ts";
import { specFacts } from "../key-spec.ts";
import { type ManagedKey, managedKeyOf, managedKeyPolicy } from "../managed-key.ts";
import { makeMaterial } from "../material.ts";
import { refAuthorisation } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import type { KmsTables } from "../store.ts";

const spec = "SYMMETRIC_DEFAULT";

/**
 * Makes the AWS managed key of a service in the caller's account, with its alias. Only the use through that service
 * asks for it, and its caller must be allowed that use by the key's policy.
 */
export const makeManagedKey = ({
  sealer,
}: KmsPorts): InternalOperation<{ readonly alias: string }, Buffer, void> => ({
  service: "kms",
  name: "MakeManagedKey",
  // AWS: the trail shows the making of a managed key as any other.
  eventName: "CreateKey",
  authorise: async ({ alias }, ctx) => [
    await refAuthorisation(
      // KMS itself is the last that the call came through.
      { ...ctx, calledVia: ctx.calledVia.slice(0, -1) },
      "kms:GenerateDataKey",
      needManaged(alias, ctx),
    ),
  ],
  prepare: async (ctx) => makeMaterial(specFacts(spec) ?? { kind: "symmetric", usages: [] }, ctx),
  async commit(tx, ctx, { alias }, material) {
    const key = needManaged(alias, ctx);
    if (await isMade(tx, key)) return;
    const document = {
      description: `Default key that protects my data when no other key is defined (${key.title})`,
      spec,
      usage: "ENCRYPT_DECRYPT",
      manager: "AWS",
      tags: [],
    } as const;
    await insertKey(tx, sealer, key, { document, policy: managedKeyPolicy(key), material }, ctx.now);
    await tx
      .tables<KmsTables>()
      .insertInto("kms_alias")
      .values({
        account: key.account,
        region: key.region,
        name: key.alias,
        key_id: key.keyId,
        created_at: ctx.now,
        updated_at: ctx.now,
      })
      .execute();
  },
});

function needManaged(name: string, place: Pick<ManagedKey, "account" | "region">): ManagedKey {
  const key = managedKeyOf({ account: place.account, region: place.region, name });
  if (key === undefined) throw new Error(`${name} is the alias of no AWS managed key`);
  return key;
}
