import type { Tag as ApiTag } from "@aws-sdk/client-eventbridge";
import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { invalid, limitExceeded } from "./faults.ts";

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

/** The tags of a resource after those of a call are added. Throws `ValidationException`, `LimitExceededException`. */
export function tagged(have: readonly Tag[], given: readonly ApiTag[] | undefined): readonly Tag[] {
  const added = (given ?? []).map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" }));
  // Ours: the rule is AWS's, its words are not recorded.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw invalid("Parameter Tags is not valid. Reason: keys must not start with aws:.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw limitExceeded();
  return tags;
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
