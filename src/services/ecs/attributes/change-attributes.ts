import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { readAttributes, withAttributes } from "../container-instances/attributes.ts";
import { changeSeenInstance } from "../container-instances/change.ts";
import { findInstance, keptAttributes } from "../container-instances/instance.ts";
import { onInstances } from "../container-instances/on-instances.ts";
import { findTargets } from "./targets.ts";

/** Gives container instances attributes, or those they have other values. */
export const putAttributes: WriteOperation<typeof ecs, "PutAttributes"> = {
  name: "PutAttributes",
  authorise: ({ cluster, attributes }, ctx) =>
    onInstances(
      "ecs:PutAttributes",
      cluster,
      attributes.map(({ targetId }) => targetId),
      ctx,
    ),
  async commit(tx, ctx, input) {
    const { key: cluster } = await ownCluster(tx, input.cluster, ctx);
    for (const { attribute, instance } of await findTargets(tx, ctx, cluster, input.attributes)) {
      const now = (await findInstance(tx, instance.key, ctx.now)) ?? instance;
      const attributes = withAttributes(now.attributes, readAttributes([attribute]));
      await changeSeenInstance(tx, ctx, now, { attributes: keptAttributes(attributes) });
    }
    return { attributes: [...input.attributes] };
  },
};

/** Takes attributes away from container instances. AWS: what is not there is not missed. */
export const deleteAttributes: WriteOperation<typeof ecs, "DeleteAttributes"> = {
  name: "DeleteAttributes",
  authorise: ({ cluster, attributes }, ctx) =>
    onInstances(
      "ecs:DeleteAttributes",
      cluster,
      attributes.map(({ targetId }) => targetId),
      ctx,
    ),
  async commit(tx, ctx, input) {
    const { key: cluster } = await ownCluster(tx, input.cluster, ctx);
    for (const { attribute, instance } of await findTargets(tx, ctx, cluster, input.attributes)) {
      const now = (await findInstance(tx, instance.key, ctx.now)) ?? instance;
      const attributes = new Map([...now.attributes].filter(([name]) => name !== attribute.name));
      await changeSeenInstance(tx, ctx, now, { attributes: keptAttributes(attributes) });
    }
    return { attributes: [...input.attributes] };
  },
};
