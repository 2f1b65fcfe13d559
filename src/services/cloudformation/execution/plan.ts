import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { ResourceType } from "../resource-types/resource-type.ts";
import type { Stack, StackResource } from "../stacks/stack.ts";
import { dependenciesOf } from "../template/references.ts";
import { resolveProperties } from "../template/resolve.ts";
import { NotYetKnown, type TemplateScope } from "../template/scope.ts";
import type { Template, TemplateResource, TemplateValue } from "../template/template.ts";

type Values = Readonly<Record<string, TemplateValue>>;

/** One thing to do with one resource. */
export type Step =
  /** Make it: new, or in the place of `instead`, which stays until the end. */
  | {
      readonly do: "create";
      readonly logicalId: string;
      readonly properties: Values;
      readonly instead?: StackResource;
    }
  | { readonly do: "update"; readonly resource: StackResource; readonly properties: Values }
  /** Nothing has changed: note so. */
  | { readonly do: "keep"; readonly resource: StackResource }
  /** It was made or changed: see whether it is ready. */
  | { readonly do: "settle"; readonly resource: StackResource }
  /** It was begun, and nobody noted how it went: do it again. */
  | { readonly do: "resume"; readonly resource: StackResource }
  | { readonly do: "delete"; readonly resource: StackResource }
  /** Leave it where it is, and forget it. */
  | { readonly do: "retain"; readonly resource: StackResource }
  /** It cannot be made: a property that no function can give. */
  | {
      readonly do: "fail";
      readonly logicalId: string;
      readonly reason: string;
      /** As it is, where it is there already. */
      readonly resource?: StackResource;
    };

/** What is next for a stack: steps that may go side by side, or the end of the phase. */
export type Next =
  | { readonly steps: readonly Step[] }
  | { readonly end: "complete" | "failed"; readonly failed: readonly string[] };

/** What the plan is made from. */
export interface StackView {
  readonly stack: Stack;
  readonly resources: readonly StackResource[];
  /** What the resources are to be like; absent while they are only taken away. */
  readonly target?: {
    readonly template: Template;
    readonly wanted: ReadonlySet<string>;
    readonly scope: TemplateScope;
  };
  readonly typeOf: (name: string) => ResourceType | undefined;
}

/** Phases in which resources are made and changed. */
const converging: ReadonlySet<cloudformation.StackStatus> = new Set([
  "CREATE_IN_PROGRESS",
  "UPDATE_IN_PROGRESS",
  "UPDATE_ROLLBACK_IN_PROGRESS",
]);

/** What is next. Pure: two looks at the same rows give the same. */
export function planStack(view: StackView): Next {
  return converging.has(view.stack.status) ? converge(view) : takeAway(view);
}

function converge({ stack, resources, target, typeOf }: StackView): Next {
  if (target === undefined) return { end: "complete", failed: [] };
  const { template, wanted, scope } = target;
  const current = new Map(
    resources.filter(({ slot }) => slot === 0).map((resource) => [resource.logicalId, resource]),
  );
  const settled = (id: string): boolean => isSettled(current.get(id), stack.generation);
  const failed = [...current.values()].filter((resource) => hasFailed(resource, stack.generation));
  const steps: Step[] = [];
  let busy = false;
  for (const id of wanted) {
    const definition = template.resources[id];
    const resource = current.get(id);
    if (definition === undefined || settled(id)) continue;
    if (resource !== undefined && inProgress(resource, stack.generation)) {
      busy = true;
      steps.push({
        do: resource.physicalId === undefined || resource.changing !== undefined ? "resume" : "settle",
        resource,
      });
      continue;
    }
    // AWS begins nothing new once something has failed, or the user has asked to stop.
    if (
      stack.cancelled !== undefined ||
      failed.length > 0 ||
      (resource !== undefined && hasFailed(resource, stack.generation))
    )
      continue;
    const needs = [...dependenciesOf(template, definition)].filter((need) => wanted.has(need));
    if (!needs.every(settled)) continue;
    steps.push(stepFor(id, definition, resource, scope, typeOf(definition.Type)));
  }
  if (steps.length > 0) return { steps };
  if (busy) return { steps: [] };
  if (failed.length > 0 || stack.cancelled !== undefined) {
    return { end: "failed", failed: failed.map(({ logicalId }) => logicalId) };
  }
  return { end: "complete", failed: [] };
}

function stepFor(
  logicalId: string,
  definition: TemplateResource,
  resource: StackResource | undefined,
  scope: TemplateScope,
  type: ResourceType | undefined,
): Step {
  const fail = (reason: string): Step => ({ do: "fail", logicalId, reason, ...(resource && { resource }) });
  let properties: Values;
  try {
    properties = resolveProperties(definition.Properties ?? {}, scope);
  } catch (error) {
    if (error instanceof NotYetKnown) {
      return fail(`${error.message}: the resource has no such attribute`);
    }
    return fail(error instanceof Error ? error.message : String(error));
  }
  if (resource?.physicalId === undefined) return { do: "create", logicalId, properties };
  if (resource.type !== definition.Type) return { do: "create", logicalId, properties, instead: resource };
  const changed = changedProperties(resource.properties, properties);
  if (changed.length === 0) return { do: "keep", resource };
  const replaces =
    type?.update === undefined ||
    type.replacedBy === "all" ||
    changed.some((name) => type.replacedBy.includes(name) && resource.properties !== undefined);
  return replaces
    ? { do: "create", logicalId, properties, instead: resource }
    : { do: "update", resource, properties };
}

/** The names of properties that are not as they were; `*` when it is not known how they were. */
export function changedProperties(before: Values | undefined, after: Values): readonly string[] {
  if (before === undefined) return ["*"];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => canonical(before[name]) !== canonical(after[name]));
}

/** JSON with the keys of objects in order. */
function canonical(value: TemplateValue | undefined): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? ""
  );
}

/** Removes, in the opposite order, what is not wanted any more. */
function takeAway({ stack, resources, target }: StackView): Next {
  const leaving = resources.filter(
    ({ logicalId, slot }) => target === undefined || slot !== 0 || !target.wanted.has(logicalId),
  );
  const failed = leaving.filter((resource) => hasFailed(resource, stack.generation));
  const steps: Step[] = [];
  for (const resource of leaving) {
    if (hasFailed(resource, stack.generation)) continue;
    // What it needs goes after it: of those that leave, none may still name it.
    const needed = leaving.some(
      (other) => other.logicalId !== resource.logicalId && other.dependsOn.includes(resource.logicalId),
    );
    if (needed) continue;
    steps.push(isRetained(stack, resource) ? { do: "retain", resource } : { do: "delete", resource });
  }
  if (steps.length > 0) return { steps };
  if (failed.length > 0) return { end: "failed", failed: failed.map(({ logicalId }) => logicalId) };
  return { end: "complete", failed: [] };
}

/** CloudFormation User Guide, "DeletionPolicy" and "UpdateReplacePolicy". */
function isRetained(stack: Stack, resource: StackResource): boolean {
  if (resource.physicalId === undefined) return false;
  if (stack.retained.includes(resource.logicalId)) return true;
  if (resource.slot !== 0) return resource.updateReplacePolicy === "Retain";
  if (resource.deletionPolicy === "Retain") return true;
  return resource.deletionPolicy === "RetainExceptOnCreate" && stack.status !== "ROLLBACK_IN_PROGRESS";
}

function isSettled(resource: StackResource | undefined, generation: number): boolean {
  return resource?.generation === generation && resource.status.endsWith("_COMPLETE");
}

function inProgress(resource: StackResource, generation: number): boolean {
  return resource.generation === generation && resource.status.endsWith("_IN_PROGRESS");
}

function hasFailed(resource: StackResource, generation: number): boolean {
  return resource.generation === generation && resource.status.endsWith("_FAILED");
}
