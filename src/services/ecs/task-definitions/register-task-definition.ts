import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Tx } from "../../../store/types.ts";
import { taskDefinitionArn } from "../arn.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { checkTask } from "./check-task.ts";
import { compatibilitiesOf } from "./compatibility.ts";
import { complete } from "./complete.ts";
import { passTaskRoles } from "./pass-role.ts";
import { requiredAttributes } from "./required-attributes.ts";
import {
  describeTaskDefinition,
  type TaskDefinitionDocument,
  type TaskDefinitionInput,
  taskDefinitionFrom,
} from "./task-definition.ts";
import type { TaskDefinitionRow, TaskDefinitionTables } from "./task-definition-store.ts";
import { sizeContext } from "./task-size.ts";

/** Keeps a new revision of a definition, its defaults filled in. */
export const registerTaskDefinition: WriteOperation<typeof ecs, "RegisterTaskDefinition"> = {
  name: "RegisterTaskDefinition",
  async authorise(input, ctx) {
    const resource = formatArn("ecs", ctx.region, ctx.account, `task-definition/${input.family}:*`);
    const tags = requestedTags(input.tags);
    return [
      {
        action: "ecs:RegisterTaskDefinition",
        resource,
        context: {
          ...tagContext(tags),
          "ecs:compute-compatibility": input.requiresCompatibilities ?? [],
          "ecs:privileged": String(input.containerDefinitions.some(({ privileged }) => privileged === true)),
          ...sizeContext(input.cpu, input.memory),
        },
      },
      ...(await taggingPermission(ctx, resource, tags, "RegisterTaskDefinition")),
      ...passTaskRoles(ctx, input.taskRoleArn, input.executionRoleArn),
    ];
  },
  async commit(tx, ctx, input) {
    const document = judge(ctx, input);
    const tags = readTags(input.tags);
    const { family } = input;
    const row: TaskDefinitionRow = {
      account: ctx.account,
      region: ctx.region,
      family,
      revision: await nextRevision(tx, ctx, family),
      status: "ACTIVE",
      registered_at: ctx.now,
      deregistered_at: null,
      delete_requested_at: null,
      document: JSON.stringify(document),
    };
    await tx.tables<TaskDefinitionTables>().insertInto("ecs_task_definition").values(row).execute();
    await putTags(tx, taskDefinitionArn(ctx, family, row.revision), tags);
    return {
      taskDefinition: describeTaskDefinition(taskDefinitionFrom(row)),
      ...(tags.length > 0 && { tags: [...tags] }),
    };
  },
};

/** A definition as it is kept. Throws `ClientException` when it could not run. */
export function judge(ctx: CallContext, input: TaskDefinitionInput): TaskDefinitionDocument {
  const definition = complete(ctx, input);
  checkTask(ctx, definition);
  const { requiresCompatibilities = [], ...rest } = definition;
  return {
    ...rest,
    requiresAttributes: requiredAttributes(definition),
    compatibilities: compatibilitiesOf(definition),
    ...(requiresCompatibilities.length > 0 && { requiresCompatibilities }),
    registeredBy: nameOf(ctx.principal),
  };
}

function nameOf(principal: Principal): string {
  if (principal.type === "Anonymous") return "anonymous";
  return "arn" in principal ? principal.arn : principal.service;
}

/** INVARIANT: counts up for ever; the row of the family outlives its revisions. */
async function nextRevision(tx: Tx, { account, region }: CallContext, family: string): Promise<number> {
  const { revision } = await tx
    .tables<TaskDefinitionTables>()
    .insertInto("ecs_task_definition_family")
    .values({ account, region, family, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(["account", "region", "family"])
        .doUpdateSet((eb) => ({ revision: eb("ecs_task_definition_family.revision", "+", 1) })),
    )
    .returning("revision")
    .executeTakeFirstOrThrow();
  return revision;
}
