import { hour, minute, second } from "../../kernel/duration.ts";
import { draining, registered, unregistered } from "../../services/ecs/load-balancers/task-target.ts";
import {
  registeredIn,
  unregisteredIn,
  untoldOfHealth,
} from "../../services/ecs/service-registries/task-registry.ts";
import type { Task } from "../../services/ecs/tasks/task.ts";
import { isOnThisMachine } from "../../services/ecs/tasks/task-job.ts";

/** AWS: stopped tasks can be described for at least an hour. */
export const stoppedTasksStay = hour;

/**
 * How long a runtime may take to stop a task before the task counts as gone: containers that depend on each other stop
 * one after the other, each after at most two minutes (`stopTimeout`).
 */
export const longestStop = 10 * minute;

/** How often load balancers are asked whether a task's targets still drain, in ms. */
const drainingAskedEvery = second;

/** What is to be done next for a task. */
export type Step =
  /** Make the interface, as the service-linked role. */
  | { readonly do: "make-interface" }
  | { readonly do: "attach-interface" }
  /** Tell the runtime to run it, or to go on with it. */
  | { readonly do: "start" }
  /** Have load balancers send it requests, as the service-linked role. */
  | { readonly do: "register-targets" }
  /** Have them send it no more, before it stops or because it has stopped. */
  | { readonly do: "deregister-targets" }
  /** Have its name lead to it, as the service-linked role. */
  | { readonly do: "register-instances" }
  /** Have no name lead to it any more. */
  | { readonly do: "deregister-instances" }
  /** Have those who look for it by name know how it is. */
  | { readonly do: "tell-health" }
  /** See whether they still wait for what it has begun. */
  | { readonly do: "settle-draining" }
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
  /** Epoch ms when load balancers were last asked whether its targets still drain. */
  readonly drainingAskedAt?: number;
}

/**
 * The next step for a task. Every step may be done twice and leads on when it has been done; whoever begins with a task
 * (the first time, after a crash) tells the runtime once more what it should know.
 * @param now epoch ms.
 */
export function planTask(task: Task, told: Told, now: number): Step {
  const { lastStatus, desiredStatus } = task;
  if (lastStatus === "STOPPED") return afterwards(task, told, now);
  if (lastStatus === "DEPROVISIONING") return unknown(task) ?? { do: "release" };
  if (desiredStatus === "RUNNING") return towardsRunning(task, told);
  if (task.document.handedOver !== true) return { do: "give-up" };
  const before = unknown(task);
  if (before !== undefined) return before;
  if (lastStatus === "DEACTIVATING" && draining(task).length > 0) return whileDraining(told, now);
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
  if (!told.start) return { do: "start" };
  if (task.lastStatus !== "RUNNING") return { do: "rest" };
  if (unregistered(task).length > 0) return { do: "register-targets" };
  if (unregisteredIn(task).length > 0) return { do: "register-instances" };
  return { do: untoldOfHealth(task).length > 0 ? "tell-health" : "rest" };
}

/** AWS: nobody finds a task by name any more, then nobody sends it requests, before it stops. */
function unknown(task: Task): Step | undefined {
  if (isFound(task)) return { do: "deregister-instances" };
  return isSentRequests(task) ? { do: "deregister-targets" } : undefined;
}

/** Whether names lead to it, and Cloud Map has not refused to be told otherwise. */
function isFound(task: Task): boolean {
  return registeredIn(task).some(({ refusal }) => refusal === undefined);
}

/** Whether load balancers send it requests, and have not refused to be told otherwise. */
function isSentRequests(task: Task): boolean {
  return registered(task).some(({ refusal }) => refusal === undefined);
}

function whileDraining({ drainingAskedAt }: Told, now: number): Step {
  const until = (drainingAskedAt ?? 0) + drainingAskedEvery;
  return until <= now ? { do: "settle-draining" } : { do: "rest", until };
}

function afterwards(task: Task, told: Told, now: number): Step {
  const before = unknown(task);
  if (before !== undefined) return before;
  if (!told.release || hasInterface(task)) return { do: "release" };
  const until = (task.stoppedAt ?? now) + stoppedTasksStay;
  // What was refused while it stopped is asked for again.
  if (until > now && registeredIn(task).length > 0) return { do: "deregister-instances" };
  if (until > now && registered(task).length > 0) return { do: "deregister-targets" };
  return until <= now ? { do: "forget" } : { do: "rest", until };
}

/** An interface that was made while the task stopped. */
function hasInterface({ document: { attachment } }: Task): boolean {
  return attachment?.made !== undefined && attachment.status !== "DELETED";
}
