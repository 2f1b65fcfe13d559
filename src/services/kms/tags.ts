import { Fault } from "../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../kernel/tags.ts";
import { limitExceeded } from "./faults.ts";

/** A tag as requests and answers write it. */
export interface WireTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

export function requestedTags(tags: readonly WireTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }));
}

/** The tags of a key after these are added. Throws `TagException`, `LimitExceededException` (its text is ours). */
export function readTags(have: readonly Tag[], wanted: readonly WireTag[]): readonly Tag[] {
  const added = requestedTags(wanted);
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw new Fault("TagException", "Tags beginning with aws: are reserved");
  }
  if (new Set(added.map(({ key }) => key)).size < added.length) {
    throw new Fault("TagException", "Duplicate tag keys");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw limitExceeded(`A key can't have more than ${mostTags} tags.`);
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ key }) => key) };
}
