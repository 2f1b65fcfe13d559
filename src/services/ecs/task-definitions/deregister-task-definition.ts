import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { clientFault } from "../faults.ts";
import { describeTaskDefinition, findTaskDefinition, parseReference } from "./task-definition.ts";
import type { TaskDefinitionTables } from "./task-definition-store.ts";

/** Makes a revision INACTIVE: what runs with it goes on, nothing new begins. */
export const deregisterTaskDefinition: WriteOperation<typeof ecs, "DeregisterTaskDefinition"> = {
  name: "DeregisterTaskDefinition",
  authorise: () => [{ action: "ecs:DeregisterTaskDefinition", resource: "*" }],
  async commit(tx, ctx, { taskDefinition }) {
    const named = parseReference(ctx, taskDefinition);
    if (named !== undefined && named.revision === undefined) throw clientFault("Revision is missing.");
    const found = named && (await findTaskDefinition(tx, ctx, taskDefinition));
    if (found === undefined) throw clientFault("Unable to describe task definition.");
    if (found.status !== "ACTIVE") throw clientFault("The specified task definition is inactive.");
    await tx
      .tables<TaskDefinitionTables>()
      .updateTable("ecs_task_definition")
      .set({ status: "INACTIVE", deregistered_at: ctx.now })
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("family", "=", found.family)
      .where("revision", "=", found.revision)
      .execute();
    return {
      taskDefinition: describeTaskDefinition({ ...found, status: "INACTIVE", deregisteredAt: ctx.now }),
    };
  },
};
