import type { Rows, Sealer, Tx } from "../../store/types.ts";
import type { KeyRef } from "./arn.ts";
import { type Key, type KeyDocument, keyFrom } from "./key.ts";
import { addMaterial } from "./material.ts";
import type { KeyRow, KmsTables } from "./store.ts";

/** Writes a new key with the first version of its material. */
export async function insertKey(
  tx: Tx,
  sealer: Sealer,
  ref: KeyRef,
  key: { readonly document: KeyDocument; readonly policy: string; readonly material: Buffer },
  now: number,
): Promise<Key> {
  const row: KeyRow = {
    account: ref.account,
    region: ref.region,
    key_id: ref.keyId,
    created_at: now,
    enabled: 1,
    delete_at: null,
    document: JSON.stringify(key.document),
    policy: key.policy,
  };
  await tx.tables<KmsTables>().insertInto("kms_key").values(row).execute();
  await addMaterial(tx, sealer, ref, { version: 1, created_at: now, rotation: null }, key.material);
  await tx.bumpEpoch(ref.account);
  return keyFrom(row);
}

/** Removes a key with everything that hangs on it: material, aliases, grants. */
export async function removeKey(tx: Tx, ref: KeyRef): Promise<void> {
  for (const table of ["kms_material", "kms_alias", "kms_grant", "kms_key"] as const) {
    await tx
      .tables<KmsTables>()
      .deleteFrom(table)
      .where("account", "=", ref.account)
      .where("region", "=", ref.region)
      .where("key_id", "=", ref.keyId)
      .execute();
  }
  await tx.bumpEpoch(ref.account);
}

/** Whether a key's row is there, whatever its state. */
export async function isMade(rows: Rows, ref: KeyRef): Promise<boolean> {
  const row = await rows
    .tables<KmsTables>()
    .selectFrom("kms_key")
    .select("key_id")
    .where("account", "=", ref.account)
    .where("region", "=", ref.region)
    .where("key_id", "=", ref.keyId)
    .executeTakeFirst();
  return row !== undefined;
}
