import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import { tooManyTags, validation } from "../faults.ts";

const mostTags = 50;
const longestKey = 128;
const longestValue = 256;

type TagMap = Readonly<Record<string, string>>;

/** The tags of a target after these are added. @throws Fault `ValidationException`, `TooManyTagsException`. Ours. */
export function readTags(have: readonly Tag[], given: TagMap, arn: string): readonly Tag[] {
  const added = Object.entries(given).map(([key, value]) => ({ key, value }));
  for (const { key, value } of added) {
    if (key.length === 0 || key.length > longestKey)
      throw validation(`Tag keys must have 1 to ${longestKey} characters.`);
    if (value.length > longestValue)
      throw validation(`Tag values can have no more than ${longestValue} characters.`);
    if (key.toLowerCase().startsWith("aws:")) throw validation("Tag keys must not start with aws:.");
  }
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw tooManyTags(arn);
  return tags;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(given: TagMap | undefined): Readonly<Record<string, string | readonly string[]>> {
  const keys = Object.keys(given ?? {});
  if (given === undefined || keys.length === 0) return {};
  return {
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, given[key] ?? ""])),
    "aws:TagKeys": keys,
  };
}
