import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, clusterOf, type Scope } from "../arn.ts";
import { clusterNotFound } from "../faults.ts";
import type { ClusterRow, ClusterStatus, ClusterTables } from "./cluster-store.ts";

/** What a cluster has been told, as it is answered. */
export interface ClusterDocument {
  readonly settings: readonly ecs.ClusterSetting[];
  readonly configuration?: ecs.ClusterConfiguration;
  /** AWS: the namespace of services with Service Connect that name none, by its ARN. */
  readonly serviceConnectDefaults?: ecs.ClusterServiceConnectDefaults;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly ecs.CapacityProviderStrategyItem[];
  /** Those of its providers that are of Auto Scaling groups: their tasks have the launch type EC2. */
  readonly groupProviders?: readonly string[];
}

/** A cluster as its row says, with the document read. */
export interface Cluster {
  readonly key: ClusterKey;
  readonly arn: Arn;
  readonly status: ClusterStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; of a deleted one. */
  readonly deletedAt?: number;
  readonly document: ClusterDocument;
}

/** Reads a row. */
export function clusterFrom(row: ClusterRow): Cluster {
  const key = { account: row.account, region: row.region, cluster: row.name } as ClusterKey;
  return {
    key,
    arn: clusterArn(key),
    status: row.status,
    createdAt: row.created_at,
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    document: JSON.parse(row.document) as ClusterDocument,
  };
}

/** A cluster by its key, ACTIVE or deleted; `undefined` when there never was one, or it is forgotten. */
export async function findCluster(rows: Rows, key: ClusterKey): Promise<Cluster | undefined> {
  const row = await rows
    .tables<ClusterTables>()
    .selectFrom("ecs_cluster")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.cluster)
    .executeTakeFirst();
  return row && clusterFrom(row);
}

/** A cluster that can be worked with. Throws `ClusterNotFoundException` for one that is absent or deleted. */
export async function needCluster(rows: Rows, key: ClusterKey): Promise<Cluster> {
  const cluster = await findCluster(rows, key);
  if (cluster?.status !== "ACTIVE") throw clusterNotFound();
  return cluster;
}

/**
 * The cluster that a call is about. One of another account or region is not found: what is done with a cluster is done
 * where the call was sent. Throws `ClusterNotFoundException`.
 */
export async function ownCluster(rows: Rows, named: string | undefined, ctx: CallContext): Promise<Cluster> {
  const key = clusterOf(named, ctx);
  // INVARIANT: RunTask asks for a permission on the definition alone; this keeps it out of others' clusters.
  if (key.account !== ctx.account || key.region !== ctx.region) throw clusterNotFound();
  return await needCluster(rows, key);
}

/** Writes what a cluster has been told. */
export async function changeCluster(
  rows: Rows,
  key: ClusterKey,
  columns: Partial<Pick<ClusterRow, "status" | "deleted_at" | "document">>,
): Promise<void> {
  await rows
    .tables<ClusterTables>()
    .updateTable("ecs_cluster")
    .set(columns)
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.cluster)
    .execute();
}

/** The columns of tables that hang on a cluster. */
export interface ClusterColumns {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

/** The key of a cluster in the tables that hang on it. */
export function clusterColumns({ account, region, cluster }: ClusterKey): ClusterColumns {
  return { account, region, cluster };
}

/** How many ACTIVE clusters an account has in a region. */
export async function countClusters(rows: Rows, { account, region }: Scope): Promise<number> {
  const found = await rows
    .tables<ClusterTables>()
    .selectFrom("ecs_cluster")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "=", "ACTIVE")
    .executeTakeFirstOrThrow();
  return Number(found.count);
}
