import { Fault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import { validation } from "../faults.ts";

/** A tag as requests and answers write it. */
interface WireTag {
  readonly Key: string;
  readonly Value: string;
}

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

export function wireTags(tags: readonly Tag[]): WireTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

export function requestedTags(tags: readonly WireTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
}

/** The tags of a parameter after these are added. Throws `ValidationException`, `TooManyTagsError`. */
export function readTags(have: readonly Tag[], wanted: readonly WireTag[]): readonly Tag[] {
  const added = requestedTags(wanted);
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:"))) {
    throw validation("Tag keys starting with aws: are reserved for AWS use.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) {
    throw new Fault("TooManyTagsError", `A parameter can have at most ${mostTags} tags.`);
  }
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ key }) => key) };
}
