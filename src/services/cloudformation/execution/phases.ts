import type * as cloudformation from "@aws-sdk/client-cloudformation";
import type { Stack, StackResource } from "../stacks/stack.ts";

/** How a phase ended. */
export interface Ending {
  readonly end: "complete" | "failed";
  /** Logical ids of the resources that failed. */
  readonly failed: readonly string[];
}

/** What a stack becomes when a phase has ended; `done`: nothing follows. */
export interface Transition {
  readonly stack: Stack;
  readonly done: boolean;
  /** The resources as the next phase finds them. */
  readonly resources: readonly StackResource[];
}

/**
 * The phase after a phase (CloudFormation User Guide, "Stack status codes"). Pure.
 * @param now epoch ms.
 */
export function nextPhase(
  stack: Stack,
  resources: readonly StackResource[],
  ending: Ending,
  now: number,
): Transition {
  const whole = ending.end === "complete";
  const to = (status: cloudformation.StackStatus, change: Partial<Stack> = {}): Stack => {
    const { reason: _earlier, ...rest } = stack;
    return { ...rest, ...change, status };
  };
  const end = (next: Stack): Transition => ({ stack: next, done: true, resources });
  const go = (next: Stack, left = resources): Transition => ({ stack: next, done: false, resources: left });
  const failures = (what: string): string =>
    `The following resource(s) failed to ${what}: [${ending.failed.join(", ")}]. `;

  switch (stack.status) {
    case "CREATE_IN_PROGRESS": {
      if (whole) return end(to("CREATE_COMPLETE", deployed(stack)));
      const reason = failures("create");
      if (stack.onFailure === "DO_NOTHING") return end(to("CREATE_FAILED", { reason, ...deployed(stack) }));
      const generation = stack.generation + 1;
      if (stack.cancelled === "DELETE")
        return go(to("DELETE_IN_PROGRESS", { generation, cancelled: undefined }));
      return stack.onFailure === "DELETE"
        ? go(to("DELETE_IN_PROGRESS", { reason: `${reason}Delete requested by user.`, generation }))
        : go(to("ROLLBACK_IN_PROGRESS", { reason: `${reason}Rollback requested by user.`, generation }));
    }
    case "ROLLBACK_IN_PROGRESS":
      return end(whole ? to("ROLLBACK_COMPLETE") : to("ROLLBACK_FAILED", { reason: failures("delete") }));
    case "UPDATE_IN_PROGRESS": {
      if (whole) return go(to("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"));
      const reason = failures("update");
      if (stack.onFailure === "DO_NOTHING") return end(to("UPDATE_FAILED", { reason }));
      const generation = stack.generation + 1;
      return go(
        to("UPDATE_ROLLBACK_IN_PROGRESS", { reason, generation }),
        asBefore(resources, stack.generation, generation),
      );
    }
    // AWS: what could not be cleaned up is left behind, and the update has still succeeded.
    case "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
      return end(to("UPDATE_COMPLETE", { ...deployed(stack), updatedAt: now }));
    case "UPDATE_ROLLBACK_IN_PROGRESS":
      return whole
        ? go(to("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"))
        : end(to("UPDATE_ROLLBACK_FAILED", { reason: failures("update") }));
    case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
      return end(to("UPDATE_ROLLBACK_COMPLETE", { wanted: undefined }));
    case "DELETE_IN_PROGRESS":
      return end(
        whole
          ? to("DELETE_COMPLETE", { deletedAt: now })
          : to("DELETE_FAILED", { reason: failures("delete") }),
      );
    default:
      return end(stack);
  }
}

function deployed(stack: Stack): Partial<Stack> {
  return { current: stack.wanted, wanted: undefined };
}

/** Resources as they were before an update that failed: what was to be replaced stands in its place again. */
function asBefore(
  resources: readonly StackResource[],
  updated: number,
  generation: number,
): readonly StackResource[] {
  const replaced = new Map(
    resources.filter(({ slot }) => slot === updated).map((resource) => [resource.logicalId, resource]),
  );
  return resources.flatMap((resource): StackResource[] => {
    if (!replaced.has(resource.logicalId)) return [resource];
    if (resource.slot === updated) return [{ ...resource, slot: 0 }];
    return resource.slot === 0 ? [{ ...resource, slot: generation }] : [resource];
  });
}
