import type { Tx } from "../../store/types.ts";
import { keyArn } from "./arn.ts";
import { grantNotFound } from "./faults.ts";
import { findGrant } from "./grant.ts";
import type { Key } from "./key.ts";
import type { KmsTables } from "./store.ts";

/** Removes a grant; what it allowed is refused from the next call on. Throws `NotFoundException`. */
export async function removeGrant(tx: Tx, key: Key, grantId: string): Promise<void> {
  if ((await findGrant(tx, key, grantId)) === undefined) throw grantNotFound(grantId, keyArn(key));
  await tx
    .tables<KmsTables>()
    .deleteFrom("kms_grant")
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId)
    .where("grant_id", "=", grantId)
    .execute();
  await tx.bumpEpoch(key.account);
}
