import type { Tag as ApiTag } from "@aws-sdk/client-servicediscovery";
import type { Authorisation } from "../../dispatch/operation.ts";
import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { invalidInput, tooManyTags } from "./faults.ts";

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

/** The tags of a resource after those of a call are added. @throws Fault `InvalidInput`, `TooManyTagsException` */
export function tagged(
  have: readonly Tag[],
  given: readonly ApiTag[] | undefined,
  arn: string,
): readonly Tag[] {
  const added = (given ?? []).map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  // Ours: the rule is AWS's, its words are not recorded.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:")))
    throw invalidInput("Tag keys must not start with aws:.");
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw tooManyTags(arn);
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a call that gives tags. */
export function tagContext(given: readonly ApiTag[] | undefined): Authorisation["context"] {
  if (given === undefined || given.length === 0) return {};
  return {
    ...Object.fromEntries(given.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": given.map(({ Key }) => Key ?? ""),
  };
}

/** AWS: who creates something with tags needs to be allowed to tag as well. */
export function taggingPermission(given: readonly ApiTag[] | undefined): readonly Authorisation[] {
  if (given === undefined || given.length === 0) return [];
  return [{ action: "servicediscovery:TagResource", resource: "*", context: tagContext(given) }];
}
