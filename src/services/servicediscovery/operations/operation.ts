import type {
  Operation as ApiOperation,
  OperationStatus,
  OperationType,
} from "@aws-sdk/client-servicediscovery";
import type { CallContext } from "../../../dispatch/context.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { day } from "../../../kernel/duration.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { duplicateRequest, otherOperationRuns } from "../faults.ts";
import { operationId } from "../ids.ts";
import type { CloudMapKey, CloudMapScope } from "../scope.ts";
import type { CloudMapTables, OperationRow } from "../store.ts";
import { type Caller, callerOf } from "./caller.ts";
import type { Change } from "./change.ts";

/** The queue of operations that were asked for and are not done. */
export const operationQueue = "servicediscovery.operations";

/** How long an operation that has ended is remembered, in ms; ours. */
const remembered = 30 * day;

/** What an operation is about. */
export interface Targets {
  readonly namespace?: string | undefined;
  readonly service?: string | undefined;
  readonly instance?: string | undefined;
}

/** What is kept of an operation. */
export interface OperationDocument {
  /** Epoch ms. */
  readonly createdAt: number;
  readonly caller: Caller;
  readonly change: Change;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

export interface Operation extends OperationDocument {
  readonly key: CloudMapKey;
  readonly status: OperationStatus;
  readonly targets: Targets;
  /** Epoch ms. */
  readonly updatedAt: number;
}

export function operationOfRow(row: OperationRow): Operation {
  return {
    ...(JSON.parse(row.document) as OperationDocument),
    key: { account: row.account, region: row.region, id: row.id } as CloudMapKey,
    status: row.status as OperationStatus,
    targets: {
      ...(row.namespace_id !== null && { namespace: row.namespace_id }),
      ...(row.service_id !== null && { service: row.service_id }),
      ...(row.instance_id !== null && { instance: row.instance_id }),
    },
    updatedAt: Number(row.updated_at),
  };
}

export async function findOperation(
  rows: Rows,
  { account, region, id }: CloudMapKey,
): Promise<Operation | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_operation")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && operationOfRow(row);
}

/** The operation on exactly these targets that has not ended. */
export async function runningOperation(
  rows: Rows,
  { account, region }: CloudMapScope,
  { namespace, service, instance }: Targets,
): Promise<Operation | undefined> {
  const row = await rows
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_operation")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "in", ["SUBMITTED", "PENDING"])
    .where("namespace_id", namespace === undefined ? "is" : "=", namespace ?? null)
    .where("service_id", service === undefined ? "is" : "=", service ?? null)
    .where("instance_id", instance === undefined ? "is" : "=", instance ?? null)
    .executeTakeFirst();
  return row && operationOfRow(row);
}

/**
 * Begins an operation: what is to be done is a job. Its id is made outside the transaction.
 * @throws Fault `DuplicateRequest`, `ResourceInUse` while another one on the same target runs.
 */
export async function submitOperation(
  tx: Tx,
  ctx: CallContext,
  targets: Targets,
  change: Change,
): Promise<{ readonly OperationId: string }> {
  const running = await runningOperation(tx, ctx, targets);
  if (running !== undefined) {
    throw running.change.type === change.type ? duplicateRequest(running.key.id) : otherOperationRuns();
  }
  const id = operationId(ctx.random);
  const { account, region, now } = ctx;
  const document: OperationDocument = { createdAt: now, caller: callerOf(ctx), change };
  await tx
    .tables<CloudMapTables>()
    .insertInto("servicediscovery_operation")
    .values({
      account,
      region,
      id,
      type: change.type,
      status: "SUBMITTED",
      namespace_id: targets.namespace ?? null,
      service_id: targets.service ?? null,
      instance_id: targets.instance ?? null,
      updated_at: now,
      document: JSON.stringify(document),
    })
    .execute();
  const invokedBy = ctx.principal.type === "AssumedRole" ? ctx.principal.invokedBy : undefined;
  await tx.enqueue({
    queue: operationQueue,
    // Whoever asks what keeps a role in use is told of ARNs.
    key: formatArn("servicediscovery", region, account, `operation/${id}`),
    account,
    region,
    // What a service began through its role keeps the role in use.
    ...(invokedBy !== undefined && { servicePrincipal: invokedBy }),
    payload: { operationId: id },
  });
  return { OperationId: id };
}

/** Writes how far an operation is; what ended long ago is forgotten with it. */
export async function keepProgress(
  tx: Tx,
  operation: Operation,
  now: number,
  status: OperationStatus,
  error?: { readonly code: string; readonly message: string },
): Promise<void> {
  const { key, createdAt, caller, change } = operation;
  const document: OperationDocument = {
    ...{ createdAt, caller, change },
    ...(error !== undefined && { errorCode: error.code, errorMessage: error.message }),
  };
  const table = tx.tables<CloudMapTables>();
  await table
    .updateTable("servicediscovery_operation")
    .set({ status, updated_at: now, document: JSON.stringify(document) })
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("id", "=", key.id)
    .execute();
  await table
    .deleteFrom("servicediscovery_operation")
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("updated_at", "<", now - remembered)
    .where("status", "in", ["SUCCESS", "FAIL"])
    .execute();
}

/** An operation as the API answers it. */
export function describeOperation({ key, change, status, targets, ...operation }: Operation): ApiOperation {
  return {
    Id: key.id,
    OwnerAccount: key.account,
    Type: change.type satisfies OperationType,
    Status: status,
    ErrorCode: operation.errorCode,
    ErrorMessage: operation.errorMessage,
    CreateDate: new Date(operation.createdAt),
    UpdateDate: new Date(operation.updatedAt),
    Targets: {
      ...(targets.namespace !== undefined && { NAMESPACE: targets.namespace }),
      ...(targets.service !== undefined && { SERVICE: targets.service }),
      ...(targets.instance !== undefined && { INSTANCE: targets.instance }),
    },
  };
}
