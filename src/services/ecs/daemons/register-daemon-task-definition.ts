import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Tx } from "../../../store/types.ts";
import { daemonTaskDefinitionArn, type Scope } from "../arn.ts";
import { taggingPermission } from "../tags/tagging-permission.ts";
import { putTags, readTags, requestedTags, tagContext } from "../tags/tags.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { sizeContext } from "../task-definitions/task-size.ts";
import { judgeDaemon } from "./daemon-definition.ts";
import type { DaemonTables } from "./daemon-store.ts";

/** Keeps a new revision of a daemon task definition. */
export const registerDaemonTaskDefinition: WriteOperation<typeof ecs, "RegisterDaemonTaskDefinition"> = {
  name: "RegisterDaemonTaskDefinition",
  async authorise(input, ctx) {
    const resource = formatArn("ecs", ctx.region, ctx.account, `daemon-task-definition/${input.family}:*`);
    const tags = requestedTags(input.tags);
    return [
      {
        action: "ecs:RegisterDaemonTaskDefinition",
        resource,
        context: {
          ...tagContext(tags),
          "ecs:privileged": String(input.containerDefinitions.some(({ privileged }) => privileged === true)),
          ...sizeContext(input.cpu, input.memory),
        },
      },
      ...(await taggingPermission(ctx, resource, tags, "RegisterDaemonTaskDefinition")),
      ...passTaskRoles(ctx, input.taskRoleArn, input.executionRoleArn),
    ];
  },
  async commit(tx, ctx, input) {
    const document = judgeDaemon(ctx, input);
    const tags = readTags(input.tags);
    const { family } = input;
    const revision = await nextRevision(tx, ctx, family);
    await tx
      .tables<DaemonTables>()
      .insertInto("ecs_daemon_definition")
      .values({
        account: ctx.account,
        region: ctx.region,
        family,
        revision,
        status: "ACTIVE",
        registered_at: ctx.now,
        delete_requested_at: null,
        document: JSON.stringify(document),
      })
      .execute();
    const arn = daemonTaskDefinitionArn(ctx, family, revision);
    await putTags(tx, arn, tags);
    return { daemonTaskDefinitionArn: arn };
  },
};

/** INVARIANT: counts up for ever; the row of the family outlives its revisions. */
async function nextRevision(tx: Tx, { account, region }: Scope, family: string): Promise<number> {
  const { revision } = await tx
    .tables<DaemonTables>()
    .insertInto("ecs_daemon_family")
    .values({ account, region, family, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(["account", "region", "family"])
        .doUpdateSet((eb) => ({ revision: eb("ecs_daemon_family.revision", "+", 1) })),
    )
    .returning("revision")
    .executeTakeFirstOrThrow();
  return revision;
}
