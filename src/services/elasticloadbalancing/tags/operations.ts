import type { AnyOperation } from "../../../dispatch/operation.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import type { Kind } from "../documents.ts";
import { validation } from "../faults.ts";
import { onResource, reading, writing } from "../operation.ts";
import { isArnOf, needResource, type Resource, saveResource } from "../resource.ts";
import type { Place } from "../scope.ts";
import { addedTags, apiTags, tagContext } from "./tags.ts";

const kinds: readonly Kind[] = ["load-balancer", "target-group", "listener", "rule"];
/** API Reference, "DescribeTags": up to 20 resources in one call. */
const mostResources = 20;

/** The caller's resources with ARNs, of whatever kind. */
async function needTagged(rows: Rows, place: Place, arns: readonly string[]): Promise<Resource<Kind>[]> {
  if (arns.length > mostResources) {
    // Ours.
    throw validation(`No more than ${mostResources} resources can be named at once`);
  }
  const found: Resource<Kind>[] = [];
  for (const arn of new Set(arns)) {
    const kind = kinds.find((one) => isArnOf(one, arn));
    if (kind === undefined) throw validation(`'${arn.slice(0, 512)}' is not a valid ARN`);
    found.push(await needResource(rows, place, kind, arn));
  }
  return found;
}

const addTags = writing(
  "AddTags",
  ({ ResourceArns = [], Tags }) =>
    (ResourceArns.length === 0 ? ["*"] : ResourceArns).flatMap((arn) =>
      onResource("AddTags", arn, tagContext(Tags)),
    ),
  async (tx, ctx, { ResourceArns = [], Tags = [] }) => {
    for (const one of await needTagged(tx, ctx, ResourceArns)) {
      await saveResource(tx, { ...one, tags: addedTags(one.tags, Tags) });
    }
    await tx.bumpEpoch(ctx.account);
    return {};
  },
);

const removeTags = writing(
  "RemoveTags",
  ({ ResourceArns = [], TagKeys = [] }) =>
    (ResourceArns.length === 0 ? ["*"] : ResourceArns).flatMap((arn) =>
      onResource("RemoveTags", arn, TagKeys.length > 0 ? { "aws:TagKeys": TagKeys } : undefined),
    ),
  async (tx, ctx, { ResourceArns = [], TagKeys = [] }) => {
    for (const one of await needTagged(tx, ctx, ResourceArns)) {
      await saveResource(tx, { ...one, tags: withoutTags(one.tags, TagKeys) });
    }
    await tx.bumpEpoch(ctx.account);
    return {};
  },
);

const describeTags = reading("DescribeTags", async (ctx, { ResourceArns = [] }) => {
  const found = await needTagged(ctx.rows, ctx, ResourceArns);
  return { TagDescriptions: found.map(({ arn, tags }) => ({ ResourceArn: arn, Tags: apiTags(tags) })) };
});

export const tagOperations: readonly AnyOperation[] = [addTags, removeTags, describeTags];
