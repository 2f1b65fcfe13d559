import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { type Kind, kindOf } from "../kinds.ts";
import { actingService } from "../network-interfaces/network-interface.ts";
import { type Need, nothingNamed, reading, writing } from "../operation.ts";
import { listTagged, needResource, type Place, type Resource, saveResource } from "../resource.ts";
import { readTags, tagContext, type WireTag } from "./tags.ts";

/** Each resource that the request names, by its type; what is of no known type is asked for as a whole. */
function onResources(ids: readonly string[], tags: readonly WireTag[]): readonly Need[] {
  const context = tagContext(tags);
  return ids.map((id) => {
    const type = kindOf(id);
    return type === undefined ? { context } : { type, id, context };
  });
}

async function needTaggable(rows: Rows, place: Place, id: string): Promise<Resource<Kind>> {
  const kind = kindOf(id);
  if (kind !== undefined) return needResource(rows, place, kind, id);
  throw new Fault("InvalidID", `The ID '${id.slice(0, 128)}' is not valid`);
}

const createTags = writing(
  "CreateTags",
  ({ Resources, Tags }) => onResources(Resources, Tags),
  async (tx, ctx, { Resources, Tags }) => {
    const by = actingService(ctx.principal) === undefined ? "customer" : "service";
    for (const id of new Set(Resources)) {
      const one = await needTaggable(tx, ctx, id);
      await saveResource(tx, { ...one, tags: readTags(one.tags, Tags, by) });
    }
    await tx.bumpEpoch(ctx.account);
    return {};
  },
);

const deleteTags = writing(
  "DeleteTags",
  ({ Resources, Tags = [] }) => onResources(Resources, Tags),
  async (tx, ctx, { Resources, Tags }) => {
    for (const id of new Set(Resources)) {
      const one = await needTaggable(tx, ctx, id);
      // AWS: a tag with a value goes only if it has that value; without tags, all go.
      const gone = (Tags ?? one.tags.map(({ key }) => ({ Key: key, Value: undefined })))
        .filter(({ Key, Value }) =>
          one.tags.some(({ key, value }) => key === Key && (Value === undefined || Value === value)),
        )
        .flatMap(({ Key }) => Key ?? []);
      await saveResource(tx, { ...one, tags: withoutTags(one.tags, gone) });
    }
    await tx.bumpEpoch(ctx.account);
    return {};
  },
);

interface Listed {
  /** Resource and key: what pages go by. */
  readonly id: string;
  readonly resource: Resource<Kind>;
  readonly key: string;
  readonly value: string;
}

const filters: FilterTable<Listed> = {
  key: ({ key }) => key,
  "resource-id": ({ resource }) => resource.id,
  "resource-type": ({ resource }) => resource.kind,
  value: ({ value }) => value,
};

const describeTags = reading("DescribeTags", nothingNamed, async (ctx, input) => {
  const listed = (await listTagged(ctx.rows, ctx)).flatMap((resource) =>
    [...resource.tags]
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value }) => ({ id: `${resource.id}\n${key}`, resource, key, value })),
  );
  const find = (item: Listed) => [{ key: item.key, value: item.value }];
  const { items, NextToken } = paged(filtered(listed, input.Filters, filters, find), input);
  return {
    Tags: items.map(({ resource, key, value }) => ({
      ResourceId: resource.id,
      ResourceType: resource.kind,
      Key: key,
      Value: value,
    })),
    NextToken,
  };
});

export const tagOperations: readonly AnyOperation[] = [createTags, deleteTags, describeTags];
