import type * as ecs from "@aws-sdk/client-ecs";
import { StartSessionCommand } from "@aws-sdk/client-ssm";
import type { CallSource, Client, PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { clusterArn, clusterOf, taskArn } from "../arn.ts";
import { type Cluster, ownCluster } from "../clusters/cluster.ts";
import { invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import { findTaskDefinition } from "../task-definitions/task-definition.ts";
import { taskKeyOf } from "../tasks/named.ts";
import { needTask, type Task, type TaskContainer } from "../tasks/task.ts";
import { sessionParameters } from "./session-parameters.ts";

/** What ExecuteCommand needs of the rest of the house. */
export interface ExecPorts {
  /** Session Manager's own: opens the channel of a session, as whoever calls (`ssmmessages:OpenDataChannel`). */
  readonly openSessionChannel: InternalOperation<
    { readonly account: AccountId; readonly region: Region; readonly id: string },
    never,
    void
  >;
  /** The origin at which a caller can call again: `http://10.0.0.1:4566`. */
  readonly addressOf: (source: CallSource) => string;
}

/** AWS: the session in which ECS starts sessions; it begins their ids. */
const sessionName = "ecs-execute-command";

/** AWS: the document that ECS starts them with. */
const documentName = "AmazonECS-ExecuteInteractiveCommand";

/** Ours. */
const longestCommand = 4096;

/** AWS's words, as users have met them. */
const notInteractive = "Interactive is the only mode supported currently.";
const notEnabled =
  "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.";
const internalError = "The execute command failed due to an internal error. Try again later.";

type Input = Parameters<WriteOperation<typeof ecs, "ExecuteCommand">["commit"]>[2];
type Output = Awaited<ReturnType<WriteOperation<typeof ecs, "ExecuteCommand">["commit"]>>;

/**
 * Starts a command in a container: a session of Session Manager, which ECS starts as its service-linked role. The
 * caller's client opens it with the token of the answer.
 */
export function executeCommand(ports: ExecPorts): WriteOperation<typeof ecs, "ExecuteCommand", Output> {
  return {
    name: "ExecuteCommand",
    authorise({ cluster, task, container }, ctx) {
      const key = clusterOf(cluster, ctx);
      const context = { "ecs:cluster": clusterArn(key), "ecs:container-name": container };
      const target = taskArn(taskKeyOf(key, task));
      return [
        {
          action: "ecs:ExecuteCommand",
          resource: clusterArn(key),
          context: { ...context, "ecs:task": target },
        },
        { action: "ecs:ExecuteCommand", resource: target, context: { ...context, "ecs:task": target } },
      ];
    },
    async prepare(ctx, input) {
      if (!input.interactive) throw invalidParameter(notInteractive);
      checkCommand(input.command);
      const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
      const task = await needTask(ctx.rows, taskKeyOf(cluster.key, input.task));
      const container = containerOf(task, input.container);
      if (container.execAgent?.status !== "RUNNING" || container.runtimeId === undefined) {
        throw invalidParameter(notEnabled);
      }
      return {
        clusterArn: cluster.arn,
        containerArn: container.arn,
        containerName: container.name,
        interactive: true,
        session: await startSession(ports, ctx, input, { cluster, task, container }),
        taskArn: task.arn,
      };
    },
    commit: async (_tx, _ctx, _input, started) => started,
  };
}

/** Throws `InvalidParameterException`; the texts are ours. */
function checkCommand(command: string): void {
  if (command.trim() === "") throw invalidParameter("command can not be blank.");
  if (command.length > longestCommand) {
    throw invalidParameter(`command can not be longer than ${longestCommand}.`);
  }
}

/** Throws `InvalidParameterException`; the texts are ours. */
function containerOf({ document: { containers } }: Task, named: string | undefined): TaskContainer {
  const [first] = containers;
  if (!named) {
    if (first !== undefined && containers.length === 1) return first;
    throw invalidParameter("The task has several containers: name one in the container parameter.");
  }
  const found = containers.find(({ name }) => name === named);
  if (found === undefined) throw invalidParameter(`The container ${named.slice(0, 255)} is not in the task.`);
  return found;
}

interface Place {
  readonly cluster: Cluster;
  readonly task: Task;
  readonly container: TaskContainer;
}

/** Starts the session, and opens its channel, as the service-linked role and with nothing else. */
async function startSession(
  ports: ExecPorts,
  ctx: PrepareContext,
  { command }: Input,
  { cluster, task, container }: Place,
): Promise<ecs.Session> {
  const definition = await findTaskDefinition(ctx.rows, task, task.document.taskDefinitionArn);
  const role = ctx.as({ servicePrincipal: ecsPrincipal, sessionName });
  const {
    SessionId = "",
    StreamUrl = "",
    TokenValue,
  } = await unlessInternal(role, async (client) => {
    const started = await client.send(
      new StartSessionCommand({
        Target: `ecs:${task.cluster}_${task.id}_${container.runtimeId}`,
        DocumentName: documentName,
        Parameters: {
          command: [command],
          ...sessionParameters(
            cluster.document.configuration?.executeCommandConfiguration,
            definition?.definition.containerDefinitions.find(({ name }) => name === container.name),
          ),
        },
      }),
    );
    const { account, region } = ctx;
    await client.invoke(ports.openSessionChannel, { account, region, id: started.SessionId ?? "" });
    return started;
  });
  // Session Manager has answered ECS; its address must be one that the caller can reach.
  const { pathname, search } = new URL(StreamUrl);
  const origin = ports.addressOf(ctx.source).replace(/^http/, "ws");
  return { sessionId: SessionId, streamUrl: `${origin}${pathname}${search}`, tokenValue: TokenValue };
}

/** Throws `TargetNotConnectedException` for whatever ECS itself is refused, as AWS does. */
async function unlessInternal<T>(role: Client, work: (role: Client) => Promise<T>): Promise<T> {
  try {
    return await work(role);
  } catch (error) {
    if (!isFault(error)) throw error;
    const withoutRole = error.code === "NoSuchEntity" || error.message.includes("sts:AssumeRole");
    if (withoutRole) throw noServiceLinkedRole();
    throw new Fault("TargetNotConnectedException", internalError, { cause: error });
  }
}
