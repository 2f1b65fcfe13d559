import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { DaemonKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { serviceDeploymentId } from "../services/service-deployment.ts";
import type { DaemonDeploymentRow, DaemonTables } from "./daemon-store.ts";

/** AWS: `deploymentConfiguration` with its defaults. */
export interface DaemonDeploymentConfiguration {
  readonly drainPercent: number;
  readonly bakeTimeInMinutes: number;
}

/** Where a deployment stands. Times are epoch ms. */
export interface DaemonProgress {
  readonly status: ecs.DaemonDeploymentStatus;
  readonly statusReason?: string;
  /** Id of the revision that instances are to have; that of a rollback once it has begun. */
  readonly target: string;
  /** Failures of tasks of the target, and the tasks that were counted. */
  readonly failures: number;
  readonly counted: readonly string[];
  readonly breaker: ecs.DaemonDeploymentRollbackMonitorsStatus;
  readonly rollback?: { readonly reason: string; readonly startedAt: number };
  /** Since when every instance has had the target. */
  readonly settledAt?: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly finishedAt?: number;
}

/** All of a deployment that no query looks for. */
export interface DaemonDeploymentDocument {
  /** The revision that it was made for, and the one that it comes from. */
  readonly wanted: string;
  readonly source?: string;
  readonly capacityProviders: readonly string[];
  readonly configuration: DaemonDeploymentConfiguration;
  readonly progress: DaemonProgress;
}

export interface DaemonDeployment {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: DaemonDeploymentDocument;
}

function deploymentFrom(row: DaemonDeploymentRow): DaemonDeployment {
  return {
    id: row.id,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as DaemonDeploymentDocument,
  };
}

/** Writes a new deployment. @returns its id. */
export async function insertDeployment(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  key: DaemonKey,
  document: DaemonDeploymentDocument,
): Promise<string> {
  const id = serviceDeploymentId(ctx.random);
  await tx
    .tables<DaemonTables>()
    .insertInto("ecs_daemon_deployment")
    .values({
      ...clusterColumns(key),
      daemon: key.daemon,
      id,
      status: document.progress.status,
      created_at: ctx.now,
      document: JSON.stringify(document),
    })
    .execute();
  return id;
}

/** Writes how far a deployment has come. */
export async function putProgress(
  tx: Tx,
  key: DaemonKey,
  deployment: DaemonDeployment,
  progress: DaemonProgress,
): Promise<void> {
  await tx
    .tables<DaemonTables>()
    .updateTable("ecs_daemon_deployment")
    .set({
      status: progress.status,
      document: JSON.stringify({ ...deployment.document, progress }),
    })
    .where((is) => is.and({ ...clusterColumns(key), daemon: key.daemon, id: deployment.id }))
    .execute();
}

export async function findDaemonDeployment(
  rows: Rows,
  key: DaemonKey,
  id: string,
): Promise<DaemonDeployment | undefined> {
  const row = await rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon_deployment")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), daemon: key.daemon, id }))
    .executeTakeFirst();
  return row && deploymentFrom(row);
}

/** The deployments of a daemon, newest first. */
export async function listDeploymentsOf(rows: Rows, key: DaemonKey): Promise<readonly DaemonDeployment[]> {
  const found = await rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon_deployment")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), daemon: key.daemon }))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  return found.map(deploymentFrom);
}

/** Whether a deployment is still on its way. */
export function isUnderWay({ status }: Pick<DaemonProgress, "status">): boolean {
  return status === "PENDING" || status === "IN_PROGRESS" || status === "ROLLBACK_IN_PROGRESS";
}
