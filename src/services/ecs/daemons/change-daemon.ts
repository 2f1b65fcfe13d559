import { createHash } from "node:crypto";
import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterOf, type DaemonKey, daemonDeploymentArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import {
  askedDaemon,
  changeDaemon,
  type Daemon,
  findDaemon,
  insertDaemon,
  insertRevision,
  keyOfDaemon,
  listDaemons,
  needActiveDaemon,
} from "./daemon.ts";
import {
  type DaemonDeploymentDocument,
  findDaemonDeployment,
  insertDeployment,
  isUnderWay,
  putProgress,
} from "./daemon-deployment.ts";
import { enqueueDaemon } from "./daemon-job.ts";
import {
  admitDaemon,
  daemonPermissions,
  onDaemon,
  readDaemonProviders,
  type WantedDaemon,
} from "./daemon-request.ts";

/** Ours: daemons of a cluster. */
const mostDaemons = 100;

/** Makes a daemon, which has a task on each managed instance of its providers before any other task is there. */
export const createDaemon: WriteOperation<typeof ecs, "CreateDaemon", WantedDaemon> = {
  name: "CreateDaemon",
  async authorise(input, ctx) {
    const key = { ...clusterOf(input.clusterArn, ctx), daemon: input.daemonName };
    const tags = requestedTags(input.tags);
    const asked = await daemonPermissions("ecs:CreateDaemon", key, input, ctx, tagContext(tags));
    const resource = asked[0]?.resource ?? "*";
    return [...asked, ...(await taggingPermission(ctx, resource, tags, "CreateDaemon"))];
  },
  async prepare(ctx, input) {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.daemonName)) {
      throw invalidParameter(
        "daemonName can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.",
      );
    }
    if (input.clientToken !== undefined && !/^[!-~]{1,36}$/.test(input.clientToken)) {
      throw invalidParameter("clientToken can have up to 36 characters in the range of 33 to 126.");
    }
    readTags(input.tags);
    const { key } = await ownCluster(ctx.rows, input.clusterArn, ctx);
    return await admitDaemon(ctx, key, input);
  },
  async commit(tx, ctx, input, wanted) {
    const { key: cluster } = await ownCluster(tx, input.clusterArn, ctx);
    const key: DaemonKey = { ...cluster, daemon: input.daemonName };
    const creation = createHash("sha256")
      .update(JSON.stringify([wanted, input.tags ?? [], input.clientToken ?? ""]))
      .digest("base64url");
    const before = await findDaemon(tx, key);
    if (before !== undefined) {
      // AWS: so for services; the same request with its token is the same daemon.
      if (input.clientToken === undefined || before.document.creation !== creation) {
        throw invalidParameter("Creation of daemon was not idempotent.");
      }
      return answerOf(before);
    }
    if ((await listDaemons(tx, cluster)).length >= mostDaemons) {
      throw invalidParameter(`The limit of ${mostDaemons} daemons in a cluster has been reached.`);
    }
    await readDaemonProviders(tx, cluster, wanted.capacityProviders);
    const target = await insertRevision(tx, ctx, key, wanted.revision);
    const deployment = await insertDeployment(tx, ctx, key, newDeployment(target, wanted));
    const daemon = await insertDaemon(tx, {
      key,
      status: "ACTIVE",
      createdAt: ctx.now,
      document: {
        capacityProviders: wanted.capacityProviders,
        target,
        deployment,
        updatedAt: ctx.now,
        creation,
      },
    });
    await putTags(tx, daemon.arn, readTags(input.tags));
    await enqueueDaemon(tx, key);
    return answerOf(daemon);
  },
};

function newDeployment(
  target: string,
  { capacityProviders, configuration }: Pick<WantedDaemon, "capacityProviders" | "configuration">,
  source?: string,
): DaemonDeploymentDocument {
  return {
    wanted: target,
    ...(source !== undefined && { source }),
    capacityProviders,
    configuration,
    progress: { status: "PENDING", target, failures: 0, counted: [], breaker: "MONITORING" },
  };
}

function answerOf(daemon: Daemon) {
  return {
    daemonArn: daemon.arn,
    status: daemon.status,
    createdAt: new Date(daemon.createdAt),
    deploymentArn: daemonDeploymentArn(daemon.key, daemon.document.deployment),
  };
}

/** Deploys another revision of a daemon: instances are replaced, a share of them at a time. */
export const updateDaemon: WriteOperation<typeof ecs, "UpdateDaemon", WantedDaemon> = {
  name: "UpdateDaemon",
  authorise: (input, ctx) => {
    return daemonPermissions("ecs:UpdateDaemon", askedDaemon(input.daemonArn, ctx), input, ctx);
  },
  async prepare(ctx, input) {
    const key = keyOfDaemon(input.daemonArn, ctx);
    await ownCluster(ctx.rows, key.cluster, ctx);
    await needActiveDaemon(ctx.rows, key);
    return await admitDaemon(ctx, key, input);
  },
  async commit(tx, ctx, input, wanted) {
    const key = keyOfDaemon(input.daemonArn, ctx);
    const daemon = await needActiveDaemon(tx, key);
    await readDaemonProviders(tx, key, wanted.capacityProviders);
    await stopCurrent(tx, ctx, daemon);
    const target = await insertRevision(tx, ctx, key, wanted.revision);
    const source = daemon.document.stable ?? daemon.document.target;
    const deployment = await insertDeployment(tx, ctx, key, newDeployment(target, wanted, source));
    const changed = await changeDaemon(tx, daemon, {
      document: {
        capacityProviders: wanted.capacityProviders,
        target,
        deployment,
        updatedAt: ctx.now,
      },
    });
    await enqueueDaemon(tx, key);
    return { ...answerOf(changed), updatedAt: new Date(ctx.now) };
  },
};

/** AWS: a deployment that a new one replaces is STOPPED (Developer Guide, "Daemon deployments"). The reason is ours. */
async function stopCurrent(tx: Tx, ctx: CallContext, { key, document }: Daemon): Promise<void> {
  const current = await findDaemonDeployment(tx, key, document.deployment);
  if (current === undefined || !isUnderWay(current.document.progress)) return;
  await putProgress(tx, key, current, {
    ...current.document.progress,
    status: "STOPPED",
    statusReason: "The deployment was replaced by a new deployment.",
    breaker: "MONITORING_COMPLETE",
    stoppedAt: ctx.now,
  });
}

/** Takes a daemon off its instances; it is gone when its last task is. */
export const deleteDaemon: WriteOperation<typeof ecs, "DeleteDaemon"> = {
  name: "DeleteDaemon",
  authorise: ({ daemonArn }, ctx) => [onDaemon("ecs:DeleteDaemon", askedDaemon(daemonArn, ctx))],
  async commit(tx, ctx, { daemonArn }) {
    const key = keyOfDaemon(daemonArn, ctx);
    await ownCluster(tx, key.cluster, ctx);
    const daemon = await needActiveDaemon(tx, key);
    await stopCurrent(tx, ctx, daemon);
    const { target, capacityProviders } = daemon.document;
    const configuration = { drainPercent: 100, bakeTimeInMinutes: 0 };
    const deployment = await insertDeployment(tx, ctx, key, {
      ...newDeployment(target, { capacityProviders, configuration }, target),
    });
    const changed = await changeDaemon(tx, daemon, {
      status: "DELETE_IN_PROGRESS",
      document: { deployment, updatedAt: ctx.now },
    });
    await enqueueDaemon(tx, key);
    return { ...answerOf(changed), updatedAt: new Date(ctx.now) };
  },
};
