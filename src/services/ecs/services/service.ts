import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { clusterOf, parseEcsArn, type Scope, type ServiceKey, serviceArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";
import type { ServiceEvent } from "./events.ts";
import type { Revision } from "./revision.ts";
import type { SchedulingState } from "./schedule.ts";
import type { ServiceRow, ServiceStatus, ServiceTables } from "./service-store.ts";

/** What a service has been told, with all defaults. */
export interface ServiceDocument {
  readonly desiredCount: number;
  /** What the service shall run: that of its PRIMARY deployment or task set. None before the first task set. */
  readonly revision?: Revision;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly schedulingStrategy: ecs.SchedulingStrategy;
  readonly controller: ecs.DeploymentControllerType;
  readonly placementConstraints: readonly ecs.PlacementConstraint[];
  readonly placementStrategy: readonly ecs.PlacementStrategy[];
  readonly healthCheckGracePeriodSeconds: number;
  readonly availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing;
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: ecs.PropagateTags;
  readonly enableExecuteCommand: boolean;
  /** ARN of who made it. */
  readonly createdBy: string;
  /** What it was made with, so that an equal call is known: SHA-256, base64url. */
  readonly creation: string;
  /** Of an express service: ECS made it, and what is around it. */
  readonly managedByEcs?: true;
  /** Its gateway routes are being made: what it shall run is deployed when they are there. */
  readonly awaitsGateways?: true;
  /** Epoch ms; of a deleted service whose tasks are gone. */
  readonly inactiveSince?: number;
}

/** A service as its row says, with the documents read. */
export interface Service {
  readonly key: ServiceKey;
  readonly arn: Arn;
  readonly status: ServiceStatus;
  /** Counts changes: see `changeService`. */
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: ServiceDocument;
  readonly state: SchedulingState;
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
}

/** Reads a row. */
function serviceFrom(row: ServiceRow): Service {
  const { account, region, cluster, name } = row;
  const key = { account, region, cluster, service: name } as ServiceKey;
  return {
    key,
    arn: serviceArn(key),
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as ServiceDocument,
    state: JSON.parse(row.scheduling) as SchedulingState,
    events: JSON.parse(row.events) as readonly ServiceEvent[],
  };
}

/** The row of a service. */
function rowOf(service: Service): ServiceRow {
  const { key, status, version, createdAt, document, state, events } = service;
  return {
    ...clusterColumns(key),
    name: key.service,
    status,
    version,
    created_at: createdAt,
    document: JSON.stringify(document),
    scheduling: JSON.stringify(state),
    events: JSON.stringify(events),
  };
}

/**
 * The service that a call names, by name or ARN. AWS: where an ARN says another cluster than the call does, nothing is
 * found; an ARN with a cluster needs no other mention of it.
 */
export function serviceNamed(
  cluster: string | undefined,
  service: string,
  ctx: Pick<CallContext, "account" | "region"> & CallContext,
): ServiceKey {
  const parsed = parseEcsArn(service);
  if (parsed?.type !== "service") return { ...clusterOf(cluster, ctx), service };
  const [ofArn = "", name] = parsed.path;
  // The short form of ARNs, without a cluster, is what very old services have.
  if (name === undefined) return { ...clusterOf(cluster, ctx), service: ofArn };
  const asked = cluster === undefined ? ofArn : clusterOf(cluster, ctx).cluster;
  const { account, region } = parsed;
  return { account, region, cluster: asked, service: asked === ofArn ? name : service };
}

/** The columns of tables that hang on a service. */
export function serviceColumns(key: ServiceKey) {
  return { ...clusterColumns(key), service: key.service };
}

/** A service in any status. */
export async function findService(rows: Rows, key: ServiceKey): Promise<Service | undefined> {
  const row = await rows
    .tables<ServiceTables>()
    .selectFrom("ecs_service")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), name: key.service }))
    .executeTakeFirst();
  return row && serviceFrom(row);
}

/** The services of an account and region whose tasks are, or may become, targets of a target group. */
export async function listServicesBehind(
  rows: Rows,
  { account, region }: Scope,
  targetGroupArn: string,
): Promise<readonly ServiceKey[]> {
  const tables = rows.tables<ServiceTables>();
  const services = await tables
    .selectFrom("ecs_service")
    .select(["cluster", "name as service", "document"])
    .where((is) => is.and({ account, region }))
    .where("status", "<>", "INACTIVE")
    .execute();
  const taskSets = await tables
    .selectFrom("ecs_task_set")
    .select(["cluster", "service", "document"])
    .where((is) => is.and({ account, region }))
    .execute();
  // A target group's ARN stands in the documents as it is; what it is there is for the scheduler to see.
  return [...services, ...taskSets]
    .filter(({ document }) => document.includes(targetGroupArn))
    .map(({ cluster, service }) => ({ account, region, cluster, service }));
}

export const serviceNotFound = (message = "Service not found."): Fault =>
  new Fault("ServiceNotFoundException", message);

/** A service that can be worked with. Throws `ServiceNotFoundException`, `ServiceNotActiveException`. */
export async function needService(rows: Rows, key: ServiceKey): Promise<Service> {
  const service = await findService(rows, key);
  if (service === undefined) throw serviceNotFound();
  if (service.status !== "ACTIVE") throw new Fault("ServiceNotActiveException", "Service was not ACTIVE.");
  return service;
}

/** Writes a new service, in the place of a deleted one of its name. */
export async function insertService(tx: Tx, service: Service): Promise<void> {
  const row = rowOf(service);
  await tx
    .tables<ServiceTables>()
    .insertInto("ecs_service")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "cluster", "name"]).doUpdateSet(row))
    .execute();
}

/**
 * Writes what has changed of a service, its deployments or its task sets.
 * INVARIANT: every change that a plan depends on goes through here in the same transaction, so that a plan of an older
 * version is not applied.
 * @returns the service as it is then; `undefined` when somebody else has changed it since it was read.
 */
export async function changeService(
  tx: Tx,
  service: Service,
  change: Partial<Pick<Service, "status" | "document" | "state" | "events">>,
): Promise<Service | undefined> {
  const changed: Service = { ...service, ...change, version: service.version + 1 };
  const { account, region, cluster, name, ...row } = rowOf(changed);
  const { numUpdatedRows } = await tx
    .tables<ServiceTables>()
    .updateTable("ecs_service")
    .set(row)
    .where((is) => is.and({ account, region, cluster, name, version: service.version }))
    .executeTakeFirst();
  return numUpdatedRows === 1n ? changed : undefined;
}
