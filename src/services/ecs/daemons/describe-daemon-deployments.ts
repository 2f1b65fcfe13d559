import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import {
  clusterArn,
  type DaemonKey,
  daemonArn,
  daemonDeploymentArn,
  daemonRevisionArn,
  parseEcsArn,
} from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { askedDaemon, findRevision, keyOfDaemon, needDaemon } from "./daemon.ts";
import { type DaemonDeployment, findDaemonDeployment, listDeploymentsOf } from "./daemon-deployment.ts";
import { presenceOf, total } from "./daemon-presence.ts";
import { onDaemon } from "./daemon-request.ts";
import { breakerThreshold } from "./daemon-view.ts";

/** API Reference, DescribeDaemonDeployments and DescribeDaemonRevisions. */
const mostDescribed = 20;
/** API Reference, ListDaemonDeployments. */
const largestPage = 100;
const usualPage = 20;

type PartType = "daemon-deployment" | "daemon-revision";

/** A deployment or revision that a call names by its ARN; `undefined` for anything else, and for others' ones. */
function readPart(
  type: PartType,
  named: string,
  { account, region }: Pick<CallContext, "account" | "region">,
): { readonly key: DaemonKey; readonly id: string } | undefined {
  const arn = parseEcsArn(named);
  const [cluster, daemon, id, ...more] = arn?.path ?? [];
  if (arn?.type !== type || arn.account !== account || arn.region !== region) return undefined;
  if (cluster === undefined || daemon === undefined || id === undefined || more.length > 0) return undefined;
  return { key: { account, region, cluster, daemon }, id };
}

/** The permissions on deployments or revisions; what is no ARN of one is the operation's to refuse. */
function onParts(
  action: string,
  type: PartType,
  named: readonly string[],
  ctx: Pick<CallContext, "account" | "region">,
): readonly Authorisation[] {
  return [...new Set(named)].map((one) => {
    const part = readPart(type, one, ctx);
    if (part === undefined) {
      const any = { account: ctx.account, region: ctx.region, cluster: "default", daemon: "*" };
      const resource =
        type === "daemon-revision" ? daemonRevisionArn(any, "*") : daemonDeploymentArn(any, "*");
      return { action, resource: one.startsWith("arn:") ? one : resource };
    }
    return {
      action,
      resource: one,
      context: { "ecs:cluster": clusterArn(part.key), "ecs:daemon": daemonArn(part.key) },
    };
  });
}

function checkCount(named: readonly string[], member: string): void {
  // Ours.
  if (named.length === 0) throw invalidParameter(`${member} can not be empty.`);
  if (named.length > mostDescribed)
    throw invalidParameter(`${member} can have at most ${mostDescribed} items.`);
}

/** Deployments by their ARNs. */
export const describeDaemonDeployments: ReadOperation<typeof ecs, "DescribeDaemonDeployments"> = {
  name: "DescribeDaemonDeployments",
  authorise: ({ daemonDeploymentArns }, ctx) =>
    onParts("ecs:DescribeDaemonDeployments", "daemon-deployment", daemonDeploymentArns, ctx),
  async read(ctx, { daemonDeploymentArns: named }) {
    checkCount(named, "daemonDeploymentArns");
    const daemonDeployments: ecs.DaemonDeployment[] = [];
    const failures: ecs.Failure[] = [];
    for (const arn of new Set(named)) {
      const part = readPart("daemon-deployment", arn, ctx);
      const found = part && (await findDaemonDeployment(ctx.rows, part.key, part.id));
      if (part === undefined || found === undefined) failures.push({ arn, reason: "MISSING" });
      else daemonDeployments.push(await describeDeployment(ctx.rows, part.key, found, ctx.now));
    }
    return { daemonDeployments, failures };
  },
};

async function describeDeployment(
  rows: Rows,
  key: DaemonKey,
  { id, createdAt, document }: DaemonDeployment,
  now: number,
): Promise<ecs.DaemonDeployment> {
  const { progress, configuration, capacityProviders, source, wanted } = document;
  const detail = async (revision: string): Promise<ecs.DaemonDeploymentRevisionDetail> => {
    const presence = await presenceOf(rows, key, revision, capacityProviders, now);
    return {
      arn: daemonRevisionArn(key, revision),
      capacityProviders: presence.map(({ provider, running, without, draining }) => ({
        arn: provider,
        runningInstanceCount: running,
        withoutDaemonInstanceCount: without,
        drainingInstanceCount: draining,
      })),
      totalRunningInstanceCount: total(presence, "running"),
      totalWithoutDaemonInstanceCount: total(presence, "without"),
      totalDrainingInstanceCount: total(presence, "draining"),
    };
  };
  const target = await detail(wanted);
  return {
    daemonDeploymentArn: daemonDeploymentArn(key, id),
    clusterArn: clusterArn(key),
    status: progress.status,
    ...(progress.statusReason !== undefined && { statusReason: progress.statusReason }),
    targetDaemonRevision: target,
    sourceDaemonRevisions: source === undefined ? [] : [await detail(source)],
    circuitBreaker: {
      failureCount: progress.failures,
      status: progress.breaker,
      threshold: breakerThreshold(target.totalRunningInstanceCount ?? 0),
    },
    alarms: { status: "DISABLED", alarmNames: [], triggeredAlarmNames: [] },
    ...(progress.rollback !== undefined && {
      rollback: {
        reason: progress.rollback.reason,
        startedAt: new Date(progress.rollback.startedAt),
        rollbackTargetDaemonRevisionArn: daemonRevisionArn(key, progress.target),
        rollbackCapacityProviders: target.capacityProviders?.map(({ arn = "" }) => arn),
      },
    }),
    deploymentConfiguration: configuration,
    createdAt: new Date(createdAt),
    ...timesOf(document.progress),
  };
}

function timesOf(progress: DaemonDeployment["document"]["progress"]): Record<string, Date> {
  const times: Record<string, Date> = {};
  for (const name of ["startedAt", "stoppedAt", "finishedAt"] as const) {
    const time = progress[name];
    if (time !== undefined) times[name] = new Date(time);
  }
  return times;
}

/** The deployments of a daemon, newest first. */
export const listDaemonDeployments: ReadOperation<typeof ecs, "ListDaemonDeployments"> = {
  name: "ListDaemonDeployments",
  authorise: ({ daemonArn: named }, ctx) => [
    { ...onDaemon("ecs:ListDaemonDeployments", askedDaemon(named, ctx)) },
  ],
  async read(ctx, input) {
    const key = keyOfDaemon(input.daemonArn, ctx);
    await ownCluster(ctx.rows, key.cluster, ctx);
    await needDaemon(ctx.rows, key);
    const limit = input.maxResults === undefined ? usualPage : pageSize(input.maxResults, largestPage);
    const [after] = readAfter(input.nextToken, 1) ?? [];
    const { before: until, after: since } = input.createdAt ?? {};
    const found = (await listDeploymentsOf(ctx.rows, key))
      .filter(({ document }) => input.status === undefined || input.status.includes(document.progress.status))
      .filter(({ createdAt }) => until === undefined || createdAt < until.getTime())
      .filter(({ createdAt }) => since === undefined || createdAt > since.getTime());
    const begin = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
    const page = cutPage(found.slice(begin, begin + limit + 1), limit, ({ id }) => [id]);
    return {
      daemonDeployments: page.rows.map(({ id, createdAt, document: { progress, wanted } }) => ({
        daemonDeploymentArn: daemonDeploymentArn(key, id),
        daemonArn: daemonArn(key),
        clusterArn: clusterArn(key),
        status: progress.status,
        ...(progress.statusReason !== undefined && { statusReason: progress.statusReason }),
        targetDaemonRevisionArn: daemonRevisionArn(key, wanted),
        createdAt: new Date(createdAt),
        ...timesOf(progress),
      })),
      nextToken: page.next,
    };
  },
};

/** Revisions of daemons by their ARNs. */
export const describeDaemonRevisions: ReadOperation<typeof ecs, "DescribeDaemonRevisions"> = {
  name: "DescribeDaemonRevisions",
  authorise: ({ daemonRevisionArns }, ctx) =>
    onParts("ecs:DescribeDaemonRevisions", "daemon-revision", daemonRevisionArns, ctx),
  async read(ctx, { daemonRevisionArns: named }) {
    checkCount(named, "daemonRevisionArns");
    const daemonRevisions: ecs.DaemonRevision[] = [];
    const failures: ecs.Failure[] = [];
    for (const arn of new Set(named)) {
      const part = readPart("daemon-revision", arn, ctx);
      const found = part && (await findRevision(ctx.rows, part.key, part.id));
      if (part === undefined || found === undefined) {
        failures.push({ arn, reason: "MISSING" });
        continue;
      }
      const { taskDefinition, containerImages, ...settings } = found.document;
      daemonRevisions.push({
        daemonRevisionArn: arn,
        clusterArn: clusterArn(part.key),
        daemonArn: daemonArn(part.key),
        daemonTaskDefinitionArn: taskDefinition,
        createdAt: new Date(found.createdAt),
        containerImages: [...containerImages],
        ...settings,
      });
    }
    return { daemonRevisions, failures };
  },
};
