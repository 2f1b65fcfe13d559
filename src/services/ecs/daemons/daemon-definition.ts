import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { InputOf } from "../../../dispatch/operation.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { daemonTaskDefinitionArn, parseEcsArn, type Scope } from "../arn.ts";
import { clientFault, invalidParameter, unsupported } from "../faults.ts";
import { judge } from "../task-definitions/register-task-definition.ts";
import type {
  TaskDefinition,
  TaskDefinitionDocument,
  TaskDefinitionReference,
} from "../task-definitions/task-definition.ts";
import type { DaemonDefinitionRow, DaemonTables } from "./daemon-store.ts";

/** A daemon task definition as it is kept: as a task definition that the engine can run. */
export interface DaemonDefinitionDocument {
  readonly definition: TaskDefinitionDocument;
  readonly pidMode?: ecs.DaemonPidMode;
  readonly ipcMode?: ecs.DaemonIpcMode;
}

/** One revision of a daemon task definition. */
export interface DaemonDefinition {
  readonly account: AccountId;
  readonly region: Region;
  readonly arn: Arn;
  readonly family: string;
  readonly revision: number;
  readonly status: ecs.DaemonTaskDefinitionStatus;
  /** Epoch ms, as is the one below. */
  readonly registeredAt: number;
  readonly deleteRequestedAt?: number;
  readonly document: DaemonDefinitionDocument;
}

/** Reads a row. */
export function daemonDefinitionFrom(row: DaemonDefinitionRow): DaemonDefinition {
  const scope = { account: row.account as AccountId, region: row.region as Region };
  return {
    ...scope,
    arn: daemonTaskDefinitionArn(scope, row.family, row.revision),
    family: row.family,
    revision: row.revision,
    status: row.status as ecs.DaemonTaskDefinitionStatus,
    registeredAt: row.registered_at,
    ...(row.delete_requested_at !== null && { deleteRequestedAt: row.delete_requested_at }),
    document: JSON.parse(row.document) as DaemonDefinitionDocument,
  };
}

/**
 * Judges a daemon task definition as the task definition that it is run as: in bridge mode, which stands for AWS's own
 * `daemon_bridge`. Throws `ClientException`, `UnsupportedFeatureException`.
 */
export function judgeDaemon(
  ctx: CallContext,
  input: InputOf<typeof ecs, "RegisterDaemonTaskDefinition">,
): DaemonDefinitionDocument {
  const { pidMode, ipcMode, volumes = [], tags: _, ...rest } = input;
  // Ours.
  if (pidMode === "shared") throw unsupported("Roadstead runs no daemon in the PID namespace of others.");
  if (ipcMode === "shared") throw unsupported("Roadstead runs no daemon in the IPC namespace of others.");
  if (volumes.some((volume) => volume.logDriverVolumeConfiguration !== undefined)) {
    throw unsupported(
      "logDriverVolumeConfiguration is not supported: the engine keeps no log files to mount.",
    );
  }
  const definition = judge(ctx, {
    ...rest,
    networkMode: "bridge",
    volumes: volumes.map(({ name, host }) => ({ name, host })),
    containerDefinitions: rest.containerDefinitions.map((container) => ({ ...container })),
  });
  return {
    definition,
    ...(pidMode !== undefined && { pidMode }),
    ...(ipcMode !== undefined && { ipcMode }),
  };
}

/**
 * Reads `family`, `family:revision` or an ARN; `undefined` for an ARN of something else, or of another account or
 * region. Throws `InvalidParameterException` for a revision that is no number.
 */
export function parseDaemonDefinition(scope: Scope, reference: string): TaskDefinitionReference | undefined {
  let named = reference;
  if (reference.startsWith("arn:")) {
    const arn = parseEcsArn(reference);
    if (arn?.type !== "daemon-task-definition" || arn.path.length !== 1) return undefined;
    if (arn.account !== scope.account || arn.region !== scope.region) return undefined;
    named = arn.path[0] ?? "";
  }
  const [family = "", text, ...more] = named.split(":");
  if (text === undefined) return { family };
  if (more.length > 0 || !/^\d{1,9}$/.test(text)) {
    throw invalidParameter(`Invalid revision number. Number: ${text}`);
  }
  return { family, revision: Number(text) };
}

/** The revision that a call names, in any status; a family alone means its newest ACTIVE one. */
export async function findDaemonDefinition(
  rows: Rows,
  { account, region }: Scope,
  reference: string,
): Promise<DaemonDefinition | undefined> {
  const named = parseDaemonDefinition({ account, region }, reference);
  if (named === undefined) return undefined;
  const family = rows
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon_definition")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("family", "=", named.family);
  const row =
    named.revision === undefined
      ? await family.where("status", "=", "ACTIVE").orderBy("revision", "desc").limit(1).executeTakeFirst()
      : await family.where("revision", "=", named.revision).executeTakeFirst();
  return row && daemonDefinitionFrom(row);
}

/** A revision that can be deployed. Throws `ClientException`; the sentences are ours. */
export async function needDaemonDefinition(
  rows: Rows,
  scope: Scope,
  reference: string,
): Promise<DaemonDefinition> {
  const found = await findDaemonDefinition(rows, scope, reference);
  if (found === undefined) throw daemonDefinitionNotFound();
  if (found.status !== "ACTIVE") throw clientFault("DaemonTaskDefinition is not active.");
  return found;
}

export const daemonDefinitionNotFound = () => clientFault("DaemonTaskDefinition not found.");

/** A daemon task definition as the task definition that its tasks run. */
export function asTaskDefinition(found: DaemonDefinition): TaskDefinition {
  return {
    arn: found.arn,
    family: found.family,
    revision: found.revision,
    status: "ACTIVE",
    definition: found.document.definition,
    registeredAt: found.registeredAt,
    deregisteredAt: undefined,
    deleteRequestedAt: found.deleteRequestedAt,
  };
}

/** A revision as it is answered. */
export function describeDaemonDefinition(found: DaemonDefinition): ecs.DaemonTaskDefinition {
  const { definition, pidMode, ipcMode } = found.document;
  return {
    daemonTaskDefinitionArn: found.arn,
    family: found.family,
    revision: found.revision,
    ...(definition.taskRoleArn !== undefined && { taskRoleArn: definition.taskRoleArn }),
    ...(definition.executionRoleArn !== undefined && { executionRoleArn: definition.executionRoleArn }),
    containerDefinitions: definition.containerDefinitions,
    volumes: (definition.volumes ?? []).map(({ name, host }) => ({ name, host })),
    ...(definition.cpu !== undefined && { cpu: definition.cpu }),
    ...(definition.memory !== undefined && { memory: definition.memory }),
    status: found.status,
    registeredAt: new Date(found.registeredAt),
    ...(found.deleteRequestedAt !== undefined && { deleteRequestedAt: new Date(found.deleteRequestedAt) }),
    registeredBy: definition.registeredBy,
    pidMode: pidMode ?? "none",
    ipcMode: ipcMode ?? "none",
  };
}
