import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { hour } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import {
  draining,
  placeOf,
  registered,
  type TaskTarget,
} from "../../services/ecs/load-balancers/task-target.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { InspectedTask } from "../../services/ecs/tasks/execution.ts";
import type { TaskProgress } from "../../services/ecs/tasks/progress.ts";
import type { Task } from "../../services/ecs/tasks/task.ts";
import type { LoopPorts } from "../ports.ts";

/** AWS: the session in which ECS works for services. */
export const schedulerSession = "ecs-service-scheduler";

/** A deregistration delay is an hour at most; whatever still drains then is let go. */
const longestDrain = hour;

type Ports = Pick<LoopPorts, "clientAs" | "clock">;
type TargetsProgress = Extract<TaskProgress, { what: "targets" }>;

function asRole({ clientAs }: Ports, { account, region }: Task): Client {
  return clientAs({ servicePrincipal: ecsPrincipal, account, region, sessionName: schedulerSession });
}

/** Where the targets of a task are to be registered: to be written before they are. `undefined` when it is not known yet. */
export function intended({ task, ec2InstanceId }: InspectedTask): TargetsProgress | undefined {
  const targets: TaskTarget[] = [];
  for (const target of task.document.targets ?? []) {
    if (target.status !== "PENDING") {
      targets.push(target);
      continue;
    }
    const place = placeOf(task, target, ec2InstanceId);
    if (place === undefined) return undefined;
    targets.push({ ...target, ...place, status: "REGISTERING" });
  }
  return { what: "targets", targets, messages: [] };
}

/**
 * Registers the targets of a task that are to be, as the service-linked role.
 * @returns what came of it: a target that was refused stays as it was, with the reason.
 */
export function registerTargets(ports: Ports, task: Task): Promise<TargetsProgress> {
  const role = asRole(ports, task);
  return change(
    task,
    ({ status }) => status === "REGISTERING",
    "register",
    async (target) => {
      await role.send(
        new RegisterTargetsCommand({ TargetGroupArn: target.targetGroupArn, Targets: [described(target)] }),
      );
      return {
        target: { ...target, status: "REGISTERED" },
        messages: [` registered 1 targets in (target-group ${target.targetGroupArn})`],
      };
    },
  );
}

/** Takes the targets of a task from their load balancers, which let them finish what they have begun. */
export function deregisterTargets(ports: Ports, task: Task): Promise<TargetsProgress> {
  const role = asRole(ports, task);
  const known = new Set(registered(task));
  return change(
    task,
    (target) => known.has(target),
    "deregister",
    async (target) => {
      const { targetGroupArn } = target;
      await unlessGone(
        role.send(
          new DeregisterTargetsCommand({ TargetGroupArn: targetGroupArn, Targets: [described(target)] }),
        ),
      );
      return {
        target: { ...target, status: "DRAINING", drainingSince: ports.clock.now() },
        messages: [
          ` deregistered 1 targets in (target-group ${targetGroupArn})`,
          " has begun draining connections on 1 tasks.",
        ],
      };
    },
  );
}

/** Sees which targets of a task still drain. A target that cannot be asked about does not hold its task up. */
export async function settleDraining(ports: Ports, task: Task): Promise<TargetsProgress> {
  const role = asRole(ports, task);
  const waiting = new Set(draining(task));
  const targets: TaskTarget[] = [];
  for (const target of task.document.targets ?? []) {
    const drains = waiting.has(target) && (await isDraining(role, target, ports.clock.now()));
    targets.push(waiting.has(target) && !drains ? { ...target, status: "GONE" } : target);
  }
  return { what: "targets", targets, messages: [] };
}

async function isDraining(role: Client, target: TaskTarget, now: number): Promise<boolean> {
  if (now >= (target.drainingSince ?? 0) + longestDrain) return false;
  try {
    const { TargetHealthDescriptions = [] } = await role.send(
      new DescribeTargetHealthCommand({
        TargetGroupArn: target.targetGroupArn,
        Targets: [described(target)],
      }),
    );
    return TargetHealthDescriptions.some(({ TargetHealth }) => TargetHealth?.State?.endsWith("draining"));
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.code === "InternalFailure";
  }
}

/** Does something with those targets of a task, each by itself. What is refused is told once. */
async function change(
  task: Task,
  concerned: (target: TaskTarget) => boolean,
  verb: "register" | "deregister",
  act: (target: TaskTarget) => Promise<{ readonly target: TaskTarget; readonly messages: readonly string[] }>,
): Promise<TargetsProgress> {
  const targets: TaskTarget[] = [];
  const messages: string[] = [];
  for (const target of task.document.targets ?? []) {
    if (!concerned(target)) {
      targets.push(target);
      continue;
    }
    try {
      const { refusal: _past, ...clean } = target;
      const done = await act(clean);
      targets.push(done.target);
      messages.push(...done.messages);
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      if (target.refusal !== error.message) {
        messages.push(
          ` failed to ${verb} targets in (target-group ${target.targetGroupArn}) with (error ${error.message})`,
        );
      }
      targets.push({ ...target, refusal: error.message });
    }
  }
  return { what: "targets", targets, messages };
}

function described({ id, port }: TaskTarget): { Id: string; Port: number | undefined } {
  return { Id: id ?? "", Port: port };
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, "TargetGroupNotFound", "TargetGroupNotFoundException", "InvalidTarget")) throw error;
  }
}
