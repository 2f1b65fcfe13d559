import type * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { Authorisation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { ResourceFacts } from "../../../dispatch/service.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { parseTargetArn, type Scope } from "../arn.ts";
import { resourceNotFound } from "../faults.ts";
import { findTargetById, keepTarget, type Target } from "../targets/target.ts";
import { readTags, tagContext } from "./tags.ts";

/** The tags of the scalable target with an ARN, for policies. */
export async function targetFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const named = parseTargetArn(arn);
  const target = named && (await findTargetById(rows, named));
  return { policies: [], ...(target !== undefined && { tags: target.tags }) };
}

/** @throws Fault `ResourceNotFoundException`, also for what is of another account or region. */
async function needTagged(rows: Rows, arn: string, { account, region }: Scope): Promise<Target> {
  const named = parseTargetArn(arn);
  const own = named?.account === account && named.region === region;
  const target = own ? await findTargetById(rows, named) : undefined;
  if (target === undefined) throw resourceNotFound(arn);
  return target;
}

const onArn = (action: string, arn: string | undefined, context: Authorisation["context"] = {}) => [
  { action: `application-autoscaling:${action}`, resource: arn ?? "*", context },
];

export const listTagsForResource: ReadOperation<typeof autoscaling, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: ({ ResourceARN }) => onArn("ListTagsForResource", ResourceARN),
  async read(ctx, { ResourceARN = "" }) {
    const { tags } = await needTagged(ctx.rows, ResourceARN, ctx);
    return { Tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
  },
};

export const tagResource: WriteOperation<typeof autoscaling, "TagResource"> = {
  name: "TagResource",
  authorise: ({ ResourceARN, Tags }) => onArn("TagResource", ResourceARN, tagContext(Tags)),
  async commit(tx, ctx, { ResourceARN = "", Tags = {} }) {
    const target = await needTagged(tx, ResourceARN, ctx);
    await keepTarget(tx, { ...target, tags: readTags(target.tags, Tags, ResourceARN) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

export const untagResource: WriteOperation<typeof autoscaling, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ ResourceARN, TagKeys = [] }) =>
    onArn("UntagResource", ResourceARN, TagKeys.length > 0 ? { "aws:TagKeys": TagKeys } : {}),
  async commit(tx, ctx, { ResourceARN = "", TagKeys = [] }) {
    const target = await needTagged(tx, ResourceARN, ctx);
    await keepTarget(tx, { ...target, tags: withoutTags(target.tags, TagKeys) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};
