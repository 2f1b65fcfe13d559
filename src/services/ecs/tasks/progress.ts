import type { TaskTarget } from "../load-balancers/task-target.ts";
import type { TaskRegistry } from "../service-registries/task-registry.ts";
import type { TaskChange } from "./change.ts";
import { leaving } from "./report.ts";
import { type StopCause, stopping } from "./stop.ts";
import type { MadeInterface, Task, TaskAttachment } from "./task.ts";

/** What the task loop has done for a task. */
export type TaskProgress =
  | { readonly what: "interface-made"; readonly made: MadeInterface }
  | { readonly what: "interface-attached"; readonly attachmentId: string }
  /** A runtime is about to be told of the task. */
  | { readonly what: "handed-over" }
  /** The runtime has been told to stop it. */
  | { readonly what: "stopping" }
  /** What load balancers were told of it, and what its service says of that. */
  | {
      readonly what: "targets";
      readonly targets: readonly TaskTarget[];
      readonly messages: readonly string[];
    }
  /** What Cloud Map was told of it, and what its service says of that. */
  | {
      readonly what: "registries";
      readonly registries: readonly TaskRegistry[];
      readonly messages: readonly string[];
      /** Cloud Map was told that the task is unhealthy. */
      readonly unhealthy?: boolean;
    }
  /** It cannot go on. */
  | { readonly what: "failed"; readonly cause: StopCause }
  /** Nothing of it is left in a runtime, and its interface is gone. */
  | { readonly what: "released" };

/** What a step of the loop changes of a task. @param now epoch ms. */
export function applyProgress(task: Task, progress: TaskProgress, now: number): TaskChange {
  const { attachment } = task.document;
  if (progress.what === "interface-made") {
    return withAttachment(attachment, { made: progress.made, status: "CREATED" });
  }
  if (progress.what === "interface-attached") {
    const made = attachment?.made && { ...attachment.made, attachmentId: progress.attachmentId };
    const attached = withAttachment(attachment, { made, status: "ATTACHED" });
    const goesOn = task.lastStatus === "PROVISIONING" && task.desiredStatus === "RUNNING";
    return goesOn
      ? { lastStatus: "PENDING", document: { ...attached.document, handedOver: true } }
      : attached;
  }
  if (progress.what === "handed-over") return { document: { handedOver: true } };
  if (progress.what === "stopping") {
    return task.lastStatus === "PENDING" || isUp(task) ? { lastStatus: "STOPPING" } : {};
  }
  if (progress.what === "targets") return withTargets(task, progress.targets);
  if (progress.what === "registries") return { document: { registries: progress.registries } };
  if (progress.what === "failed") return failed(task, progress.cause, now);
  const released = withAttachment(attachment, { status: "DELETED" });
  return task.lastStatus === "STOPPED" ? released : { lastStatus: "STOPPED", stoppedAt: now, ...released };
}

/** AWS: a task that was told to stop is DEACTIVATING while its targets finish what they have begun. */
function withTargets(task: Task, targets: readonly TaskTarget[]): TaskChange {
  const drains = targets.some(({ status }) => status === "DRAINING");
  const runs = task.lastStatus === "RUNNING" || task.lastStatus === "ACTIVATING";
  const leaves = runs && drains && task.desiredStatus === "STOPPED";
  return { ...(leaves && { lastStatus: "DEACTIVATING" as const }), document: { targets } };
}

function withAttachment(
  attachment: TaskAttachment | undefined,
  change: Partial<TaskAttachment>,
): Pick<TaskChange, "document"> {
  if (attachment === undefined) return {};
  const zone = change.made?.availabilityZone;
  return {
    document: {
      attachment: { ...attachment, ...change },
      ...(zone !== undefined && { availabilityZone: zone }),
    },
  };
}

function isUp({ lastStatus }: Task): boolean {
  return lastStatus === "ACTIVATING" || lastStatus === "RUNNING" || lastStatus === "DEACTIVATING";
}

/** A task that nothing runs of any more: its first cause stays. */
function failed(task: Task, cause: StopCause, now: number): TaskChange {
  if (task.lastStatus === "STOPPED" || task.lastStatus === "DEPROVISIONING") return {};
  const { stopCode, containers } = task.document;
  return {
    desiredStatus: "STOPPED",
    ...leaving(task, now),
    document: {
      ...(stopCode === undefined ? stopping(now, cause) : {}),
      containers: containers.map((container) => ({ ...container, status: "STOPPED" })),
    },
  };
}
