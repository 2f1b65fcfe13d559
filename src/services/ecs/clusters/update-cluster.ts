import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { clusterArn, clusterOf } from "../arn.ts";
import { tagsOf } from "../tags/tags.ts";
import { changeCluster, ownCluster } from "./cluster.ts";
import { mergeSettings, readConfiguration } from "./configuration.ts";
import { type ConnectDefaultsWish, readConnectDefaults } from "./connect-defaults.ts";
import { countIn } from "./counts.ts";
import { describeChanged } from "./describe.ts";

/** Changes settings and configuration of a cluster; what is left out stays. */
export const updateCluster: WriteOperation<typeof ecs, "UpdateCluster", ConnectDefaultsWish> = {
  name: "UpdateCluster",
  authorise: ({ cluster, configuration }, ctx) => [
    {
      action: "ecs:UpdateCluster",
      resource: clusterArn(clusterOf(cluster, ctx)),
      context: {
        "ecs:fargate-ephemeral-storage-kms-key":
          configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
      },
    },
  ],
  async prepare(ctx, input) {
    await ownCluster(ctx.rows, input.cluster, ctx);
    return readConnectDefaults(ctx, input.serviceConnectDefaults);
  },
  async commit(tx, ctx, input, connect) {
    const configuration = readConfiguration(input.configuration);
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const document = {
      ...cluster.document,
      settings: mergeSettings(cluster.document.settings, input.settings),
      ...(configuration === undefined ? {} : { configuration }),
      ...(connect.asked && { serviceConnectDefaults: connect.defaults }),
    };
    await changeCluster(tx, cluster.key, { document: JSON.stringify(document) });
    const counts = await countIn(tx, cluster.key);
    return { cluster: describeChanged({ ...cluster, document }, counts, await tagsOf(tx, cluster.arn)) };
  },
};

/** Changes settings of a cluster. */
export const updateClusterSettings: WriteOperation<typeof ecs, "UpdateClusterSettings"> = {
  name: "UpdateClusterSettings",
  authorise: ({ cluster }, ctx) => [
    { action: "ecs:UpdateClusterSettings", resource: clusterArn(clusterOf(cluster, ctx)) },
  ],
  async commit(tx, ctx, input) {
    const cluster = await ownCluster(tx, input.cluster, ctx);
    const document = {
      ...cluster.document,
      settings: mergeSettings(cluster.document.settings, input.settings),
    };
    await changeCluster(tx, cluster.key, { document: JSON.stringify(document) });
    const counts = await countIn(tx, cluster.key);
    return { cluster: describeChanged({ ...cluster, document }, counts, await tagsOf(tx, cluster.arn)) };
  },
};
