import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import { validation } from "../faults.ts";
import type { Group, GroupTag } from "../groups/group.ts";

/** AWS General Reference, "Tag naming limits and requirements". */
const mostTags = 50;

/** The tags of a group after these are added. @throws Fault `ValidationError`. @param by a service may give `aws:` ones. */
export function mergeGroupTags(
  have: readonly GroupTag[],
  given: readonly autoscaling.Tag[],
): readonly GroupTag[] {
  const merged = new Map(have.map((tag) => [tag.key, tag]));
  for (const { Key = "", Value = "", PropagateAtLaunch = false } of given) {
    if (Key === "") throw validation("Tag key must not be empty.");
    if (Key.toLowerCase().startsWith("aws:")) {
      throw validation("Tag keys must not begin with the prefix aws:");
    }
    merged.set(Key, { key: Key, value: Value, atLaunch: PropagateAtLaunch });
  }
  if (merged.size > mostTags) throw validation(`A group can have at most ${mostTags} tags.`);
  return [...merged.values()];
}

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that puts tags on something. */
export function tagContext(
  given: readonly autoscaling.Tag[] | undefined,
): Readonly<Record<string, string | readonly string[]>> {
  if (given === undefined || given.length === 0) return {};
  return {
    ...Object.fromEntries(given.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": given.map(({ Key = "" }) => Key),
  };
}

/** AWS: the one type of resource that has tags here. */
export const taggedType = "auto-scaling-group";

export function wireTag(group: Pick<Group, "name">, tag: GroupTag): autoscaling.TagDescription {
  return {
    ResourceId: group.name,
    ResourceType: taggedType,
    Key: tag.key,
    Value: tag.value,
    PropagateAtLaunch: tag.atLaunch,
  };
}
