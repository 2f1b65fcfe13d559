import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { changeSetArn, stackResource } from "../arn.ts";
import { exportsOf } from "../execution/target.ts";
import { validationError } from "../faults.ts";
import { beginStack, checkChangeable, isSame, newStack } from "../stacks/change-stack.ts";
import { operationMembers, type ReadRequest, readRequest, stackPermission } from "../stacks/request.ts";
import {
  addEvents,
  findStack,
  keepStack,
  neededStack,
  resourcesOf,
  type Stack,
  stackEvent,
} from "../stacks/stack.ts";
import { shownParameters } from "../template/parameters.ts";
import { readTemplate } from "../template/template.ts";
import {
  type ChangeSet,
  changeSetsOf,
  changesOf,
  dropChangeSets,
  findChangeSet,
  keepChangeSet,
  neededChangeSet,
} from "./change-set.ts";

const unchangedReason =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

interface NamedChangeSet {
  readonly ChangeSetName?: string | undefined;
  readonly StackName?: string | undefined;
}

/** A permission on a change set is one on its stack, also when the change set is named by its ARN alone. */
const permission =
  (action: string) =>
  async (
    { ChangeSetName = "", StackName }: NamedChangeSet,
    ctx: AuthoriseContext,
  ): Promise<readonly Authorisation[]> => {
    const named = StackName ?? (await findChangeSet(ctx.rows, ctx, ChangeSetName, undefined))?.stack.id;
    return [
      {
        action: `cloudformation:${action}`,
        resource: stackResource(ctx, named),
        context: { "cloudformation:ChangeSetName": ChangeSetName },
      },
    ];
  };

type Prepared = ReadRequest & { readonly ids: readonly string[] };

export const createChangeSet: WriteOperation<typeof cloudformation, "CreateChangeSet", Prepared> = {
  name: "CreateChangeSet",
  authorise: (input, ctx) => {
    const [first, ...rest] = stackPermission("CreateChangeSet", input, ctx);
    const context = { ...first?.context, "cloudformation:ChangeSetName": input.ChangeSetName };
    return first === undefined ? [] : [{ ...first, context }, ...rest];
  },
  async prepare(ctx, input) {
    const stack = await findStack(ctx.rows, ctx, input.StackName ?? "");
    const ids = [uuid(ctx.random), uuid(ctx.random), uuid(ctx.random)];
    return { ...(await readRequest(ctx, input, stack?.current)), ids };
  },
  async commit(tx, ctx, input, { source, template, ids: [id = "", stackId = "", eventId = ""] }) {
    const { ChangeSetName: name = "", StackName = "", ChangeSetType: type = "UPDATE" } = input;
    if (type === "IMPORT") throw validationError("Roadstead does not support ChangeSetType IMPORT.");
    if ((input.ResourcesToImport?.length ?? 0) > 0) {
      throw validationError("Roadstead does not support ResourcesToImport.");
    }
    const found = await findStack(tx, ctx, StackName);
    const stack = await reviewed(found);
    if (found !== undefined && (await findChangeSet(tx, ctx, name, found.id)) !== undefined) {
      throw new Fault(
        "AlreadyExistsException",
        `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Template`,
        { status: 400 },
      );
    }
    const resources = await resourcesOf(tx, stack.id);
    const changes = changesOf(stack, resources, template, source, await exportsOf(tx, stack));
    const same = changes.length === 0 && isSame(stack, source);
    const changeSet: ChangeSet = {
      ...{ id: changeSetArn(ctx, name, id), name, stackId: stack.id, stackName: stack.name },
      ...(input.Description !== undefined && { description: input.Description }),
      createdAt: ctx.now,
      status: same ? "FAILED" : "CREATE_COMPLETE",
      ...(same && { reason: unchangedReason }),
      executionStatus: same ? "UNAVAILABLE" : "AVAILABLE",
      source,
      capabilities: [...(input.Capabilities ?? [])],
      ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }),
      onFailure: input.OnStackFailure ?? "ROLLBACK",
      changes,
      type,
    };
    await keepChangeSet(tx, changeSet);
    return { Id: changeSet.id, StackId: stack.id };

    /** The stack that the change set is for: a new one is in review until the change set is executed. */
    async function reviewed(there: Stack | undefined): Promise<Stack> {
      if (type === "CREATE") {
        if (there !== undefined && there.status !== "REVIEW_IN_PROGRESS") {
          throw validationError(
            `Stack [${StackName}] already exists and cannot be created again with the changeSet [${name}].`,
          );
        }
        if (there !== undefined) return there;
        const made = newStack(ctx, input, StackName, stackId);
        await keepStack(tx, made);
        await addEvents(tx, made.id, [stackEvent({ ...made, reason: "User Initiated" }, eventId, ctx.now)]);
        return made;
      }
      if (there === undefined) throw validationError(`Stack [${StackName}] does not exist`);
      if (there.status === "REVIEW_IN_PROGRESS") return there;
      checkChangeable(there);
      return there;
    }
  },
};

export const describeChangeSet: ReadOperation<typeof cloudformation, "DescribeChangeSet"> = {
  name: "DescribeChangeSet",
  authorise: permission("DescribeChangeSet"),
  async read(ctx, { ChangeSetName = "", StackName }) {
    const { changeSet } = await neededChangeSet(ctx.rows, ctx, ChangeSetName, StackName);
    return {
      ...summary(changeSet),
      Parameters: shownParameters(readTemplate(changeSet.source.body), changeSet.source.parameters),
      RollbackConfiguration: {},
      NotificationARNs: [],
      Capabilities: [...changeSet.capabilities],
      Tags: changeSet.source.tags.map(({ key, value }) => ({ Key: key, Value: value })),
      Changes: [...changeSet.changes],
    };
  },
};

function summary(changeSet: ChangeSet) {
  return {
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    StackId: changeSet.stackId,
    StackName: changeSet.stackName,
    ...(changeSet.description !== undefined && { Description: changeSet.description }),
    CreationTime: new Date(changeSet.createdAt),
    Status: changeSet.status,
    ...(changeSet.reason !== undefined && { StatusReason: changeSet.reason }),
    ExecutionStatus: changeSet.executionStatus,
    IncludeNestedStacks: false,
  };
}

export const listChangeSets: ReadOperation<typeof cloudformation, "ListChangeSets"> = {
  name: "ListChangeSets",
  authorise: ({ StackName }, ctx) => [
    { action: "cloudformation:ListChangeSets", resource: stackResource(ctx, StackName) },
  ],
  async read(ctx, { StackName = "" }) {
    const stack = await neededStack(ctx.rows, ctx, StackName);
    return { Summaries: (await changeSetsOf(ctx.rows, stack.id)).map(summary) };
  },
};

export const deleteChangeSet: WriteOperation<typeof cloudformation, "DeleteChangeSet"> = {
  name: "DeleteChangeSet",
  authorise: permission("DeleteChangeSet"),
  async commit(tx, ctx, { ChangeSetName = "", StackName }) {
    const found = await findChangeSet(tx, ctx, ChangeSetName, StackName);
    if (found !== undefined) await dropChangeSets(tx, found.stack.id, found.changeSet.id);
    return {};
  },
};

export const executeChangeSet: WriteOperation<typeof cloudformation, "ExecuteChangeSet", string> = {
  name: "ExecuteChangeSet",
  authorise: permission("ExecuteChangeSet"),
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, eventId) {
    const { changeSet, stack } = await neededChangeSet(tx, ctx, input.ChangeSetName ?? "", input.StackName);
    if (changeSet.executionStatus !== "AVAILABLE") {
      throw new Fault(
        "InvalidChangeSetStatus",
        `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        { status: 400 },
      );
    }
    const creates = stack.status === "REVIEW_IN_PROGRESS";
    if (!creates) checkChangeable(stack);
    const template = readTemplate(changeSet.source.body);
    const keepsWhatThereIs = input.DisableRollback === true || changeSet.onFailure === "DO_NOTHING";
    await beginStack(
      tx,
      ctx,
      stack,
      { source: changeSet.source, template },
      creates ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS",
      eventId,
      {
        ...operationMembers(ctx, {
          Capabilities: changeSet.capabilities,
          RoleARN: changeSet.roleArn,
          ClientRequestToken: input.ClientRequestToken,
        }),
        onFailure: keepsWhatThereIs ? "DO_NOTHING" : changeSet.onFailure,
        changeSetId: changeSet.id,
      },
    );
    // AWS: the other change sets of the stack are gone with the execution of one.
    await dropChangeSets(tx, stack.id);
    return {};
  },
};
