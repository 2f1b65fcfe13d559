import type * as ecs from "@aws-sdk/client-ecs";
import { mergeTags, type Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { parseEcsArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import type { TagTables } from "./tag-store.ts";

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;
const longestKey = 128;
const longestValue = 256;

/** Types whose ARNs end in a random id: nobody can have asked for the tags of a new one before. */
const neverReused: ReadonlySet<string> = new Set([
  "task",
  "container-instance",
  "task-set",
  "service-revision",
  "service-deployment",
]);

/** Tags as a request names them, unread: for `authorise`, which decides nothing. A key alone has an empty value. */
export function requestedTags(tags: readonly ecs.Tag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ key = "", value = "" }) => ({ key, value }));
}

/** Reads the tags of a request. Throws `InvalidParameterException`; the texts are ours. */
export function readTags(tags: readonly ecs.Tag[] | undefined): readonly Tag[] {
  const read = requestedTags(tags);
  const keys = new Set<string>();
  for (const { key, value } of read) {
    if (key === "") throw invalidParameter("Tag keys can not be empty.");
    if (key.length > longestKey) throw invalidParameter(`Tag keys can not be longer than ${longestKey}.`);
    if (value.length > longestValue) {
      throw invalidParameter(`Tag values can not be longer than ${longestValue}.`);
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw invalidParameter("Tag keys starting with 'aws:' are reserved for system use.");
    }
    if (keys.has(key)) throw invalidParameter(`The tag key '${key}' is given more than once.`);
    keys.add(key);
  }
  if (read.length > mostTags) throw tooManyTags();
  return read;
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(tags: readonly Tag[]): Readonly<Record<string, string | readonly string[]>> {
  if (tags.length === 0) return {};
  const values = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(values), "aws:TagKeys": tags.map(({ key }) => key) };
}

/** The tags of a resource, in the order in which their keys came. */
export async function tagsOf(rows: Rows, arn: string): Promise<readonly Tag[]> {
  return (await tagsOfAll(rows, [arn])).get(arn) ?? [];
}

/** The tags of several resources by ARN; a resource without tags is not in the map. */
export async function tagsOfAll(
  rows: Rows,
  arns: readonly string[],
): Promise<ReadonlyMap<string, readonly Tag[]>> {
  const found = new Map<string, Tag[]>();
  if (arns.length === 0) return found;
  const tags = await rows
    .tables<TagTables>()
    .selectFrom("ecs_tag")
    .select(["arn", "key", "value"])
    .where("arn", "in", arns)
    .orderBy("arn")
    .orderBy("position")
    .execute();
  for (const { arn, key, value } of tags) {
    found.set(arn, [...(found.get(arn) ?? []), { key, value }]);
  }
  return found;
}

/** Adds tags to a resource; keys that it has get the new values. Throws `InvalidParameterException` beyond fifty. */
export async function putTags(tx: Tx, arn: string, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  const have = await tagsOf(tx, arn);
  const wanted = mergeTags(have, tags);
  if (wanted.length > mostTags) throw tooManyTags();
  const rows = wanted.map(({ key, value }, position) => ({ arn, key, value, position }));
  await tx.tables<TagTables>().deleteFrom("ecs_tag").where("arn", "=", arn).execute();
  await tx.tables<TagTables>().insertInto("ecs_tag").values(rows).execute();
  if (have.length > 0) await tagsChanged(tx, arn);
  else await tagsAppeared(tx, arn);
}

/** Takes tags away from a resource; keys that it has not are ignored, as AWS does. */
export async function removeTags(tx: Tx, arn: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await tx
    .tables<TagTables>()
    .deleteFrom("ecs_tag")
    .where("arn", "=", arn)
    .where("key", "in", keys)
    .execute();
  await tagsChanged(tx, arn);
}

/** Forgets the tags of a resource that is gone. */
export async function dropTags(tx: Tx, arn: string): Promise<void> {
  const [gone] = await tx.tables<TagTables>().deleteFrom("ecs_tag").where("arn", "=", arn).execute();
  if ((gone?.numDeletedRows ?? 0n) > 0n) await tagsAppeared(tx, arn);
}

/** Tells policies that the tags of a resource, which they may have read, are others now. */
export async function tagsChanged(tx: Tx, arn: string): Promise<void> {
  const owner = parseEcsArn(arn)?.account;
  if (owner !== undefined) await tx.bumpEpoch(owner);
}

/** What nobody could ask for before, and nobody will again, is in no cache. */
async function tagsAppeared(tx: Tx, arn: string): Promise<void> {
  if (!neverReused.has(parseEcsArn(arn)?.type ?? "")) await tagsChanged(tx, arn);
}

const tooManyTags = () =>
  invalidParameter(`The number of tags exceeds the limit of ${mostTags} tags per resource.`);
