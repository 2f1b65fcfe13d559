import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { AnyOperation, Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { groupNameNotFound, validation } from "../faults.ts";
import { changeGroup, findGroup, type Group, type GroupTag, listGroups } from "../groups/group.ts";
import { type AutoScaling, describing, onGroup, paged } from "../operation.ts";
import { mergeGroupTags, tagContext, taggedType, wireTag } from "./tags.ts";

/** The tags of a request by the name of their group. @throws Fault `ValidationError`. */
function byGroup(tags: readonly autoscaling.Tag[]): ReadonlyMap<string, readonly autoscaling.Tag[]> {
  const found = new Map<string, autoscaling.Tag[]>();
  for (const tag of tags) {
    const { ResourceId = "", ResourceType = taggedType } = tag;
    if (ResourceType !== taggedType) throw validation(`Invalid resource type: ${ResourceType.slice(0, 64)}`);
    found.set(ResourceId, [...(found.get(ResourceId) ?? []), tag]);
  }
  return found;
}

async function onGroups(
  action: string,
  tags: readonly autoscaling.Tag[],
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const names = [...new Set(tags.map(({ ResourceId = "*" }) => ResourceId))];
  const wanted = names.length === 0 ? ["*"] : names;
  const asked = wanted.map((name) =>
    onGroup(action, name, ctx, tagContext(tags.filter(({ ResourceId = "*" }) => ResourceId === name))),
  );
  return (await Promise.all(asked)).flat();
}

async function change(
  tx: Tx,
  scope: Scope,
  tags: readonly autoscaling.Tag[],
  merge: (group: Group, given: readonly autoscaling.Tag[]) => readonly GroupTag[],
): Promise<object> {
  for (const [name, given] of byGroup(tags)) {
    const group = await findGroup(tx, { account: scope.account, region: scope.region, name });
    if (group === undefined) throw groupNameNotFound(name);
    await changeGroup(tx, group, { tags: merge(group, given) });
  }
  await tx.bumpEpoch(scope.account);
  return {};
}

const createOrUpdateTags: WriteOperation<AutoScaling, "CreateOrUpdateTags"> = {
  name: "CreateOrUpdateTags",
  authorise: ({ Tags = [] }, ctx) => onGroups("CreateOrUpdateTags", Tags, ctx),
  commit: (tx, ctx, { Tags = [] }) =>
    change(tx, ctx, Tags, (group, given) => mergeGroupTags(group.document.tags, given)),
};

const deleteTags: WriteOperation<AutoScaling, "DeleteTags"> = {
  name: "DeleteTags",
  authorise: ({ Tags = [] }, ctx) => onGroups("DeleteTags", Tags, ctx),
  commit: (tx, ctx, { Tags = [] }) =>
    change(tx, ctx, Tags, (group, given) =>
      // AWS: with a value the tag goes only when it has that value.
      group.document.tags.filter(
        ({ key, value }) =>
          !given.some((tag) => tag.Key === key && ((tag.Value ?? "") === "" || tag.Value === value)),
      ),
    ),
};

const describeTags = describing("DescribeTags", async (ctx, input) => {
  const all = (await listGroups(ctx.rows, ctx)).flatMap((group) =>
    group.document.tags
      .map((tag) => wireTag(group, tag))
      .sort((a, b) => ((a.Key ?? "") < (b.Key ?? "") ? -1 : 1)),
  );
  const wanted = all.filter((tag) =>
    (input.Filters ?? []).every(({ Name = "", Values = [] }) => {
      const value = filters[Name]?.(tag);
      if (value === undefined) throw validation(`Invalid filter name: ${Name.slice(0, 128)}`);
      return Values.includes(value);
    }),
  );
  const { items, NextToken } = paged(wanted, input, (tag) => `${tag.ResourceId}\t${tag.Key}`);
  return { Tags: [...items], NextToken };
});

const filters: Readonly<Record<string, (tag: autoscaling.TagDescription) => string>> = {
  "auto-scaling-group": ({ ResourceId = "" }) => ResourceId,
  key: ({ Key = "" }) => Key,
  value: ({ Value = "" }) => Value,
  "propagate-at-launch": ({ PropagateAtLaunch = false }) => `${PropagateAtLaunch}`,
};

export const tagOperations: readonly AnyOperation[] = [createOrUpdateTags, deleteTags, describeTags];
