import { hour, minute } from "../../kernel/duration.ts";
import type { Task } from "../../services/ecs/tasks/task.ts";
import { isOnThisMachine } from "../../services/ecs/tasks/task-job.ts";

/** AWS: stopped tasks can be described for at least an hour. */
export const stoppedTasksStay = hour;

/**
 * How long a runtime may take to stop a task before the task counts as gone: containers that depend on each other stop
 * one after the other, each after at most two minutes (`stopTimeout`).
 */
export const longestStop = 10 * minute;

/** What is to be done next for a task. */
export type Step =
  /** Make the interface, as the service-linked role. */
  | { readonly do: "make-interface" }
  | { readonly do: "attach-interface" }
  /** Tell the runtime to run it, or to go on with it. */
  | { readonly do: "start" }
  | { readonly do: "stop" }
  /** Its runtime does not answer any more: take it for stopped. */
  | { readonly do: "give-up" }
  /** Remove what is left in the runtime, then the interface. */
  | { readonly do: "release" }
  | { readonly do: "forget" }
  /** Nothing, until the task changes or until this time (epoch ms). */
  | { readonly do: "rest"; readonly until?: number };

/** What this worker has told the runtime already. */
export interface Told {
  readonly start: boolean;
  readonly stop: boolean;
  readonly release: boolean;
}

/**
 * The next step for a task. Every step may be done twice and leads on when it has been done; whoever begins with a task
 * (the first time, after a crash) tells the runtime once more what it should know.
 * @param now epoch ms.
 */
export function planTask(task: Task, told: Told, now: number): Step {
  const { lastStatus, desiredStatus } = task;
  if (lastStatus === "STOPPED") return afterwards(task, told, now);
  if (lastStatus === "DEPROVISIONING") return { do: "release" };
  if (desiredStatus === "RUNNING") return towardsRunning(task, told);
  if (task.document.handedOver !== true) return { do: "give-up" };
  if (!told.stop) return { do: "stop" };
  // An agent that is away will stop its tasks, and say so, when it is back.
  if (!isOnThisMachine(task.launchType)) return { do: "rest" };
  const until = (task.document.stoppingAt ?? now) + longestStop;
  return until <= now ? { do: "give-up" } : { do: "rest", until };
}

function towardsRunning(task: Task, told: Told): Step {
  // What gives it an instance wakes it.
  if (task.document.waiting !== undefined) return { do: "rest" };
  if (task.lastStatus === "PROVISIONING") {
    const made = task.document.attachment?.made;
    return { do: made === undefined ? "make-interface" : "attach-interface" };
  }
  return told.start ? { do: "rest" } : { do: "start" };
}

function afterwards(task: Task, told: Told, now: number): Step {
  if (!told.release || hasInterface(task)) return { do: "release" };
  const until = (task.stoppedAt ?? now) + stoppedTasksStay;
  return until <= now ? { do: "forget" } : { do: "rest", until };
}

/** An interface that was made while the task stopped. */
function hasInterface({ document: { attachment } }: Task): boolean {
  return attachment?.made !== undefined && attachment.status !== "DELETED";
}
