import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type Scope, taskDefinitionArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { deletionJob } from "./deletion.ts";
import {
  describeTaskDefinition,
  findTaskDefinition,
  parseReference,
  type TaskDefinition,
} from "./task-definition.ts";
import type { TaskDefinitionTables } from "./task-definition-store.ts";

/** API Reference, "DeleteTaskDefinitions". */
const mostReferences = 10;

/**
 * Gives up inactive revisions for ever. AWS: a revision stays DELETE_IN_PROGRESS while tasks or services refer to it.
 * The reasons are AWS's.
 */
export const deleteTaskDefinitions: WriteOperation<typeof ecs, "DeleteTaskDefinitions"> = {
  name: "DeleteTaskDefinitions",
  authorise: ({ taskDefinitions }, ctx) =>
    [...new Set(taskDefinitions.map((reference) => named(ctx, reference)))].map((resource) => ({
      action: "ecs:DeleteTaskDefinitions",
      resource,
    })),
  async commit(tx, ctx, { taskDefinitions }) {
    if (taskDefinitions.length === 0)
      throw invalidParameter("TaskDefinition references list cannot be empty");
    if (taskDefinitions.length > mostReferences) {
      throw invalidParameter(`Size of TaskDefinition references list cannot exceed ${mostReferences}`);
    }
    const deleted: ecs.TaskDefinition[] = [];
    const failures: ecs.Failure[] = [];
    for (const reference of taskDefinitions) {
      const found = await deletable(tx, ctx, reference);
      if (typeof found === "string") {
        failures.push({ arn: reference, reason: found });
        continue;
      }
      const deleteRequestedAt = found.deleteRequestedAt ?? ctx.now;
      await tx
        .tables<TaskDefinitionTables>()
        .updateTable("ecs_task_definition")
        .set({ status: "DELETE_IN_PROGRESS", delete_requested_at: deleteRequestedAt })
        .where("account", "=", ctx.account)
        .where("region", "=", ctx.region)
        .where("family", "=", found.family)
        .where("revision", "=", found.revision)
        .execute();
      await tx.enqueue(deletionJob(ctx, found, ctx.now));
      deleted.push(describeTaskDefinition({ ...found, status: "DELETE_IN_PROGRESS", deleteRequestedAt }));
    }
    return { taskDefinitions: deleted, failures };
  },
};

/** The ARN that a reference asks permission for; `*` for what names nothing. */
function named(scope: Scope, reference: string): string {
  const found = readReference(scope, reference);
  return found?.revision === undefined ? "*" : taskDefinitionArn(scope, found.family, found.revision);
}

function readReference(scope: Scope, reference: string) {
  try {
    return parseReference(scope, reference);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** The revision, or why it cannot be deleted. */
async function deletable(rows: Rows, scope: Scope, reference: string): Promise<TaskDefinition | string> {
  if (readReference(scope, reference)?.revision === undefined) {
    return "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.";
  }
  const found = await findTaskDefinition(rows, scope, reference);
  if (found === undefined) {
    return "The specified task definition does not exist. Specify a valid account, family, revision and try again.";
  }
  if (found.status === "ACTIVE") {
    return "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
  }
  return found;
}
