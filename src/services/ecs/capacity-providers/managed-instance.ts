import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { ClusterKey, InClusterKey } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { ProviderKey } from "./managed-provider.ts";
import type { ManagedInstanceRow, ManagedInstanceStatus, ManagedTables } from "./managed-store.ts";

/** All of a managed instance that no query looks for. */
export interface ManagedInstanceDocument {
  /** What EC2 is asked for: the types that would do, in order, and the subnet. */
  readonly types: readonly string[];
  readonly subnet: string;
  readonly zone: string;
  readonly architecture: "x86_64" | "arm64";
  /** CPU units and MiB of the first of the types. */
  readonly expected: { readonly cpu: number; readonly memory: number };
  /** `i-…`; absent until EC2 has launched it. */
  readonly ec2InstanceId?: string;
  /** Epoch ms since which it has had no tasks but daemons'. */
  readonly idleSince?: number;
  /** Why ECS itself drains it; then standalone tasks are stopped as well. */
  readonly drained?: string;
  /** Names of daemons whose task has failed there. */
  readonly failedDaemons?: readonly string[];
}

/** An instance that a provider has asked EC2 for. */
export interface ManagedInstance extends InClusterKey {
  readonly provider: string;
  readonly status: ManagedInstanceStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: ManagedInstanceDocument;
}

function instanceFrom(row: ManagedInstanceRow): ManagedInstance {
  return {
    account: row.account as AccountId,
    region: row.region as Region,
    cluster: row.cluster,
    id: row.id,
    provider: row.provider,
    status: row.status,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as ManagedInstanceDocument,
  };
}

/** The instances of a provider, oldest first. */
export async function listManaged(rows: Rows, key: ProviderKey): Promise<readonly ManagedInstance[]> {
  const found = await rows
    .tables<ManagedTables>()
    .selectFrom("ecs_managed_instance")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("provider", "=", key.name)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return found.map(instanceFrom);
}

/** The managed instances of a cluster, of all its providers. */
export async function listManagedIn(rows: Rows, cluster: ClusterKey): Promise<readonly ManagedInstance[]> {
  const found = await rows
    .tables<ManagedTables>()
    .selectFrom("ecs_managed_instance")
    .selectAll()
    .where((is) => is.and(clusterColumns(cluster)))
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return found.map(instanceFrom);
}

/** A managed instance by its key, or `undefined`. */
export async function findManaged(rows: Rows, key: InClusterKey): Promise<ManagedInstance | undefined> {
  const row = await rows
    .tables<ManagedTables>()
    .selectFrom("ecs_managed_instance")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), id: key.id }))
    .executeTakeFirst();
  return row && instanceFrom(row);
}

export async function insertManaged(tx: Tx, instance: ManagedInstance): Promise<void> {
  await tx
    .tables<ManagedTables>()
    .insertInto("ecs_managed_instance")
    .values({
      ...clusterColumns(instance),
      id: instance.id,
      provider: instance.provider,
      status: instance.status,
      created_at: instance.createdAt,
      document: JSON.stringify(instance.document),
    })
    .execute();
}

/** Writes what has changed of a managed instance. */
export async function changeManaged(
  tx: Tx,
  instance: ManagedInstance,
  change: {
    readonly status?: ManagedInstanceStatus;
    readonly document?: Partial<ManagedInstanceDocument>;
  },
): Promise<void> {
  await tx
    .tables<ManagedTables>()
    .updateTable("ecs_managed_instance")
    .set({
      status: change.status ?? instance.status,
      document: JSON.stringify({ ...instance.document, ...change.document }),
    })
    .where((is) => is.and({ ...clusterColumns(instance), id: instance.id }))
    .execute();
}

export async function deleteManaged(tx: Tx, key: InClusterKey): Promise<void> {
  await tx
    .tables<ManagedTables>()
    .deleteFrom("ecs_managed_instance")
    .where((is) => is.and({ ...clusterColumns(key), id: key.id }))
    .execute();
}
