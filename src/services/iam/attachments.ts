import type { AttachedPolicy } from "@aws-sdk/client-iam";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { ManagedPolicyCatalogue } from "./managed-policy-catalogue.ts";
import { pageMembers, pageOfSorted, pageRequest } from "./paging.ts";
import { policyNameOf, policyNotFound, requireAttachable, requirePolicyArn } from "./policies.ts";
import { quotaExceeded, quotas } from "./quotas.ts";
import type { EntityKind, IamTables } from "./store.ts";

/** Somebody who has policies: a user, group or role. */
export interface PolicyHolder {
  readonly account: AccountId;
  readonly kind: EntityKind;
  readonly id: string;
}

const attachmentQuotas = {
  user: { name: "PoliciesPerUser", limit: quotas.AttachedPoliciesPerUser },
  group: { name: "PoliciesPerGroup", limit: quotas.AttachedPoliciesPerGroup },
  role: { name: "PoliciesPerRole", limit: quotas.AttachedPoliciesPerRole },
} as const;

/**
 * Attaches a managed policy; nothing happens when it is attached already.
 * @throws ValidationError, NoSuchEntity, PolicyNotAttachable, LimitExceeded.
 */
export async function attachPolicy(
  tx: Tx,
  catalogue: ManagedPolicyCatalogue,
  holder: PolicyHolder,
  policyArn: string,
): Promise<void> {
  const arn = requirePolicyArn(policyArn);
  await requireAttachable(tx, catalogue, holder, arn);
  const { account, kind, id } = holder;
  const added = await tx
    .tables<IamTables>()
    .insertInto("iam_attachment")
    .values({ account, entity_kind: kind, entity_id: id, policy_arn: arn })
    .onConflict((conflict) => conflict.columns(["entity_id", "policy_arn"]).doNothing())
    .returning("policy_arn")
    .executeTakeFirst();
  const { name, limit } = attachmentQuotas[kind];
  if (added !== undefined && (await attachedArns(tx, id)).length > limit) throw quotaExceeded(name, limit);
}

/** Detaches a managed policy. Throws `ValidationError`, and `NoSuchEntity` when it is not attached. */
export async function detachPolicy(tx: Tx, holder: PolicyHolder, policyArn: string): Promise<void> {
  const arn = requirePolicyArn(policyArn);
  const gone = await tx
    .tables<IamTables>()
    .deleteFrom("iam_attachment")
    .where("entity_id", "=", holder.id)
    .where("policy_arn", "=", arn)
    .returning("policy_arn")
    .executeTakeFirst();
  if (gone === undefined) throw policyNotFound(arn);
}

/** The managed policies of an entity, by name: the answer of the ListAttached… operations. */
export async function listAttached(
  rows: Rows,
  entityId: string,
  input: { readonly PathPrefix?: string; readonly Marker?: string; readonly MaxItems?: number },
): Promise<{ AttachedPolicies: AttachedPolicy[]; IsTruncated: boolean; Marker?: string }> {
  const attached = (await attachedArns(rows, entityId))
    .map((arn) => ({ arn, ...policyNameOf(arn) }))
    .filter(({ path }) => path.startsWith(input.PathPrefix ?? "/"))
    .map((policy) => ({ ...policy, key: `${policy.name} ${policy.arn}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = pageOfSorted(attached, ({ key }) => key, pageRequest(input));
  return {
    AttachedPolicies: page.rows.map(({ arn, name }) => ({ PolicyName: name, PolicyArn: arn })),
    ...pageMembers(page),
  };
}

/** ARNs of the managed policies of an entity. */
export async function attachedArns(rows: Rows, entityId: string): Promise<readonly Arn[]> {
  const attached = await rows
    .tables<IamTables>()
    .selectFrom("iam_attachment")
    .select("policy_arn")
    .where("entity_id", "=", entityId)
    .orderBy("policy_arn")
    .execute();
  return attached.map(({ policy_arn: arn }) => arn);
}
