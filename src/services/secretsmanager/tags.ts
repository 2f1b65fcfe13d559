import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { invalidParameter } from "./faults.ts";

/** A tag as requests and answers write it. */
export interface WireTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

export function wireTags(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

export function requestedTags(tags: readonly WireTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
}

/** The tags of a secret after these are added. Throws `InvalidParameterException` (its texts are ours). */
export function readTags(have: readonly Tag[], wanted: readonly WireTag[]): readonly Tag[] {
  const added = requestedTags(wanted);
  if (added.some(({ key }) => key === "")) throw invalidParameter("Tag keys can't be empty.");
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw invalidParameter("Tag keys can't begin with aws:, which is reserved for AWS use.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw invalidParameter(`A secret can't have more than ${mostTags} tags.`);
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ key }) => key) };
}
