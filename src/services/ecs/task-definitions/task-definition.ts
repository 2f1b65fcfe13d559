import type * as ecs from "@aws-sdk/client-ecs";
import type { InputOf } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import type { Rows } from "../../../store/types.ts";
import { parseEcsArn, type Scope, taskDefinitionArn } from "../arn.ts";
import { clientFault, invalidParameter, taskDefinitionNotFound } from "../faults.ts";
import type { TaskDefinitionRow, TaskDefinitionTables } from "./task-definition-store.ts";

/** What RegisterTaskDefinition takes, checked against the model. */
export type TaskDefinitionInput = InputOf<typeof ecs, "RegisterTaskDefinition">;

/** A container as a registered definition holds it: named, with an image, its defaults filled in. */
export type RegisteredContainer = ecs.ContainerDefinition & {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly cpu: number;
};

/** A definition as it is kept: what was sent, defaults filled in, and what ECS derived from it. */
export type TaskDefinitionDocument = Omit<
  ecs.TaskDefinition,
  | "taskDefinitionArn"
  | "revision"
  | "status"
  | "registeredAt"
  | "deregisteredAt"
  | "deleteRequestedAt"
  | "containerDefinitions"
  | "compatibilities"
> & {
  readonly family: string;
  readonly containerDefinitions: RegisteredContainer[];
  /** Where the definition can run. */
  readonly compatibilities: ecs.Compatibility[];
};

/** One revision of a task definition. */
export interface TaskDefinition {
  readonly arn: Arn;
  readonly family: string;
  readonly revision: number;
  readonly status: ecs.TaskDefinitionStatus;
  readonly definition: TaskDefinitionDocument;
  /** Epoch ms. */
  readonly registeredAt: number;
  readonly deregisteredAt: number | undefined;
  readonly deleteRequestedAt: number | undefined;
}

/** What a call names: a family, whose newest active revision is meant, or one revision. */
export interface TaskDefinitionReference {
  readonly family: string;
  readonly revision?: number;
}

/**
 * Reads `family`, `family:revision` or an ARN; `undefined` for the ARN of something else, or of another account or
 * region. Throws `InvalidParameterException` for a revision that is no number.
 */
export function parseReference(scope: Scope, reference: string): TaskDefinitionReference | undefined {
  let named = reference;
  if (reference.startsWith("arn:")) {
    const arn = parseEcsArn(reference);
    if (arn?.type !== "task-definition" || arn.path.length !== 1) return undefined;
    if (arn.account !== scope.account || arn.region !== scope.region) return undefined;
    named = arn.path[0] ?? "";
  }
  const colon = named.indexOf(":");
  if (colon < 0) return { family: named };
  const text = named.slice(colon + 1);
  if (!/^\d{1,9}$/.test(text)) throw invalidParameter(`Invalid revision number. Number: ${text}`);
  return { family: named.slice(0, colon), revision: Number(text) };
}

/** The revision that a call names, in any status; a family alone means its newest ACTIVE one. */
export async function findTaskDefinition(
  rows: Rows,
  scope: Scope,
  reference: string,
): Promise<TaskDefinition | undefined> {
  const named = parseReference(scope, reference);
  if (named === undefined) return undefined;
  const query = rows
    .tables<TaskDefinitionTables>()
    .selectFrom("ecs_task_definition")
    .selectAll()
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("family", "=", named.family);
  const row =
    named.revision === undefined
      ? await query.where("status", "=", "ACTIVE").orderBy("revision", "desc").limit(1).executeTakeFirst()
      : await query.where("revision", "=", named.revision).executeTakeFirst();
  return row && taskDefinitionFrom(row);
}

/**
 * The revision that new work is to run: it must be ACTIVE. Throws `ClientException` when it is missing or inactive,
 * `InvalidParameterException` for a revision that is no number.
 */
export async function needTaskDefinition(
  rows: Rows,
  scope: Scope,
  reference: string,
): Promise<TaskDefinition> {
  const found = await findTaskDefinition(rows, scope, reference);
  if (found === undefined) throw taskDefinitionNotFound();
  if (found.status !== "ACTIVE") throw clientFault("TaskDefinition is inactive");
  return found;
}

/** Reads a row. */
export function taskDefinitionFrom(row: TaskDefinitionRow): TaskDefinition {
  const { family, revision } = row;
  const scope = { account: row.account, region: row.region } as Scope;
  return {
    arn: taskDefinitionArn(scope, family, revision),
    family,
    revision,
    status: row.status as ecs.TaskDefinitionStatus,
    definition: JSON.parse(row.document) as TaskDefinitionDocument,
    registeredAt: row.registered_at,
    deregisteredAt: row.deregistered_at ?? undefined,
    deleteRequestedAt: row.delete_requested_at ?? undefined,
  };
}

/** A revision as the API answers it. */
export function describeTaskDefinition(found: TaskDefinition): ecs.TaskDefinition {
  const { deregisteredAt, deleteRequestedAt } = found;
  return {
    ...found.definition,
    taskDefinitionArn: found.arn,
    revision: found.revision,
    status: found.status,
    registeredAt: new Date(found.registeredAt),
    ...(deregisteredAt !== undefined && { deregisteredAt: new Date(deregisteredAt) }),
    ...(deleteRequestedAt !== undefined && { deleteRequestedAt: new Date(deleteRequestedAt) }),
  };
}
