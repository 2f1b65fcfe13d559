import type { Tag as ApiTag } from "@aws-sdk/client-organizations";
import { mergeTags, type Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { constraintViolation, invalidInput } from "./faults.ts";
import { quotas } from "./quotas.ts";
import type { OrganizationsTables } from "./store.ts";

/** The tags of a resource. */
export async function tagsOf(rows: Rows, organization: string, resource: string): Promise<readonly Tag[]> {
  const row = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_tags")
    .select("tags")
    .where("organization", "=", organization)
    .where("resource", "=", resource)
    .executeTakeFirst();
  return row === undefined ? [] : readTags(row.tags);
}

/** Replaces the tags of a resource. */
export async function writeTags(
  tx: Tx,
  organization: string,
  resource: string,
  tags: readonly Tag[],
): Promise<void> {
  const tables = tx.tables<OrganizationsTables>();
  if (tags.length === 0) {
    await tables
      .deleteFrom("organizations_tags")
      .where("organization", "=", organization)
      .where("resource", "=", resource)
      .execute();
    return;
  }
  const json = JSON.stringify(tags);
  await tables
    .insertInto("organizations_tags")
    .values({ organization, resource, tags: json })
    .onConflict((conflict) => conflict.columns(["organization", "resource"]).doUpdateSet({ tags: json }))
    .execute();
}

/** Tags as tables keep them. */
export function readTags(json: string): readonly Tag[] {
  return JSON.parse(json) as readonly Tag[];
}

/**
 * The tags of a resource after those of a call are added.
 * @throws Fault `InvalidInputException` for AWS's own keys and for keys given twice; `ConstraintViolationException`
 * above 50 tags.
 */
export function tagged(have: readonly Tag[], given: readonly ApiTag[] | undefined): readonly Tag[] {
  const added = (given ?? []).map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" }));
  refuseSystemTags(added.map(({ key }) => key));
  if (new Set(added.map(({ key }) => key)).size < added.length) {
    throw invalidInput("DUPLICATE_TAG_KEY", "You provided duplicate tag keys.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > quotas.tags) {
    throw constraintViolation(
      "MAX_TAG_LIMIT_EXCEEDED",
      "You have exceeded the number of tags allowed on this resource.",
    );
  }
  return tags;
}

/** Keys that begin with `aws:` are AWS's own. Throws `InvalidInputException`. */
export function refuseSystemTags(keys: readonly string[]): void {
  if (keys.some((key) => key.toLowerCase().startsWith("aws:"))) {
    throw invalidInput("INVALID_SYSTEM_TAGS_PARAMETER", "You specified a tag key that is a system tag.");
  }
}

/** Tags as the API answers them. */
export function apiTags(tags: readonly Tag[]): ApiTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a call that gives tags. */
export function tagContext({
  Tags: tags,
}: {
  readonly Tags?: readonly ApiTag[] | undefined;
}): Readonly<Record<string, string | readonly string[] | undefined>> {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": tags.map(({ Key }) => Key ?? ""),
  };
}
