import type { Authorisation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { mergeTags, type Tag, withoutTags } from "../../kernel/tags.ts";
import type { NamedResource } from "./named-resource.ts";
import { pageMembers, pageOfSorted, pageRequest } from "./paging.ts";

/** A tag as IAM's API writes it. */
interface ApiTag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags that one resource can have. */
const mostTags = 50;

/**
 * How a resource type compares tag keys. IAM User Guide, "Tags for IAM resources": without regard to case for users
 * and roles, with it for the rest.
 */
export type TagCase = "ignoring case" | "by case";

/** Reads the tags of a call. Throws `InvalidInput` for a key that is there twice or that is AWS's own. */
export function givenTags(tags: readonly ApiTag[] | undefined, keys: TagCase): readonly Tag[] {
  const given = (tags ?? []).map(({ Key: key, Value: value }) => ({ key, value }));
  refuseSystemTags(given.map(({ key }) => key));
  if (new Set(given.map(({ key }) => fold(key, keys))).size < given.length) {
    throw new Fault(
      "InvalidInput",
      keys === "ignoring case"
        ? "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        : "Duplicate tag keys found.",
    );
  }
  return given;
}

/** Adds tags, or replaces values. Throws `InvalidInput`, and `LimitExceeded` above 50 tags. */
export function tagged(have: readonly Tag[], add: readonly ApiTag[], keys: TagCase): readonly Tag[] {
  const given = givenTags(add, keys);
  const replaced = new Set(given.map(({ key }) => fold(key, keys)));
  const kept = have.filter(({ key }) => !replaced.has(fold(key, keys)));
  const merged = keys === "by case" ? mergeTags(have, given) : [...kept, ...given];
  if (merged.length > mostTags) {
    throw new Fault("LimitExceeded", "The number of tags has reached the maximum limit.");
  }
  return merged;
}

/** Removes the tags of the given keys. Throws `InvalidInput` for keys that are AWS's own. */
export function untagged(have: readonly Tag[], remove: readonly string[], keys: TagCase): readonly Tag[] {
  refuseSystemTags(remove);
  if (keys === "by case") return withoutTags(have, remove);
  const gone = new Set(remove.map((key) => fold(key, keys)));
  return have.filter(({ key }) => !gone.has(fold(key, keys)));
}

/** Tags as the API answers them: in the order of their keys. */
export function apiTags(tags: readonly Tag[]): ApiTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value })).sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** The answer of the List…Tags operations. Throws `ValidationError` for a marker that is none. */
export function tagPage(
  tags: readonly Tag[],
  input: { readonly Marker?: string; readonly MaxItems?: number },
): { Tags: ApiTag[]; IsTruncated: boolean; Marker?: string } {
  const page = pageOfSorted(apiTags(tags), ({ Key }) => Key, pageRequest(input));
  return { Tags: [...page.rows], ...pageMembers(page) };
}

/** Tags stored as JSON. */
export function readTags(json: string): readonly Tag[] {
  return JSON.parse(json) as readonly Tag[];
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a call that gives tags. */
export function requestTagKeys(
  tags: readonly ApiTag[] | undefined,
): Readonly<Record<string, string | readonly string[]>> {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": tags.map(({ Key }) => Key),
  };
}

/**
 * The permissions to make something. AWS: whoever gives it tags must be permitted to tag it as well (IAM User Guide,
 * "Tags for IAM resources").
 */
export function creationPermissions(
  actions: { readonly create: string; readonly tag: string },
  target: NamedResource,
  tags: readonly ApiTag[] | undefined,
  context: Authorisation["context"] = {},
): readonly Authorisation[] {
  const keys = requestTagKeys(tags);
  const creation = { action: actions.create, ...target, context: { ...context, ...keys } };
  if (tags === undefined || tags.length === 0) return [creation];
  return [creation, { action: actions.tag, ...target, context: keys }];
}

/** Keys that begin with `aws:` are AWS's own (IAM User Guide, "Tags for IAM resources"). */
function refuseSystemTags(keys: readonly string[]): void {
  if (keys.some((key) => key.toLowerCase().startsWith("aws:"))) {
    throw new Fault("InvalidInput", "Caller is an end user and not allowed to mutate system tags");
  }
}

function fold(key: string, keys: TagCase): string {
  return keys === "ignoring case" ? key.toLowerCase() : key;
}
