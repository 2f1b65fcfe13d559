import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { clusterArn, clusterOf, daemonDeploymentArn, daemonRevisionArn } from "../arn.ts";
import { providerName } from "../capacity-providers/capacity-provider.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { pageSize, readAfter } from "../paging.ts";
import { askedDaemon, type Daemon, keyOfDaemon, listDaemons, needDaemon } from "./daemon.ts";
import { daemonTasks, presenceOf, total } from "./daemon-presence.ts";
import { onDaemon } from "./daemon-request.ts";

/** API Reference, ListDaemons. */
const largestPage = 100;

/** One daemon, with the revisions that its tasks run. */
export const describeDaemon: ReadOperation<typeof ecs, "DescribeDaemon"> = {
  name: "DescribeDaemon",
  authorise: ({ daemonArn }, ctx) => [onDaemon("ecs:DescribeDaemon", askedDaemon(daemonArn, ctx))],
  async read(ctx, { daemonArn }) {
    const key = keyOfDaemon(daemonArn, ctx);
    await ownCluster(ctx.rows, key.cluster, ctx);
    const daemon = await needDaemon(ctx.rows, key);
    const { document } = daemon;
    return {
      daemon: {
        daemonArn: daemon.arn,
        clusterArn: clusterArn(key),
        status: daemon.status,
        currentRevisions: await currentRevisions(ctx.rows, daemon, ctx.now),
        deploymentArn: daemonDeploymentArn(key, document.deployment),
        createdAt: new Date(daemon.createdAt),
        updatedAt: new Date(document.updatedAt),
      },
    };
  },
};

async function currentRevisions(
  rows: Rows,
  { key, document }: Daemon,
  now: number,
): Promise<ecs.DaemonRevisionDetail[]> {
  const live = (await daemonTasks(rows, key)).filter(({ lastStatus }) => lastStatus !== "STOPPED");
  const revisions = new Set([document.target, ...live.map(({ revision }) => revision)]);
  const details: ecs.DaemonRevisionDetail[] = [];
  for (const revision of revisions) {
    const presence = await presenceOf(rows, key, revision, document.capacityProviders, now);
    details.push({
      arn: daemonRevisionArn(key, revision),
      capacityProviders: presence.map(({ provider, running, without }) => ({
        arn: provider,
        runningCount: running,
        withoutDaemonCount: without,
      })),
      totalRunningCount: total(presence, "running"),
      totalWithoutDaemonCount: total(presence, "without"),
    });
  }
  return details;
}

/** The daemons of a cluster, all or those of some providers. */
export const listDaemonsOperation: ReadOperation<typeof ecs, "ListDaemons"> = {
  name: "ListDaemons",
  // AWS: the action knows no resource.
  authorise: (input, ctx) => [
    {
      action: "ecs:ListDaemons",
      resource: "*",
      context: { "ecs:cluster": clusterArn(clusterOf(input.clusterArn, ctx)) },
    },
  ],
  async read(ctx, input) {
    const { key } = await ownCluster(ctx.rows, input.clusterArn, ctx);
    const limit = pageSize(input.maxResults, largestPage);
    const [after = ""] = readAfter(input.nextToken, 1) ?? [];
    const wanted = input.capacityProviderArns?.map(providerName);
    const found = (await listDaemons(ctx.rows, key))
      .filter(({ key: { daemon } }) => daemon > after)
      .filter(
        ({ document }) =>
          wanted === undefined || document.capacityProviders.some((name) => wanted.includes(name)),
      );
    const page = cutPage(found.slice(0, limit + 1), limit, (one) => [one.key.daemon]);
    return {
      daemonSummariesList: page.rows.map((one) => ({
        daemonArn: one.arn,
        status: one.status,
        createdAt: new Date(one.createdAt),
        updatedAt: new Date(one.document.updatedAt),
      })),
      nextToken: page.next,
    };
  },
};
