import type * as ecs from "@aws-sdk/client-ecs";
import type { Arn } from "../../../kernel/brand.ts";
import type { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, containerInstanceArn, type InClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import type { InstanceRow, InstanceStatus, InstanceTables } from "./instance-store.ts";
import { type InstanceResources, type ResourceDemand, withAgain, without } from "./resources.ts";

/** The launch types whose tasks run on container instances. */
export type HostLaunchType = "EC2" | "EXTERNAL" | "MANAGED_INSTANCES";

/** What an instance is, besides its columns. */
export interface InstanceDocument {
  /** EXTERNAL for a host outside of AWS, as its agent says. */
  readonly launchType: HostLaunchType;
  readonly ec2InstanceId?: string;
  readonly capacityProviderName?: string;
  readonly statusReason?: string;
  readonly versionInfo: ecs.VersionInfo;
  /** Health of the host as its agent has told it: `ContainerRuntime` and so on. */
  readonly health?: readonly InstanceHealth[];
}

/** One check of a host's own health. */
export interface InstanceHealth {
  readonly type: ecs.InstanceHealthCheckType;
  readonly status: ecs.InstanceHealthCheckState;
  /** Epoch ms. */
  readonly lastUpdated: number;
  readonly lastStatusChange: number;
}

/** Attributes by name, in the order in which they came; the value of one without a value is empty. */
export type Attributes = ReadonlyMap<string, string>;

/** A container instance as its row says, with the documents read. */
export interface ContainerInstance {
  readonly key: InClusterKey;
  readonly arn: Arn;
  readonly status: InstanceStatus;
  /** Whether its agent holds its socket. A task is placed only where it does. */
  readonly connected: boolean;
  readonly launchType: HostLaunchType;
  readonly attributes: Attributes;
  readonly registered: InstanceResources;
  readonly remaining: InstanceResources;
  /** Epoch ms. */
  readonly registeredAt: number;
  readonly version: number;
  readonly document: InstanceDocument;
}

/** Reads a row. @param now epoch ms: an agent counts as connected until a time. */
export function instanceFrom(row: InstanceRow, now: number): ContainerInstance {
  const { account, region, cluster, id } = row;
  const key = { account, region, cluster, id } as InClusterKey;
  const document = JSON.parse(row.document) as InstanceDocument;
  return {
    key,
    arn: containerInstanceArn(key),
    status: row.status,
    connected: row.connection !== null && row.connected_until > now,
    launchType: document.launchType,
    attributes: new Map(JSON.parse(row.attributes) as readonly (readonly [string, string])[]),
    registered: JSON.parse(row.registered) as InstanceResources,
    remaining: JSON.parse(row.remaining) as InstanceResources,
    registeredAt: row.registered_at,
    version: row.version,
    document,
  };
}

/** The instances of a cluster that are ACTIVE or DRAINING, in order of their ids. */
export async function listInstances(
  rows: Rows,
  cluster: ClusterKey,
  now: number,
): Promise<readonly ContainerInstance[]> {
  const found = await rows
    .tables<InstanceTables>()
    .selectFrom("ecs_container_instance")
    .selectAll()
    .where((row) => row.and(clusterColumns(cluster)))
    .where("status", "!=", "INACTIVE")
    .orderBy("id")
    .execute();
  return found.map((row) => instanceFrom(row, now));
}

/** Several instances of a cluster by their ids, INACTIVE ones too; those that are not there are left out. */
export async function findInstances(
  rows: Rows,
  cluster: ClusterKey,
  ids: readonly string[],
  now: number,
): Promise<readonly ContainerInstance[]> {
  if (ids.length === 0) return [];
  const found = await rows
    .tables<InstanceTables>()
    .selectFrom("ecs_container_instance")
    .selectAll()
    .where((row) => row.and(clusterColumns(cluster)))
    .where("id", "in", ids)
    .execute();
  return found.map((row) => instanceFrom(row, now));
}

/** An instance by its key, INACTIVE ones too, or `undefined`. */
export async function findInstance(
  rows: Rows,
  key: InClusterKey,
  now: number,
): Promise<ContainerInstance | undefined> {
  const [found] = await findInstances(rows, key, [key.id], now);
  return found;
}

/** An instance that is ACTIVE or DRAINING. Throws `InvalidParameterException`. */
export async function needInstance(rows: Rows, key: InClusterKey, now: number): Promise<ContainerInstance> {
  const instance = await findInstance(rows, key, now);
  if (instance === undefined || instance.status === "INACTIVE") throw instanceNotFound();
  return instance;
}

/** Ours: AWS's text for an instance that is not there is not known. */
export const instanceNotFound = (): Fault => invalidParameter("Container instance not found.");

/** What may change of an instance. */
export type InstanceChange = Partial<
  Pick<
    InstanceRow,
    "status" | "deregistered_at" | "connected_until" | "connection" | "version" | "sequence" | "attributes"
  > & {
    readonly registered: InstanceResources;
    readonly remaining: InstanceResources;
    readonly document: InstanceDocument;
  }
>;

/** Writes what has changed of an instance. */
export async function changeInstance(rows: Rows, key: InClusterKey, change: InstanceChange): Promise<void> {
  const { registered, remaining, document, ...columns } = change;
  await rows
    .tables<InstanceTables>()
    .updateTable("ecs_container_instance")
    .set({
      ...columns,
      ...(registered === undefined ? {} : { registered: JSON.stringify(registered) }),
      ...(remaining === undefined ? {} : { remaining: JSON.stringify(remaining) }),
      ...(document === undefined ? {} : { document: JSON.stringify(document) }),
    })
    .where((row) => row.and({ ...clusterColumns(key), id: key.id }))
    .execute();
}

/** Attributes as a row keeps them. */
export function keptAttributes(attributes: Attributes): string {
  return JSON.stringify([...attributes]);
}

/**
 * Takes, in the transaction that places a task, what the task needs of the instance.
 * INVARIANT: for each task once, and given back once, when the task has STOPPED. The agent's own books agree: it
 * frees nothing earlier, and a task that does not fit blocks all behind it.
 */
export async function takeResources(
  tx: Tx,
  { key, remaining }: Pick<ContainerInstance, "key" | "remaining">,
  demand: ResourceDemand,
): Promise<void> {
  await changeInstance(tx, key, { remaining: without(remaining, demand) });
}

/** Gives back what a task had taken. An instance that is gone has nothing to be given. */
export async function giveBackResources(tx: Tx, key: InClusterKey, demand: ResourceDemand): Promise<void> {
  const instance = await findInstance(tx, key, 0);
  if (instance === undefined) return;
  await changeInstance(tx, key, { remaining: withAgain(instance.registered, instance.remaining, demand) });
}
