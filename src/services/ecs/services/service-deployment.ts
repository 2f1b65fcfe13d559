import type * as ecs from "@aws-sdk/client-ecs";
import { Fault } from "../../../kernel/fault.ts";
import type { Random } from "../../../kernel/random.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import {
  clusterArn,
  parseEcsArn,
  type ServiceKey,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
} from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { rest } from "../load-balancers/shift.ts";
import { numberOf, type TaskCounts } from "./deployment.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";
import type { ServiceDeploymentProgress } from "./schedule.ts";
import { serviceColumns } from "./service.ts";
import type { ServiceDeploymentRow, ServiceTables } from "./service-store.ts";

/** How a service comes from one revision to another. Times are epoch ms. */
export interface ServiceDeployment {
  readonly key: ServiceKey;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly configuration: DeploymentConfiguration;
  /** Its id, status, stage and so on. */
  readonly progress: ServiceDeploymentProgress;
}

type Document = Omit<ServiceDeployment, "key" | "createdAt">;

/** Statuses in which there is still something to be done for a service deployment. */
const unfinished: readonly ecs.ServiceDeploymentStatus[] = [
  "PENDING",
  "IN_PROGRESS",
  "STOP_REQUESTED",
  "ROLLBACK_REQUESTED",
  "ROLLBACK_IN_PROGRESS",
];

/** The id of a new service deployment: 21 letters, digits, `-` and `_`. */
export function serviceDeploymentId(random: Random): string {
  return random.bytes(16).toString("base64url").slice(0, 21);
}

function serviceDeploymentFrom(row: ServiceDeploymentRow): ServiceDeployment {
  const { account, region, cluster, service } = row;
  const document = JSON.parse(row.document) as Document;
  return {
    key: { account, region, cluster, service } as ServiceKey,
    createdAt: row.created_at,
    ...document,
  };
}

const all = (rows: Rows, key: ServiceKey) =>
  rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service_deployment")
    .selectAll()
    .where((is) => is.and(serviceColumns(key)));

/** The service deployment that is not finished; there is one at most. */
export async function currentServiceDeployment(
  rows: Rows,
  key: ServiceKey,
): Promise<ServiceDeployment | undefined> {
  const row = await all(rows, key)
    .where("status", "in", unfinished)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && serviceDeploymentFrom(row);
}

export async function findServiceDeployment(
  rows: Rows,
  key: ServiceKey,
  id: string,
): Promise<ServiceDeployment | undefined> {
  const row = await all(rows, key).where("id", "=", id).executeTakeFirst();
  return row && serviceDeploymentFrom(row);
}

/** What ListServiceDeployments asks for. Times are epoch ms. */
export interface ServiceDeploymentFilter {
  readonly statuses: readonly string[];
  readonly after?: number;
  readonly before?: number;
  readonly beyond?: readonly [createdAt: number, id: string];
  readonly limit: number;
}

/** Service deployments from the newest on. */
export async function listServiceDeployments(
  rows: Rows,
  key: ServiceKey,
  filter: ServiceDeploymentFilter,
): Promise<readonly ServiceDeployment[]> {
  let query = all(rows, key).orderBy("created_at", "desc").orderBy("id").limit(filter.limit);
  if (filter.statuses.length > 0) query = query.where("status", "in", filter.statuses);
  const { after, before, beyond } = filter;
  if (after !== undefined) query = query.where("created_at", ">=", after);
  if (before !== undefined) query = query.where("created_at", "<=", before);
  if (beyond !== undefined) {
    const [createdAt, id] = beyond;
    query = query.where((is) =>
      is.or([
        is("created_at", "<", createdAt),
        is.and([is("created_at", "=", createdAt), is("id", ">", id)]),
      ]),
    );
  }
  return (await query.execute()).map(serviceDeploymentFrom);
}

/** Writes a service deployment, new or changed. */
export async function putServiceDeployment(tx: Tx, deployment: ServiceDeployment): Promise<void> {
  const { key, createdAt, ...document } = deployment;
  const row: ServiceDeploymentRow = {
    ...serviceColumns(key),
    id: document.progress.id,
    status: document.progress.status,
    created_at: createdAt,
    document: JSON.stringify(document satisfies Document),
  };
  await tx
    .tables<ServiceTables>()
    .insertInto("ecs_service_deployment")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "cluster", "service", "id"]).doUpdateSet(row),
    )
    .execute();
}

/** What an ARN of a service deployment or service revision names. */
export interface NamedOfService {
  readonly key: ServiceKey;
  readonly id: string;
}

/**
 * Reads the ARN of a service deployment or a service revision.
 * Throws `InvalidParameterException` (captured for revisions) for anything else.
 */
export function readServiceArn(type: "service-deployment" | "service-revision", arn: string): NamedOfService {
  const parsed = parseEcsArn(arn);
  const [cluster, service, id, ...more] = parsed?.path ?? [];
  if (
    parsed?.type !== type ||
    cluster === undefined ||
    service === undefined ||
    id === undefined ||
    more.length > 0
  ) {
    throw invalidParameter("The Service ARN provided is invalid.");
  }
  return { key: { account: parsed.account, region: parsed.region, cluster, service }, id };
}

/** The service deployment that a call changes. Throws `ServiceDeploymentNotFoundException`; the text is ours. */
export async function needServiceDeployment(rows: Rows, arn: string): Promise<ServiceDeployment> {
  const { key, id } = readServiceArn("service-deployment", arn);
  const found = await findServiceDeployment(rows, key, id);
  if (found === undefined) {
    throw new Fault("ServiceDeploymentNotFoundException", "The service deployment was not found.");
  }
  return found;
}

/** A service deployment as DescribeServiceDeployments answers it. @param counts by `ecs-svc/…`. */
export function describeServiceDeployment(
  { key, createdAt, updatedAt, configuration, progress }: ServiceDeployment,
  counts: ReadonlyMap<string, TaskCounts & { readonly desired: number }>,
): ecs.ServiceDeployment {
  const summary = (id: string): ecs.ServiceRevisionSummary => {
    const { desired, running, pending } = counts.get(id) ?? { desired: 0, running: 0, pending: 0 };
    return {
      arn: serviceRevisionArn(key, numberOf(id)),
      requestedTaskCount: desired,
      runningTaskCount: running,
      pendingTaskCount: pending,
      ...weightsOf(progress, id),
    };
  };
  const { startedAt, finishedAt, stoppedAt, stage, rollback, hooks } = progress;
  return {
    serviceDeploymentArn: serviceDeploymentArn(key, progress.id),
    serviceArn: serviceArn(key),
    clusterArn: clusterArn(key),
    createdAt: new Date(createdAt),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    ...(stoppedAt !== undefined && { stoppedAt: new Date(stoppedAt) }),
    updatedAt: new Date(updatedAt),
    sourceServiceRevisions: progress.source === undefined ? [] : [summary(progress.source)],
    targetServiceRevision: summary(progress.target),
    status: progress.status,
    ...(progress.statusReason !== undefined && { statusReason: progress.statusReason }),
    ...(stage !== undefined && { lifecycleStage: stage.name }),
    ...(hooks.length > 0 && {
      lifecycleHookDetails: hooks.map(({ hookId, status, expiresAt, timeoutAction }) => ({
        hookId,
        targetType: "PAUSE" as const,
        status,
        expiresAt: new Date(expiresAt),
        timeoutAction,
      })),
    }),
    deploymentConfiguration: configuration,
    ...(rollback !== undefined && {
      rollback: {
        reason: rollback.reason,
        startedAt: new Date(rollback.startedAt),
        serviceRevisionArn: serviceRevisionArn(key, numberOf(rollback.to)),
      },
    }),
    deploymentCircuitBreaker: progress.breaker,
    alarms: {
      status: configuration.alarms?.enable === true ? (progress.alarms?.status ?? "MONITORING") : "DISABLED",
      alarmNames: configuration.alarms?.alarmNames ?? [],
      triggeredAlarmNames: [...(progress.alarms?.triggered ?? [])],
    },
  };
}

/** How much traffic was asked for, for one of the revisions that a service deployment is about. */
export function weightsOf(
  progress: ServiceDeploymentProgress | undefined,
  id: string,
): Pick<ecs.ServiceRevisionSummary, "requestedTestTrafficWeight" | "requestedProductionTrafficWeight"> {
  const wanted = progress?.traffic?.wanted;
  const isTarget = progress?.target === id;
  if (wanted === undefined || !(isTarget || progress?.source === id)) return {};
  const { production, test } = wanted;
  return {
    requestedTestTrafficWeight: isTarget ? test : rest(test),
    requestedProductionTrafficWeight: isTarget ? production : rest(production),
  };
}

/** A service deployment as ListServiceDeployments answers it. */
export function describeBriefly({ key, createdAt, progress }: ServiceDeployment): ecs.ServiceDeploymentBrief {
  const { startedAt, finishedAt, statusReason } = progress;
  return {
    serviceDeploymentArn: serviceDeploymentArn(key, progress.id),
    serviceArn: serviceArn(key),
    clusterArn: clusterArn(key),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    createdAt: new Date(createdAt),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    targetServiceRevisionArn: serviceRevisionArn(key, numberOf(progress.target)),
    status: progress.status,
    ...(statusReason !== undefined && { statusReason }),
  };
}
