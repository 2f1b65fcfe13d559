import { createHash } from "node:crypto";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Job, Jobs, Tx } from "../../../store/types.ts";
import { validationError } from "../faults.ts";
import { cloudFormationPrincipal } from "../principal.ts";
import { resourceTypes } from "../resource-types/all.ts";
import {
  addEvents,
  dropResource,
  findStack,
  keepResource,
  keepStack,
  resourcesOf,
  type Stack,
  type StackEvent,
  type StackResource,
  stackEvent,
} from "../stacks/stack.ts";
import type { StackTables } from "../stacks/stack-store.ts";
import { dependenciesOf } from "../template/references.ts";
import type { TemplateValue } from "../template/template.ts";
import { readTemplate } from "../template/template.ts";
import { type Ending, nextPhase } from "./phases.ts";
import { type Next, planStack, type Step } from "./plan.ts";
import type { StackJob } from "./stack-job.ts";
import { outputsOf, sourceOf, viewStack } from "./target.ts";

/** What the loop is told about a stack. */
export interface StackWork {
  readonly stack: Stack;
  readonly next: Next;
}

const own = { service: "cloudformation", onlyFor: cloudFormationPrincipal, unrecorded: true } as const;
// CloudFormation's own books in its own name: what it does to resources is asked for by the stack's caller or role.
const authorise = () => [];

/** What is next for the stack of a job; `undefined` when there is nothing to do. */
export const inspectStackWork: InternalOperation<{ readonly job: Job }, never, StackWork | undefined> = {
  ...own,
  name: "InspectStackWork",
  authorise,
  async read(ctx, { job }) {
    const { stackId } = job.payload as StackJob;
    const stack = await findStack(ctx.rows, job, stackId);
    if (
      stack === undefined ||
      !stack.status.endsWith("_IN_PROGRESS") ||
      stack.status === "REVIEW_IN_PROGRESS"
    )
      return undefined;
    const view = await viewStack(ctx.rows, stack);
    return { stack, next: planStack({ ...view, typeOf: (name) => resourceTypes.get(name) }) };
  },
};

/** Ends the job of a stack with which there is nothing to do any more. */
export const endStackJob = (ports: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, never, boolean> => ({
  ...own,
  name: "EndStackJob",
  authorise,
  commit: (tx, _ctx, { job }) => ports.jobs.finish(tx, job),
});

export interface BegunStep {
  readonly stack: Stack;
  readonly step: Step;
}

/** Notes that a step is being taken, before it is. @returns the resource as it is noted. */
export const beginStep: InternalOperation<BegunStep, string, StackResource | undefined> = {
  ...own,
  name: "BeginStackStep",
  authorise,
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { stack, step }, eventId) {
    const now = await unchanged(tx, stack);
    if (now === undefined) return undefined;
    const begun = begin(stack, step, ctx.now);
    if (begun === undefined) return undefined;
    if (step.do === "create" && step.instead !== undefined) {
      await keepResource(tx, { ...step.instead, slot: stack.generation });
    }
    await keepResource(tx, begun);
    if (step.do !== "keep" && step.do !== "settle" && step.do !== "resume" && !isUnderWay(step, stack)) {
      await addEvents(tx, stack.id, [resourceEvent(stack, begun, eventId, ctx.now)]);
    }
    return begun;
  },
};

function begin(stack: Stack, step: Step, now: number): StackResource | undefined {
  const fresh = { generation: stack.generation, updatedAt: now };
  switch (step.do) {
    case "create": {
      return {
        ...described(stack, step.logicalId),
        ...fresh,
        slot: 0,
        status: "CREATE_IN_PROGRESS",
        changing: step.properties,
        attributes: {},
      };
    }
    case "fail":
      return {
        ...(step.resource ?? { slot: 0, attributes: {} }),
        ...described(stack, step.logicalId),
        ...fresh,
        status: step.resource?.physicalId === undefined ? "CREATE_FAILED" : "UPDATE_FAILED",
        reason: step.reason,
      };
    case "update": {
      // Until it is known that the change went well, it may still hold on to what it named before.
      const after = described(stack, step.resource.logicalId);
      return {
        ...step.resource,
        ...after,
        ...fresh,
        dependsOn: [...new Set([...step.resource.dependsOn, ...after.dependsOn])],
        reason: undefined,
        status: "UPDATE_IN_PROGRESS",
        changing: step.properties,
      };
    }
    case "delete":
      // Once more: it was not gone yet.
      if (isUnderWay(step, stack)) return step.resource;
      return { ...step.resource, ...fresh, reason: undefined, status: "DELETE_IN_PROGRESS" };
    case "keep":
      return {
        ...step.resource,
        ...described(stack, step.resource.logicalId),
        ...fresh,
        reason: undefined,
        status: step.resource.status.startsWith("CREATE") ? "CREATE_COMPLETE" : "UPDATE_COMPLETE",
      };
    case "retain":
      return { ...step.resource, ...fresh, reason: undefined, status: "DELETE_SKIPPED" };
    default:
      return step.resource;
  }
}

function isUnderWay(step: Step, { generation }: Stack): boolean {
  return (
    step.do === "delete" &&
    step.resource.status === "DELETE_IN_PROGRESS" &&
    step.resource.generation === generation
  );
}

/** What the template says of a resource. */
function described(stack: Stack, logicalId: string) {
  const source = sourceOf(stack);
  const template = source === undefined ? undefined : readTemplate(source.body);
  const definition = template?.resources[logicalId];
  if (template === undefined || definition === undefined) {
    throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`);
  }
  return {
    stackId: stack.id,
    logicalId,
    type: definition.Type,
    dependsOn: [...dependenciesOf(template, definition)],
    deletionPolicy: definition.DeletionPolicy ?? "Delete",
    updateReplacePolicy: definition.UpdateReplacePolicy ?? "Delete",
  };
}

/** How a step went. */
export interface StepOutcome {
  readonly stack: Stack;
  readonly resource: StackResource;
  readonly did: Step["do"];
  readonly physicalId?: string;
  readonly attributes?: Readonly<Record<string, TemplateValue>>;
  /** It is there, and not ready yet. */
  readonly waiting?: boolean;
  /** Why it failed. */
  readonly failure?: string;
}

/** Notes how a step went. */
export const settleStep: InternalOperation<StepOutcome, string, boolean> = {
  ...own,
  name: "SettleStackStep",
  authorise,
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, outcome, eventId) {
    const { stack, resource, did, failure, waiting = false } = outcome;
    if ((await unchanged(tx, stack)) === undefined) return false;
    if (did === "fail") return true;
    const verb = resource.status.slice(0, resource.status.indexOf("_"));
    const settled: StackResource = {
      ...resource,
      ...(outcome.physicalId !== undefined && { physicalId: outcome.physicalId }),
      attributes: { ...resource.attributes, ...outcome.attributes },
      ...(failure === undefined
        ? {
            properties: resource.changing ?? resource.properties,
            changing: undefined,
            ...(verb === "UPDATE" && { dependsOn: described(stack, resource.logicalId).dependsOn }),
          }
        : // How far a change went that failed is not known: the next one writes everything.
          { reason: failure, ...(verb === "UPDATE" && { properties: undefined, changing: undefined }) }),
      status:
        did === "retain"
          ? resource.status
          : (`${verb}_${failure !== undefined ? "FAILED" : waiting ? "IN_PROGRESS" : "COMPLETE"}` as StackResource["status"]),
      updatedAt: ctx.now,
    };
    const gone = settled.status === "DELETE_COMPLETE" || settled.status === "DELETE_SKIPPED";
    if (gone) await dropResource(tx, settled);
    else await keepResource(tx, settled);
    if (did !== "keep" && !waiting) {
      await addEvents(tx, stack.id, [resourceEvent(stack, settled, eventId, ctx.now)]);
    }
    return true;
  },
};

/** Ends a phase, and begins the next or ends the job. False: there is more to do. */
export const settlePhase = (ports: {
  readonly jobs: Jobs;
}): InternalOperation<
  { readonly job: Job; readonly stack: Stack; readonly ending: Ending },
  readonly string[],
  boolean
> => ({
  ...own,
  name: "SettleStackPhase",
  authorise,
  prepare: async (ctx) => [uuid(ctx.random), uuid(ctx.random)],
  async commit(tx, ctx, { job, stack, ending }, [eventId = ""]) {
    if ((await unchanged(tx, stack)) === undefined) return false;
    const before = await resourcesOf(tx, stack.id);
    const { stack: next, done, resources } = nextPhase(stack, before, ending, ctx.now);
    if (resources !== before) {
      for (const resource of before) await dropResource(tx, resource);
      for (const resource of resources) await keepResource(tx, resource);
    }
    const finished = await withOutputs(tx, stack, next);
    await keepStack(tx, finished);
    if (finished.status === "DELETE_COMPLETE") await forgetLinks(tx, finished.id);
    await addEvents(tx, stack.id, [stackEvent(finished, eventId, ctx.now)]);
    if (done) await ports.jobs.finish(tx, job);
    return done;
  },
});

/** The outputs and exports of a stack that has just come to a good end. */
async function withOutputs(tx: Tx, before: Stack, next: Stack): Promise<Stack> {
  if (next.status !== "CREATE_COMPLETE" && next.status !== "UPDATE_COMPLETE") return next;
  const outputs = outputsOf(await viewStack(tx, before));
  const tables = tx.tables<StackTables>();
  await tables.deleteFrom("cloudformation_export").where("stack_id", "=", next.id).execute();
  const { account, region } = next;
  for (const { exportName: name, value } of outputs) {
    if (name === undefined) continue;
    await tables
      .insertInto("cloudformation_export")
      .values({ account, region, name, stack_id: next.id, value })
      .execute();
  }
  return { ...next, outputs };
}

async function forgetLinks(tx: Tx, stackId: string): Promise<void> {
  const tables = tx.tables<StackTables>();
  await tables.deleteFrom("cloudformation_export").where("stack_id", "=", stackId).execute();
  await tables.deleteFrom("cloudformation_import").where("stack_id", "=", stackId).execute();
}

/** The stack, if it is still in the phase that was seen. */
async function unchanged(tx: Tx, seen: Stack): Promise<Stack | undefined> {
  const stack = await findStack(tx, seen, seen.id);
  return stack?.status === seen.status && stack.generation === seen.generation ? stack : undefined;
}

function resourceEvent(stack: Stack, resource: StackResource, id: string, at: number): StackEvent {
  const { logicalId, physicalId = "", type, status, reason, changing, properties } = resource;
  return {
    ...{ id: `${logicalId}-${status}-${id}`, at, logicalId, physicalId, type, status },
    ...(reason !== undefined && { reason }),
    properties: JSON.stringify(changing ?? properties ?? {}),
    ...(stack.requestToken !== undefined && { requestToken: stack.requestToken }),
  };
}

/** The same for every try of one step. */
export function stepToken(stack: Stack, { logicalId }: StackResource): string {
  return createHash("sha256")
    .update(`${stack.id} ${logicalId} ${stack.generation}`)
    .digest("hex")
    .slice(0, 32);
}
