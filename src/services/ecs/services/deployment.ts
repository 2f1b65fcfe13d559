import type * as ecs from "@aws-sdk/client-ecs";
import type { Random } from "../../../kernel/random.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ServiceKey, serviceRevisionArn } from "../arn.ts";
import { balancersOf, describeRunning, type Revision } from "./revision.ts";
import { type Fortune, freshFortune, type Rollout } from "./schedule.ts";
import { serviceColumns } from "./service.ts";
import type { DeploymentRow, DeploymentStatus, ServiceTables } from "./service-store.ts";

/** What a deployment runs, and how it fares. */
export interface DeploymentDocument {
  readonly revision: Revision;
  /** The target groups that its tasks are registered with, one for each load balancer of the revision. */
  readonly targetGroups?: readonly string[];
  readonly fortune: Fortune;
  readonly rollout: Rollout;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** A deployment of a service; its number is its service revision's as well. */
export interface Deployment {
  readonly key: ServiceKey;
  /** 19 digits. */
  readonly number: string;
  readonly status: DeploymentStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: DeploymentDocument;
}

/** `ecs-svc/<19 digits>`: how tasks and answers name a deployment or task set. */
export const deploymentId = (number: string): string => `ecs-svc/${number}`;

/** The number of a deployment or task set by its id. */
export const numberOf = (id: string): string => id.replace(/^ecs-svc\//, "");

/** A new number of a deployment or task set: 19 digits. */
export function deploymentNumber(random: Random): string {
  const number = random.bytes(8).readBigUInt64BE() % 10n ** 19n;
  return String(number).padStart(19, "0");
}

/** A deployment that begins. */
export function newDeployment(
  key: ServiceKey,
  number: string,
  { revision, targetGroups }: Pick<DeploymentDocument, "revision" | "targetGroups">,
  now: number,
): Deployment {
  return {
    key,
    number,
    status: "PRIMARY",
    createdAt: now,
    document: {
      revision,
      ...(targetGroups !== undefined && { targetGroups }),
      fortune: freshFortune,
      rollout: { state: "IN_PROGRESS", reason: `ECS deployment ${deploymentId(number)} in progress.` },
      updatedAt: now,
    },
  };
}

/** The target groups of a deployment's tasks, one for each load balancer. */
export function targetGroupsOf(deployment: Deployment | undefined): readonly string[] | undefined {
  const { targetGroups, revision } = deployment?.document ?? {};
  const balancers = revision && balancersOf(revision);
  return targetGroups ?? balancers?.map(({ targetGroupArn = "" }) => targetGroupArn);
}

function deploymentFrom(row: DeploymentRow): Deployment {
  const { account, region, cluster, service, id } = row;
  return {
    key: { account, region, cluster, service } as ServiceKey,
    number: id,
    status: row.status,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as DeploymentDocument,
  };
}

const ofService = (rows: Rows, key: ServiceKey) =>
  rows
    .tables<ServiceTables>()
    .selectFrom("ecs_deployment")
    .selectAll()
    .where((is) => is.and(serviceColumns(key)));

/** The deployments that a service shows: PRIMARY first, then from the newest on. */
export async function listDeployments(rows: Rows, key: ServiceKey): Promise<readonly Deployment[]> {
  const found = await ofService(rows, key)
    .where("status", "<>", "INACTIVE")
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  const deployments = found.map(deploymentFrom);
  return [
    ...deployments.filter(({ status }) => status === "PRIMARY"),
    ...deployments.filter(({ status }) => status !== "PRIMARY"),
  ];
}

/** A deployment in any status: its service revision can be described as long as the service. */
export async function findDeployment(
  rows: Rows,
  key: ServiceKey,
  number: string,
): Promise<Deployment | undefined> {
  const row = await ofService(rows, key).where("id", "=", number).executeTakeFirst();
  return row && deploymentFrom(row);
}

/** The replaced deployment that was made last, of those that had completed. */
export async function lastCompletedInactive(rows: Rows, key: ServiceKey): Promise<Deployment | undefined> {
  const found = await ofService(rows, key)
    .where("status", "=", "INACTIVE")
    .orderBy("created_at", "desc")
    .limit(10)
    .execute();
  return found.map(deploymentFrom).find(({ document }) => document.rollout.state === "COMPLETED");
}

/** Writes a deployment, new or changed. */
export async function putDeployment(tx: Tx, deployment: Deployment): Promise<void> {
  const { key, number, status, createdAt, document } = deployment;
  const row: DeploymentRow = {
    ...serviceColumns(key),
    id: number,
    status,
    created_at: createdAt,
    document: JSON.stringify(document),
  };
  await tx
    .tables<ServiceTables>()
    .insertInto("ecs_deployment")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "cluster", "service", "id"]).doUpdateSet(row),
    )
    .execute();
}

/** How many tasks of something run, and how many are on their way. */
export interface TaskCounts {
  readonly running: number;
  readonly pending: number;
}

/** A deployment as DescribeServices answers it. @param desiredCount what it is to have. */
export function describeDeployment(
  { number, status, createdAt, document }: Deployment,
  desiredCount: number,
  { running, pending }: TaskCounts,
): ecs.Deployment {
  return {
    id: deploymentId(number),
    status,
    desiredCount,
    pendingCount: pending,
    runningCount: running,
    failedTasks: document.fortune.failedTasks,
    createdAt: new Date(createdAt),
    updatedAt: new Date(document.updatedAt),
    ...describeRunning(document.revision),
    ...describeConnect(document.revision),
    rolloutState: document.rollout.state,
    rolloutStateReason: document.rollout.reason,
  };
}

/** What a deployment tells of Service Connect. */
function describeConnect({
  serviceConnectConfiguration,
  serviceConnect,
}: DeploymentDocument["revision"]): Pick<
  ecs.Deployment,
  "serviceConnectConfiguration" | "serviceConnectResources"
> {
  if (serviceConnectConfiguration === undefined) return {};
  return {
    serviceConnectConfiguration,
    ...(serviceConnect !== undefined && {
      serviceConnectResources: serviceConnect.services.map(({ discoveryName, registryArn }) => ({
        discoveryName,
        discoveryArn: registryArn,
      })),
    }),
  };
}

/** AWS: `resolvedConfiguration` says which of two target groups is the revision's own. */
function describeLoadBalancers({
  revision: { loadBalancers },
  targetGroups = [],
}: DeploymentDocument): Pick<ecs.ServiceRevision, "loadBalancers" | "resolvedConfiguration"> {
  if (loadBalancers === undefined) return {};
  const resolved = loadBalancers.map(({ targetGroupArn, advancedConfiguration }, index) => {
    const { productionListenerRule } = advancedConfiguration ?? {};
    return {
      targetGroupArn: targetGroups[index] ?? targetGroupArn,
      ...(productionListenerRule !== undefined && { productionListenerRule }),
    };
  });
  return { loadBalancers: [...loadBalancers], resolvedConfiguration: { loadBalancers: resolved } };
}

/** A deployment's service revision as it is answered (captured). */
export function describeRevision(
  { key, number, createdAt, document }: Deployment,
  arns: { readonly serviceArn: string; readonly clusterArn: string },
): ecs.ServiceRevision {
  return {
    serviceRevisionArn: serviceRevisionArn(key, number),
    ...arns,
    ...describeRunning(document.revision),
    containerImages: document.revision.containerImages.map(({ containerName, image, imageDigest }) => ({
      containerName,
      image,
      ...(imageDigest !== undefined && { imageDigest }),
    })),
    ...describeLoadBalancers(document),
    ...(document.revision.gatewayIngress !== undefined && {
      gatewayConnectors: [...document.revision.gatewayIngress.connectors],
    }),
    guardDutyEnabled: false,
    createdAt: new Date(createdAt),
  };
}
