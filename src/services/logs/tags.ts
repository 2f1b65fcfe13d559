import { mergeTags, type Tag } from "../../kernel/tags.ts";
import type { Rows } from "../../store/types.ts";
import { parseLogGroupArn } from "./arn.ts";
import { invalidParameter, limitExceeded, notServed } from "./faults.ts";
import { type LogGroup, needLogGroup } from "./groups.ts";

type WireTags = Readonly<Record<string, string>>;

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

/** The tags of a group after these are added. Throws `InvalidParameterException`, `LimitExceededException`. */
export function readTags(have: readonly Tag[], given: WireTags): readonly Tag[] {
  const added = Object.entries(given).map(([key, value]) => ({ key, value }));
  // Ours: the rule is AWS's, its words are not recorded.
  if (added.some(({ key }) => key.toLowerCase().startsWith("aws:")))
    throw invalidParameter("Tag keys must not start with aws:.");
  const tags = mergeTags(have, added);
  if (tags.length > mostTags) throw limitExceeded(`A log group can have no more than ${mostTags} tags.`);
  return tags;
}

/** Tags as the API answers them. */
export function apiTags(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext({
  tags,
}: {
  readonly tags?: WireTags | undefined;
}): Readonly<Record<string, string | readonly string[]>> {
  if (tags === undefined || Object.keys(tags).length === 0) return {};
  const values = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": Object.keys(tags) };
}

/** The tagged group. Throws `InvalidParameterException`, `ResourceNotFoundException`. */
export async function taggedGroup(rows: Rows, resourceArn: string): Promise<LogGroup> {
  const key = parseLogGroupArn(resourceArn);
  if (key !== undefined) return await needLogGroup(rows, key);
  if (resourceArn.startsWith("arn:aws:logs:")) throw notServed(`The resource ${resourceArn}`);
  throw invalidParameter("The resourceArn is not valid.");
}
