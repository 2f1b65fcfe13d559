import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type {
  AnyOperation,
  Authorisation,
  ReadOperation,
  WriteOperation,
} from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import { withoutTags } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import type { Ssm } from "../contract.ts";
import { parameterArn } from "../parameters/name.ts";
import { findParameter, type Parameter, putParameter } from "../parameters/parameter.ts";
import { readTags, requestedTags, tagContext, wireTags } from "./tags.ts";

interface OnResource {
  readonly ResourceType: string;
  readonly ResourceId: string;
}

/** The ARN path of other resources than parameters, which policies may speak of; none is there. */
const otherTypes: Readonly<Record<string, string>> = {
  Association: "association",
  Automation: "automation-execution",
  Document: "document",
  MaintenanceWindow: "maintenancewindow",
  ManagedInstance: "managed-instance",
  OpsItem: "opsitem",
  OpsMetadata: "opsmetadata",
  PatchBaseline: "patchbaseline",
};

function onResource(
  action: string,
  { ResourceType, ResourceId }: OnResource,
  ctx: AuthoriseContext,
  context: NonNullable<Authorisation["context"]> = {},
): Authorisation[] {
  const other = otherTypes[ResourceType];
  const resource =
    other === undefined
      ? parameterArn({ account: ctx.account, region: ctx.region, name: ResourceId })
      : formatArn("ssm", ctx.region, ctx.account, `${other}/${ResourceId}`);
  return [{ action, resource, context }];
}

/** Throws `InvalidResourceType` (the text is ours), `InvalidResourceId`. */
async function needTagged(rows: Rows, ctx: CallContext, input: OnResource): Promise<Parameter> {
  if (input.ResourceType !== "Parameter") {
    throw new Fault("InvalidResourceType", `Roadstead keeps no resources of the type ${input.ResourceType}.`);
  }
  const key = { account: ctx.account, region: ctx.region, name: input.ResourceId };
  const found = await findParameter(rows, key, ctx.now);
  if (found === undefined) {
    throw new Fault(
      "InvalidResourceId",
      "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
    );
  }
  return found;
}

const addTagsToResource: WriteOperation<Ssm, "AddTagsToResource"> = {
  name: "AddTagsToResource",
  authorise: (input, ctx) =>
    onResource("ssm:AddTagsToResource", input, ctx, tagContext(requestedTags(input.Tags))),
  async commit(tx, ctx, input) {
    const parameter = await needTagged(tx, ctx, input);
    await putParameter(tx, { ...parameter, tags: readTags(parameter.tags, input.Tags) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

const removeTagsFromResource: WriteOperation<Ssm, "RemoveTagsFromResource"> = {
  name: "RemoveTagsFromResource",
  authorise: (input, ctx) =>
    onResource("ssm:RemoveTagsFromResource", input, ctx, { "aws:TagKeys": input.TagKeys }),
  async commit(tx, ctx, input) {
    const parameter = await needTagged(tx, ctx, input);
    await putParameter(tx, { ...parameter, tags: withoutTags(parameter.tags, input.TagKeys) });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

const listTagsForResource: ReadOperation<Ssm, "ListTagsForResource"> = {
  name: "ListTagsForResource",
  authorise: (input, ctx) => onResource("ssm:ListTagsForResource", input, ctx),
  read: async (ctx, input) => ({ TagList: wireTags((await needTagged(ctx.rows, ctx, input)).tags) }),
};

export const tagOperations: readonly AnyOperation[] = [
  addTagsToResource,
  listTagsForResource,
  removeTagsFromResource,
];
