import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext } from "../../dispatch/context.ts";
import type { ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { mergeTags, type Tag, withoutTags } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { bareId, route53Arn } from "./arn.ts";
import { invalidInput } from "./faults.ts";
import { findHealthCheck, keepHealthCheck, needHealthCheck } from "./health-checks/health-check.ts";
import { findHostedZone, keepDocument, needHostedZone } from "./hosted-zones/hosted-zone.ts";

/** Developer Guide, "Tagging Amazon Route 53 resources". */
const mostTags = 50;

interface Tagged {
  readonly id: string;
  readonly tags: readonly Tag[];
  keep(tx: Tx, tags: readonly Tag[]): Promise<void>;
}

const on = (action: string, type: route53.TagResourceType | undefined, id: string | undefined) => [
  { action: `route53:${action}`, resource: route53Arn(type ?? "hostedzone", id) },
];

async function needTagged(rows: Rows, ctx: CallContext, type: string | undefined, id = ""): Promise<Tagged> {
  if (type === "healthcheck") {
    const check = await needHealthCheck(rows, ctx, bareId(id));
    return {
      id: check.id,
      tags: check.tags,
      keep: (tx, tags) => keepHealthCheck(tx, { ...check, tags }, check),
    };
  }
  const zone = await needHostedZone(rows, ctx, id);
  return { id: zone.id, tags: zone.tags, keep: (tx, tags) => keepDocument(tx, { ...zone, tags }) };
}

/** The tags of the zone or health check with an ARN, for policies. */
export async function tagsOf(rows: Rows, arn: string): Promise<readonly Tag[] | undefined> {
  const [, kind, id = ""] = /^arn:aws:route53:::(hostedzone|healthcheck)\/(.+)$/.exec(arn) ?? [];
  if (kind === undefined) return undefined;
  return (await (kind === "hostedzone" ? findHostedZone(rows, id) : findHealthCheck(rows, id)))?.tags;
}

export const changeTags: WriteOperation<typeof route53, "ChangeTagsForResource"> = {
  name: "ChangeTagsForResource",
  authorise: ({ ResourceType, ResourceId }) => on("ChangeTagsForResource", ResourceType, ResourceId),
  async commit(tx, ctx, { ResourceType, ResourceId, AddTags = [], RemoveTagKeys = [] }) {
    if (AddTags.length === 0 && RemoveTagKeys.length === 0)
      throw invalidInput("Either AddTags or RemoveTagKeys must be given.");
    const tagged = await needTagged(tx, ctx, ResourceType, ResourceId);
    const added = AddTags.map(({ Key: key = "", Value: value = "" }) => ({ key, value }));
    if (added.some(({ key }) => key === "" || key.toLowerCase().startsWith("aws:")))
      throw invalidInput("Tag keys must not be empty and must not begin with aws:.");
    const tags = mergeTags(withoutTags(tagged.tags, RemoveTagKeys), added);
    if (tags.length > mostTags)
      throw new Fault("LimitsExceeded", `A resource can have at most ${mostTags} tags.`);
    await tagged.keep(tx, tags);
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

export const listTagsForResource: ReadOperation<typeof route53, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ ResourceType, ResourceId }) => on("ListTagsForResource", ResourceType, ResourceId),
  read: async (ctx, { ResourceType, ResourceId }) => ({
    ResourceTagSet: wireTags(ResourceType, await needTagged(ctx.rows, ctx, ResourceType, ResourceId)),
  }),
};

export const listTagsForResources: ReadOperation<typeof route53, "ListTagsForResources"> = {
  name: "ListTagsForResources",
  authorise: ({ ResourceType, ResourceIds = [] }) =>
    ResourceIds.flatMap((id) => on("ListTagsForResources", ResourceType, id)),
  async read(ctx, { ResourceType, ResourceIds = [] }) {
    const sets: route53.ResourceTagSet[] = [];
    for (const id of ResourceIds)
      sets.push(wireTags(ResourceType, await needTagged(ctx.rows, ctx, ResourceType, id)));
    return { ResourceTagSets: sets };
  },
};

function wireTags(type: route53.TagResourceType | undefined, { id, tags }: Tagged): route53.ResourceTagSet {
  return {
    ...(type !== undefined && { ResourceType: type }),
    ResourceId: id,
    Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
  };
}
