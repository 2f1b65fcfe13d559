import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { ReadOperation, WriteOperation } from "../../dispatch/operation.ts";
import { type Tag, withoutTags } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { parseCloudMapArn } from "./arn.ts";
import { onAll } from "./authorise.ts";
import { resourceNotFound } from "./faults.ts";
import { findNamespace, keepNamespace } from "./namespaces/namespace.ts";
import type { CloudMapScope } from "./scope.ts";
import { findService, keepService } from "./services/cloud-map-service.ts";
import { tagContext, tagged } from "./tags.ts";

/** Something with tags: what it has, and how it gets others. */
interface Tagged {
  readonly tags: readonly Tag[];
  keep(tx: Tx, tags: readonly Tag[]): Promise<void>;
}

/** The namespace or the service with an ARN; `undefined` when there is none. */
export async function findTagged(rows: Rows, arn: string): Promise<Tagged | undefined> {
  const key = parseCloudMapArn(arn);
  if (key === undefined) return undefined;
  if (key.kind === "namespace") {
    const namespace = await findNamespace(rows, key);
    return (
      namespace && { tags: namespace.tags, keep: (tx, tags) => keepNamespace(tx, { ...namespace, tags }) }
    );
  }
  const service = await findService(rows, key);
  return service && { tags: service.tags, keep: (tx, tags) => keepService(tx, { ...service, tags }) };
}

/** @throws Fault `ResourceNotFoundException`, also for what is of another account or region. */
async function needTagged(rows: Rows, arn: string, { account, region }: CloudMapScope): Promise<Tagged> {
  const key = parseCloudMapArn(arn);
  const own = key?.account === account && key.region === region;
  const found = own ? await findTagged(rows, arn) : undefined;
  if (found === undefined) throw resourceNotFound(arn);
  return found;
}

export const listTagsForResource: ReadOperation<typeof servicediscovery, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: () => onAll("ListTagsForResource"),
  async read(ctx, { ResourceARN = "" }) {
    const { tags } = await needTagged(ctx.rows, ResourceARN, ctx);
    return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
};

export const tagResource: WriteOperation<typeof servicediscovery, "TagResource"> = {
  name: "TagResource",
  authorise: ({ Tags }) => [
    { action: "servicediscovery:TagResource", resource: "*", context: tagContext(Tags) },
  ],
  async commit(tx, ctx, { ResourceARN = "", Tags }) {
    const found = await needTagged(tx, ResourceARN, ctx);
    await found.keep(tx, tagged(found.tags, Tags, ResourceARN));
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

export const untagResource: WriteOperation<typeof servicediscovery, "UntagResource"> = {
  name: "UntagResource",
  authorise: ({ TagKeys = [] }) => [
    {
      action: "servicediscovery:UntagResource",
      resource: "*",
      ...(TagKeys.length > 0 && { context: { "aws:TagKeys": TagKeys } }),
    },
  ],
  async commit(tx, ctx, { ResourceARN = "", TagKeys = [] }) {
    const found = await needTagged(tx, ResourceARN, ctx);
    await found.keep(tx, withoutTags(found.tags, TagKeys));
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};
