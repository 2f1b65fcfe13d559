import type * as ecs from "@aws-sdk/client-ecs";
import type { ExecAgentReport } from "../../../runtime/task.ts";
import type { Rows } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { findTaskDefinition } from "../task-definitions/task-definition.ts";

/** The agent beside a container through which commands are run in it. AWS: the only managed agent that there is. */
const name = "ExecuteCommandAgent";

/** How far the agent of a container has come. */
export interface ExecAgent {
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  /** Epoch ms. */
  readonly startedAt?: number;
  readonly reason?: string;
}

/** API Reference, SubmitTaskStateChange. */
const longestReason = 1024;

/** AWS: why an agent stopped whose container did (observed of the Amazon ECS agent). */
const containerStopped = "Received Container Stopped event";

/**
 * The agent of a container after a report. It goes with its container, and never comes back when that is over.
 * @param ended whether the container has. @param told what the report says of the agent. @param now epoch ms.
 */
export function changedAgent(
  agent: ExecAgent,
  ended: boolean,
  told: ExecAgentReport | undefined,
  now: number,
): ExecAgent {
  if (ended) {
    return agent.status === "STOPPED" ? agent : { ...agent, status: "STOPPED", reason: containerStopped };
  }
  if (told === undefined || told.status === agent.status) return agent;
  const { startedAt } = agent;
  return {
    status: told.status,
    ...(told.status === "RUNNING" ? { startedAt: now } : startedAt !== undefined && { startedAt }),
    ...(told.reason !== undefined && { reason: told.reason }),
  };
}

/** A container's agents as tasks are answered, and as events tell of them. @param show how times are shown. */
export function managedAgents<T>(agent: ExecAgent, show: (time: number) => T) {
  return [
    {
      name: name as ecs.ManagedAgentName,
      lastStatus: agent.status,
      ...(agent.startedAt !== undefined && { lastStartedAt: show(agent.startedAt) }),
      ...(agent.reason !== undefined && { reason: agent.reason }),
    },
  ];
}

/** What an agent of a host says of managed agents. */
export function toldAgents(
  changes: readonly ecs.ManagedAgentStateChange[] | undefined,
): readonly ExecAgentReport[] {
  const told = (changes ?? []).filter((change) => change.managedAgentName === name);
  return told.map(({ containerName = "", status, reason }) => ({
    container: containerName,
    status: status === "RUNNING" || status === "STOPPED" ? status : "PENDING",
    ...(reason && { reason: reason.slice(0, longestReason) }),
  }));
}

/** Throws `InvalidParameterException` for a task without a role of its own: the agent works with it. AWS's words. */
export function needTaskRole(enabled: boolean | undefined, taskRoleArn: string | undefined): void {
  if (enabled !== true || taskRoleArn) return;
  throw invalidParameter(
    "The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.",
  );
}

/** The same for the tasks of a service. @param taskDefinition its ARN. */
export async function needServiceTaskRole(
  rows: Rows,
  scope: Scope,
  taskDefinition: string,
  done: "created" | "updated",
): Promise<void> {
  const definition = await findTaskDefinition(rows, scope, taskDefinition);
  if (definition === undefined || definition.definition.taskRoleArn) return;
  throw invalidParameter(
    `The service couldn't be ${done} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
  );
}
