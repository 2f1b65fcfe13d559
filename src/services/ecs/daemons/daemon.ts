import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, type DaemonKey, daemonArn, defaultCluster, parseEcsArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { deploymentNumber } from "../services/deployment.ts";
import type { DaemonRevisionRow, DaemonRow, DaemonStatus, DaemonTables } from "./daemon-store.ts";

/** All of a daemon that no query looks for. */
export interface DaemonDocument {
  /** Names of the providers on whose instances it runs. */
  readonly capacityProviders: readonly string[];
  /** Ids of revisions: what new instances get, and what was last deployed well. */
  readonly target: string;
  readonly stable?: string;
  /** The id of its latest deployment. */
  readonly deployment: string;
  /** Epoch ms. */
  readonly updatedAt: number;
  /** SHA-256, base64url, of the request that made it: the same request is answered the same. */
  readonly creation: string;
}

/** A daemon: one task on each managed instance of its providers. */
export interface Daemon {
  readonly key: DaemonKey;
  readonly arn: Arn;
  readonly status: DaemonStatus;
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: DaemonDocument;
}

/** What a revision of a daemon runs. */
export interface DaemonRevisionDocument {
  /** ARN of the daemon task definition. */
  readonly taskDefinition: string;
  readonly containerImages: readonly { readonly containerName: string; readonly image: string }[];
  readonly propagateTags: ecs.DaemonPropagateTags;
  readonly enableECSManagedTags: boolean;
  readonly enableExecuteCommand: boolean;
  readonly critical: boolean;
}

export interface DaemonRevision {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: DaemonRevisionDocument;
}

function daemonFrom(row: DaemonRow): Daemon {
  const key: DaemonKey = {
    account: row.account as AccountId,
    region: row.region as Region,
    cluster: row.cluster,
    daemon: row.name,
  };
  return {
    key,
    arn: daemonArn(key),
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as DaemonDocument,
  };
}

/** The daemons of a cluster, by name. */
export async function listDaemons(rows: Rows, cluster: ClusterKey): Promise<readonly Daemon[]> {
  const found = await rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon")
    .selectAll()
    .where((is) => is.and(clusterColumns(cluster)))
    .orderBy("name")
    .execute();
  return found.map(daemonFrom);
}

export async function findDaemon(rows: Rows, key: DaemonKey): Promise<Daemon | undefined> {
  const row = await rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), name: key.daemon }))
    .executeTakeFirst();
  return row && daemonFrom(row);
}

/**
 * The key of the daemon that a call names by its ARN. Throws `InvalidParameterException` for anything else, also for a
 * daemon of another account or region; the sentence is ours.
 */
export function keyOfDaemon(
  named: string | undefined,
  { account, region }: Pick<CallContext, "account" | "region">,
): DaemonKey {
  const arn = parseEcsArn(named ?? "");
  const [cluster, daemon, ...more] = arn?.path ?? [];
  const known = arn?.type === "daemon" && arn.account === account && arn.region === region;
  if (!known || cluster === undefined || daemon === undefined || more.length > 0) {
    throw invalidParameter("daemonArn must be the ARN of a daemon of this account and region.");
  }
  return { account, region, cluster, daemon };
}

/** The daemon that a call asks permission for. What is no daemon's ARN is the operation's to refuse. */
export function askedDaemon(
  named: string | undefined,
  { account, region }: Pick<CallContext, "account" | "region">,
): DaemonKey {
  const arn = parseEcsArn(named ?? "");
  const [cluster = "", daemon = ""] = arn?.path ?? [];
  if (arn?.type === "daemon" && cluster !== "" && daemon !== "") {
    return { account: arn.account, region: arn.region, cluster, daemon };
  }
  return { account, region, cluster: defaultCluster, daemon: named || "*" };
}

/** Throws `DaemonNotFoundException`; the sentence is ours. */
export async function needDaemon(rows: Rows, key: DaemonKey): Promise<Daemon> {
  const found = await findDaemon(rows, key);
  if (found === undefined) throw new Fault("DaemonNotFoundException", "The specified daemon was not found.");
  return found;
}

/** A daemon that can be changed. Throws `DaemonNotFoundException`, `DaemonNotActiveException`; the sentences are ours. */
export async function needActiveDaemon(rows: Rows, key: DaemonKey): Promise<Daemon> {
  const found = await needDaemon(rows, key);
  if (found.status !== "ACTIVE") {
    throw new Fault("DaemonNotActiveException", "The specified daemon is not ACTIVE.");
  }
  return found;
}

export async function insertDaemon(tx: Tx, daemon: Omit<Daemon, "arn" | "version">): Promise<Daemon> {
  const row: DaemonRow = {
    ...clusterColumns(daemon.key),
    name: daemon.key.daemon,
    status: daemon.status,
    version: 1,
    created_at: daemon.createdAt,
    document: JSON.stringify(daemon.document),
  };
  await tx.tables<DaemonTables>().insertInto("ecs_daemon").values(row).execute();
  return daemonFrom(row);
}

/** Writes what has changed of a daemon, as its next version. */
export async function changeDaemon(
  tx: Tx,
  daemon: Daemon,
  change: { readonly status?: DaemonStatus; readonly document?: Partial<DaemonDocument> },
): Promise<Daemon> {
  const changed = {
    ...daemon,
    status: change.status ?? daemon.status,
    version: daemon.version + 1,
    document: { ...daemon.document, ...change.document },
  };
  await tx
    .tables<DaemonTables>()
    .updateTable("ecs_daemon")
    .set({
      status: changed.status,
      version: changed.version,
      document: JSON.stringify(changed.document),
    })
    .where((is) => is.and({ ...clusterColumns(daemon.key), name: daemon.key.daemon }))
    .execute();
  return changed;
}

/** Forgets a daemon with its revisions and deployments. */
export async function deleteDaemonRows(tx: Tx, key: DaemonKey): Promise<void> {
  const rows = tx.tables<DaemonTables>();
  for (const table of ["ecs_daemon_revision", "ecs_daemon_deployment"] as const) {
    await rows
      .deleteFrom(table)
      .where((is) => is.and({ ...clusterColumns(key), daemon: key.daemon }))
      .execute();
  }
  await rows
    .deleteFrom("ecs_daemon")
    .where((is) => is.and({ ...clusterColumns(key), name: key.daemon }))
    .execute();
}

/** Writes a new revision. @returns its id: 19 digits. */
export async function insertRevision(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  key: DaemonKey,
  document: DaemonRevisionDocument,
): Promise<string> {
  const id = deploymentNumber(ctx.random);
  await tx
    .tables<DaemonTables>()
    .insertInto("ecs_daemon_revision")
    .values({
      ...clusterColumns(key),
      daemon: key.daemon,
      id,
      created_at: ctx.now,
      document: JSON.stringify(document),
    })
    .execute();
  return id;
}

export async function findRevision(
  rows: Rows,
  key: DaemonKey,
  id: string,
): Promise<DaemonRevision | undefined> {
  const row: DaemonRevisionRow | undefined = await rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon_revision")
    .selectAll()
    .where((is) => is.and({ ...clusterColumns(key), daemon: key.daemon, id }))
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      createdAt: row.created_at,
      document: JSON.parse(row.document) as DaemonRevisionDocument,
    }
  );
}
