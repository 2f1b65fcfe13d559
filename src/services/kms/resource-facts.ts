import type { ResourceFacts } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { parseKeyArn } from "./arn.ts";
import { grantPolicy, grantsOf } from "./grant.ts";
import { findKey } from "./key.ts";
import { managedKeyPolicy, managedKeyWithId } from "./managed-key.ts";

/**
 * The policy and the grants of a key. AWS: a key's policy must allow, or pass on to the account; nothing in the account
 * stands above it (KMS Developer Guide, "Key policies in AWS KMS"). A key that is not there has nothing to say, but for
 * an AWS managed key, which is decided on before it is made.
 */
export async function keyFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const ref = parseKeyArn(arn);
  if (ref === undefined) return { policies: [] };
  // Facts are kept until the account's epoch changes, so they may not depend on the time.
  const key = await findKey(rows, ref, 0);
  const managed = managedKeyWithId(ref);
  const policy = key?.policy ?? (managed && managedKeyPolicy(managed));
  if (policy === undefined) return { policies: [] };
  const grants = await grantsOf(rows, ref);
  return {
    kind: "key",
    policies: [{ name: arn, document: policy }, ...grants.map(grantPolicy)],
    tags: key?.tags,
  };
}
