import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { clientFault } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { describeTaskDefinition, findTaskDefinition } from "./task-definition.ts";

/** Tells of a revision in any status; a family alone means its newest active one. */
export const describeTaskDefinitionOperation: ReadOperation<typeof ecs, "DescribeTaskDefinition"> = {
  name: "DescribeTaskDefinition",
  authorise: () => [{ action: "ecs:DescribeTaskDefinition", resource: "*" }],
  async read(ctx, { taskDefinition, include = [] }) {
    const found = await findTaskDefinition(ctx.rows, ctx, taskDefinition);
    if (found === undefined) throw clientFault("Unable to describe task definition.");
    const tags = include.includes("TAGS") ? await tagsOf(ctx.rows, found.arn) : [];
    return { taskDefinition: describeTaskDefinition(found), tags: [...tags] };
  },
};
