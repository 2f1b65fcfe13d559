import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import { validation } from "../faults.ts";
import { onResource } from "../operation.ts";

/** Tags of one resource (API Reference, "AddTags"). */
const mostTags = 50;

/**
 * The tags of a resource after these are added.
 * @throws Fault `DuplicateTagKeys`, `TooManyTags`, `ValidationError`.
 */
export function addedTags(have: readonly Tag[], given: readonly elbv2.Tag[] = []): readonly Tag[] {
  const added = given.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  if (new Set(added.map(({ key }) => key)).size < added.length) {
    throw new Fault("DuplicateTagKeys", "Tag keys must be unique");
  }
  // Ours: the rule is AWS's.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw validation("Tag keys cannot begin with 'aws:'");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) {
    throw new Fault("TooManyTags", "The maximum number of tags for this resource has been reached");
  }
  return tags;
}

export function apiTags(tags: readonly Tag[]): elbv2.Tag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(given: readonly elbv2.Tag[] | undefined): NonNullable<Authorisation["context"]> {
  if (given === undefined || given.length === 0) return {};
  return {
    ...Object.fromEntries(given.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": given.map(({ Key = "" }) => Key),
  };
}

function asResourceTags(tags: readonly elbv2.Tag[] = []): NonNullable<Authorisation["context"]> {
  return Object.fromEntries(tags.map(({ Key, Value = "" }) => [`aws:ResourceTag/${Key}`, Value]));
}

/**
 * What a request that makes something needs: its own action, on what it is made in or as, and AddTags when it is given
 * tags (User Guide, "Tag resources during creation").
 * @param made the ARN of what is made, with `*` for what is not known yet.
 */
export function making(
  name: string,
  {
    on,
    made,
    tags,
  }: { readonly on: string; readonly made: string; readonly tags?: readonly elbv2.Tag[] | undefined },
  context: NonNullable<Authorisation["context"]> = {},
): Authorisation[] {
  const tagged = tagContext(tags);
  // AWS: what is being made counts as tagged already (its managed policy for express services relies on it).
  const bears = on === made ? asResourceTags(tags) : {};
  const own = onResource(name, on, { ...context, ...tagged, ...bears });
  if (tags === undefined || tags.length === 0) return own;
  return [...own, ...onResource("AddTags", made, { "elasticloadbalancing:CreateAction": name, ...tagged })];
}
