import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import { stackArn } from "../arn.ts";
import { enqueueStack } from "../execution/stack-job.ts";
import { validationError } from "../faults.ts";
import { checkImports, importersOf, noteImports } from "./imports.ts";
import {
  operationMembers,
  type ReadRequest,
  readRequest,
  type StackRequest,
  stackPermission,
} from "./request.ts";
import { addEvents, findStack, keepStack, neededStack, type Stack, stackEvent } from "./stack.ts";

type Prepared = ReadRequest & { readonly ids: readonly [string, string] };

/** States in which a stack can be changed (CloudFormation User Guide, "Stack status codes"). */
const changeable = new Set<cloudformation.StackStatus>([
  "CREATE_COMPLETE",
  "UPDATE_COMPLETE",
  "UPDATE_ROLLBACK_COMPLETE",
  "UPDATE_FAILED",
  "CREATE_FAILED",
]);

/** Throws `ValidationError` unless the stack can be changed. */
export function checkChangeable(stack: Stack): void {
  if (changeable.has(stack.status)) return;
  throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

export const createStack: WriteOperation<typeof cloudformation, "CreateStack", Prepared> = {
  name: "CreateStack",
  authorise: (input, ctx) => stackPermission("CreateStack", input, ctx),
  async prepare(ctx, input) {
    const ids = [uuid(ctx.random), uuid(ctx.random)] as const;
    return { ...(await readRequest(ctx, input)), ids };
  },
  async commit(tx, ctx, input, { source, template, ids: [id, eventId] }) {
    const name = input.StackName ?? "";
    const before = await findStack(tx, ctx, name);
    if (before !== undefined) {
      throw new Fault("AlreadyExistsException", `Stack [${name}] already exists`, { status: 400 });
    }
    if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
      throw validationError("You can specify either DisableRollback or OnFailure, but not both");
    }
    const stack = await beginStack(
      tx,
      ctx,
      newStack(ctx, input, name, id),
      { source, template },
      "CREATE_IN_PROGRESS",
      eventId,
      {
        ...operationMembers(ctx, input),
        onFailure: input.OnFailure ?? (input.DisableRollback === true ? "DO_NOTHING" : "ROLLBACK"),
        terminationProtection: input.EnableTerminationProtection ?? false,
        timeoutInMinutes: input.TimeoutInMinutes,
      },
    );
    return { StackId: stack.id };
  },
};

/** A stack of which there is nothing yet. */
export function newStack(ctx: CallContext, input: StackRequest, name: string, id: string): Stack {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  }
  return {
    ...{ id: stackArn(ctx, name, id), name, account: ctx.account, region: ctx.region },
    status: "REVIEW_IN_PROGRESS",
    createdAt: ctx.now,
    generation: 0,
    capabilities: [...(input.Capabilities ?? [])],
    onFailure: "ROLLBACK",
    terminationProtection: false,
    notificationArns: [],
    outputs: [],
    retained: [],
    caller: { principal: ctx.principal, source: ctx.source },
  };
}

/** Has a stack made or changed: its rows, the event, the job. */
export async function beginStack(
  tx: Tx,
  ctx: CallContext,
  stack: Stack,
  { source, template }: ReadRequest,
  status: "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS",
  eventId: string,
  change: Partial<Stack>,
): Promise<Stack> {
  const begun: Stack = {
    ...stack,
    ...change,
    status,
    reason: "User Initiated",
    wanted: source,
    generation: stack.generation + 1,
    description: template.description,
    ...(status === "UPDATE_IN_PROGRESS" && { updatedAt: ctx.now }),
  };
  await checkImports(tx, begun, template);
  await noteImports(tx, begun, template);
  await keepStack(tx, begun);
  await addEvents(tx, begun.id, [stackEvent(begun, eventId, ctx.now)]);
  await enqueueStack(tx, begun);
  return begun;
}

export const updateStack: WriteOperation<typeof cloudformation, "UpdateStack", Prepared> = {
  name: "UpdateStack",
  authorise: (input, ctx) => stackPermission("UpdateStack", input, ctx),
  async prepare(ctx, input) {
    const stack = await neededStack(ctx.rows, ctx, input.StackName ?? "");
    checkChangeable(stack);
    const ids = [uuid(ctx.random), uuid(ctx.random)] as const;
    return { ...(await readRequest(ctx, input, stack.current)), ids };
  },
  async commit(tx, ctx, input, { source, template, ids: [, eventId] }) {
    const stack = await neededStack(tx, ctx, input.StackName ?? "");
    checkChangeable(stack);
    if (isSame(stack, source)) throw validationError("No updates are to be performed.");
    await beginStack(tx, ctx, stack, { source, template }, "UPDATE_IN_PROGRESS", eventId, {
      ...operationMembers(ctx, input),
      onFailure: input.DisableRollback === true ? "DO_NOTHING" : "ROLLBACK",
    });
    return { StackId: stack.id };
  },
};

/** Whether a stack is made from this already. */
export function isSame({ current, status }: Stack, source: Stack["current"]): boolean {
  return !status.endsWith("FAILED") && JSON.stringify(current) === JSON.stringify(source);
}

export const deleteStack: WriteOperation<typeof cloudformation, "DeleteStack", string> = {
  name: "DeleteStack",
  authorise: (input, ctx) => stackPermission("DeleteStack", input, ctx),
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, eventId) {
    const stack = await findStack(tx, ctx, input.StackName ?? "");
    // AWS: that there is no such stack is no error.
    if (stack === undefined || stack.status === "DELETE_COMPLETE" || stack.status === "DELETE_IN_PROGRESS")
      return {};
    if (stack.terminationProtection) {
      throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
    }
    await checkExportsUnused(tx, stack);
    const retained = [...(input.RetainResources ?? [])];
    if (
      retained.length > 0 &&
      stack.status !== "DELETE_FAILED" &&
      input.DeletionMode !== "FORCE_DELETE_STACK"
    ) {
      throw validationError(
        `Invalid operation on stack [${stack.id}]. Only stacks in DELETE_FAILED state can specify resources to retain.`,
      );
    }
    const members = { ...operationMembers(ctx, { ...input, Capabilities: stack.capabilities }), retained };
    if (stack.status === "CREATE_IN_PROGRESS") {
      await keepStack(tx, { ...stack, ...members, cancelled: "DELETE" });
      return {};
    }
    if (stack.status.endsWith("_IN_PROGRESS") && stack.status !== "REVIEW_IN_PROGRESS") {
      throw validationError(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
    }
    const begun: Stack = {
      ...{ ...stack, ...members },
      status: "DELETE_IN_PROGRESS",
      reason: "User Initiated",
      generation: stack.generation + 1,
    };
    await keepStack(tx, begun);
    await addEvents(tx, stack.id, [stackEvent(begun, eventId, ctx.now)]);
    await enqueueStack(tx, begun);
    return {};
  },
};

async function checkExportsUnused(tx: Tx, stack: Stack): Promise<void> {
  for (const { exportName } of stack.outputs) {
    if (exportName === undefined) continue;
    const users = await importersOf(tx, stack, exportName);
    if (users.length === 0) continue;
    throw validationError(
      `Delete canceled. Cannot delete export ${exportName} as it is in use by ${users.join(", ")}.`,
    );
  }
}

export const cancelUpdateStack: WriteOperation<typeof cloudformation, "CancelUpdateStack"> = {
  name: "CancelUpdateStack",
  authorise: (input, ctx) => stackPermission("CancelUpdateStack", input, ctx),
  async commit(tx, ctx, { StackName = "" }) {
    const stack = await neededStack(tx, ctx, StackName);
    if (stack.status !== "UPDATE_IN_PROGRESS") {
      throw validationError(`CancelUpdateStack cannot be called from current stack status`);
    }
    await keepStack(tx, { ...stack, cancelled: "ROLLBACK" });
    return {};
  },
};

export const updateTerminationProtection: WriteOperation<
  typeof cloudformation,
  "UpdateTerminationProtection"
> = {
  name: "UpdateTerminationProtection",
  authorise: (input, ctx) => stackPermission("UpdateTerminationProtection", input, ctx),
  async commit(tx, ctx, { StackName = "", EnableTerminationProtection = false }) {
    const stack = await neededStack(tx, ctx, StackName);
    await keepStack(tx, { ...stack, terminationProtection: EnableTerminationProtection });
    return { StackId: stack.id };
  },
};
