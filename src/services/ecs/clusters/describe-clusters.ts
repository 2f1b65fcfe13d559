import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { type ClusterKey, clusterArn, clusterOf, defaultCluster } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { findCluster } from "./cluster.ts";
import { countIn } from "./counts.ts";
import { describeCluster } from "./describe.ts";

/** API Reference, "DescribeClusters". */
const mostDescribed = 100;

/** AWS: a call that names none asks for the default cluster. */
function namedClusters(clusters: readonly string[] | undefined, ctx: CallContext): readonly ClusterKey[] {
  const names = clusters === undefined || clusters.length === 0 ? [defaultCluster] : clusters;
  return [...new Set(names)].map((name) => clusterOf(name, ctx));
}

/** Clusters by name or ARN, deleted ones too; those that are not there are told as failures. */
export const describeClusters: ReadOperation<typeof ecs, "DescribeClusters"> = {
  name: "DescribeClusters",
  authorise: ({ clusters }, ctx) =>
    namedClusters(clusters, ctx).map((key) => ({
      action: "ecs:DescribeClusters",
      resource: clusterArn(key),
    })),
  async read(ctx, input) {
    const keys = namedClusters(input.clusters, ctx);
    // Ours: AWS's sentence for too many is not known.
    if (keys.length > mostDescribed) {
      throw invalidParameter(`At most ${mostDescribed} clusters can be described at once.`);
    }
    const include: ReadonlySet<string> = new Set(input.include);
    const clusters: ecs.Cluster[] = [];
    const failures: ecs.Failure[] = [];
    for (const key of keys) {
      const cluster = await findCluster(ctx.rows, key);
      if (cluster === undefined) {
        failures.push({ arn: clusterArn(key), reason: "MISSING" });
        continue;
      }
      const view = {
        configurations: include.has("CONFIGURATIONS"),
        settings: include.has("SETTINGS"),
        statistics: include.has("STATISTICS"),
        attachments: include.has("ATTACHMENTS"),
        tags: include.has("TAGS") ? await tagsOf(ctx.rows, cluster.arn) : [],
      };
      clusters.push(describeCluster(cluster, await countIn(ctx.rows, key), view));
    }
    return { clusters, failures };
  },
};
