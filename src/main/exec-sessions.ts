import type { LoopPorts } from "../control/ports.ts";
import type { Client } from "../dispatch/context.ts";
import { createDataChannels, type DataChannels } from "../edge/exec/data-channels.ts";
import type { SessionHost } from "../edge/exec/ports.ts";
import { defaultAccount } from "../kernel/account.ts";
import type { AccountId, Arn, Region } from "../kernel/brand.ts";
import { isFault } from "../kernel/fault.ts";
import { globalRegion } from "../kernel/region.ts";
import type { ExecContainer } from "../runtime/exec.ts";
import type { TaskSpec } from "../runtime/task.ts";
import { taskArn } from "../services/ecs/arn.ts";
import { tasksPrincipal } from "../services/ecs/role.ts";
import { channelOperations } from "../services/ssm/sessions/channel-operations.ts";
import type { SessionPorts } from "../services/ssm/sessions/ports.ts";
import { ssmPrincipal } from "../services/ssm/sessions/session.ts";

export interface ExecSessionsPorts
  extends Pick<LoopPorts, "clock" | "random" | "log" | "clientAs" | "clientOf"> {
  /** The containers that run here, or on a host whose agent has called here. */
  find(taskArn: string, runtimeId: string): Promise<ExecContainer | undefined>;
}

/** Sessions with the containers of tasks: where they go to, and the sockets that carry them. */
export interface ExecSessions extends Pick<SessionPorts, "isConnected"> {
  readonly channels: DataChannels;
}

interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

export function createExecSessions(ports: ExecSessionsPorts): ExecSessions {
  const hostOf = async (scope: Scope, target: string): Promise<SessionHost | undefined> => {
    const container = await find(ports, scope, target);
    const role = container && roleOf(ports, container.task);
    return container === undefined || role === undefined || !runsAgent(container)
      ? undefined
      : { container, role };
  };
  return {
    async isConnected(scope, target) {
      const host = await hostOf(scope, target);
      return host !== undefined && (await holdsChannels(host.role));
    },
    channels: createDataChannels({
      ...ports,
      books: channelOperations,
      client: ports.clientOf(ssmPrincipal, defaultAccount, globalRegion),
      hostOf: (session) => hostOf(session, session.target),
    }),
  };
}

/** AWS: `ecs:<cluster>_<task id>_<runtime id>`; a cluster's name may have underscores of its own. */
async function find(
  ports: Pick<ExecSessionsPorts, "find">,
  scope: Scope,
  target: string,
): Promise<ExecContainer | undefined> {
  const [, cluster, id, runtimeId] = /^ecs:(.+)_([0-9a-f]{32})_([0-9a-f]{64})$/.exec(target) ?? [];
  if (cluster === undefined || id === undefined || runtimeId === undefined) return undefined;
  return ports.find(taskArn({ ...scope, cluster, id }), runtimeId);
}

/**
 * Whether AWS's agent would run in a container: it was asked for when the task started, and it writes into the root file
 * system (Developer Guide, "Monitor Amazon ECS containers with ECS Exec", considerations).
 */
function runsAgent({ task, container }: ExecContainer): boolean {
  return task.enableExecuteCommand && container.definition.readonlyRootFilesystem !== true;
}

function roleOf({ clientAs }: ExecSessionsPorts, task: TaskSpec): Client | undefined {
  const { account, region, taskId, taskRoleArn } = task;
  if (taskRoleArn === undefined) return undefined;
  return clientAs({
    servicePrincipal: tasksPrincipal,
    account,
    region,
    roleArn: taskRoleArn as Arn,
    sessionName: taskId,
    sourceArn: task.taskArn as Arn,
  });
}

/** Whether a task's role may do what the agent in its containers does (Developer Guide, "ECS Exec", IAM permissions). */
async function holdsChannels(role: Client): Promise<boolean> {
  const { createControlChannel, openControlChannel, createDataChannel, openDataChannel } = channelOperations;
  try {
    for (const operation of [createControlChannel, openControlChannel, createDataChannel, openDataChannel]) {
      await role.invoke(operation, {});
    }
    return true;
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    return false;
  }
}
