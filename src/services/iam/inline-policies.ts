import { Fault } from "../../kernel/fault.ts";
import { cutPage } from "../../kernel/page.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { nameKey } from "./entities.ts";
import { pageMembers, pageRequest } from "./paging.ts";
import { policySize, requireIdentityPolicy } from "./policy-document.ts";
import { quotas } from "./quotas.ts";
import type { EntityKind, IamTables, InlinePolicyRow } from "./store.ts";

/** Whose inline policies are meant, and how faults call it. */
export interface InlineHolder {
  readonly kind: EntityKind;
  readonly id: string;
  readonly name: string;
}

/** Characters, white space not counted, of all inline policies of one entity together. */
const sizeQuotas = {
  user: quotas.UserPolicySize,
  group: quotas.GroupPolicySize,
  role: quotas.RolePolicySize,
} as const;

/**
 * Adds an inline policy or replaces the document of the one whose name differs in nothing but case; the name keeps the
 * case in which it was first given.
 * @throws MalformedPolicyDocument, LimitExceeded.
 */
export async function putInlinePolicy(
  tx: Tx,
  holder: InlineHolder,
  name: string,
  document: string,
): Promise<void> {
  requireIdentityPolicy(document);
  await tx
    .tables<IamTables>()
    .insertInto("iam_inline_policy")
    .values({ entity_id: holder.id, name_key: nameKey(name), name, document })
    .onConflict((conflict) => conflict.columns(["entity_id", "name_key"]).doUpdateSet({ document }))
    .execute();
  const sizes = (await inlinePolicies(tx, holder.id)).map((policy) => policySize(policy.document));
  const limit = sizeQuotas[holder.kind];
  if (sizes.reduce((sum, size) => sum + size, 0) > limit) {
    throw new Fault(
      "LimitExceeded",
      `Maximum policy size of ${limit} bytes exceeded for ${holder.kind} ${holder.name}`,
    );
  }
}

/** The document of an inline policy. Throws `NoSuchEntity`. */
export async function inlineDocument(rows: Rows, holder: InlineHolder, name: string): Promise<string> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_inline_policy")
    .select("document")
    .where("entity_id", "=", holder.id)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
  if (row === undefined) throw inlineNotFound(holder.kind, name);
  return row.document;
}

/** Removes an inline policy. Throws `NoSuchEntity`. */
export async function deleteInlinePolicy(tx: Tx, holder: InlineHolder, name: string): Promise<void> {
  const gone = await tx
    .tables<IamTables>()
    .deleteFrom("iam_inline_policy")
    .where("entity_id", "=", holder.id)
    .where("name_key", "=", nameKey(name))
    .returning("name")
    .executeTakeFirst();
  if (gone === undefined) throw inlineNotFound(holder.kind, name);
}

/** The names of an entity's inline policies: the answer of ListUserPolicies and its like. */
export async function listInlinePolicies(
  rows: Rows,
  entityId: string,
  input: { readonly Marker?: string; readonly MaxItems?: number },
): Promise<{ PolicyNames: string[]; IsTruncated: boolean; Marker?: string }> {
  const { after, limit } = pageRequest(input);
  const fetched = await rows
    .tables<IamTables>()
    .selectFrom("iam_inline_policy")
    .select(["name", "name_key"])
    .where("entity_id", "=", entityId)
    .where("name_key", ">", after[0] ?? "")
    .orderBy("name_key")
    .limit(limit + 1)
    .execute();
  const page = cutPage(fetched, limit, (row) => [row.name_key]);
  return { PolicyNames: page.rows.map(({ name }) => name), ...pageMembers(page) };
}

/** Every inline policy of an entity. */
export function inlinePolicies(rows: Rows, entityId: string): Promise<InlinePolicyRow[]> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_inline_policy")
    .selectAll()
    .where("entity_id", "=", entityId)
    .orderBy("name_key")
    .execute();
}

function inlineNotFound(kind: EntityKind, name: string): Fault {
  return new Fault("NoSuchEntity", `The ${kind} policy with name ${name} cannot be found.`);
}
