import { setTimeout as delay } from "node:timers/promises";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Clock } from "../../kernel/clock.ts";
import { isFault } from "../../kernel/fault.ts";
import type { ExecutionRole, RoleClient } from "../resources/role-client.ts";
import { operationError } from "../resources/service-error.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import { engineName } from "../task-engine/labels.ts";
import { type LogPosition, TaskFailure, type TaskLogs } from "../task-engine/ports.ts";
import type { RuntimeLog } from "../task-engine/task-engine.ts";
import { type AwslogsOptions, readAwslogsOptions } from "./awslogs-options.ts";
import { AwslogsSink } from "./awslogs-sink.ts";
import { routerSocketPath } from "./firelens.ts";
import { tagOf } from "./firelens-config.ts";
import { ForwardSink } from "./forward-sink.ts";
import type { LogEvent } from "./log-events.ts";
import type { LogPositions } from "./position-files.ts";

export interface TaskLogPorts {
  readonly executionRole: ExecutionRole;
  readonly positions: LogPositions;
  /** The folder with the sockets of log routers, absolute; where there is none, no log router runs. */
  readonly routerFolder?: string;
  /** By which CloudWatch Logs judges events. */
  readonly clock: Clock;
  /** The engine's: it stamps the lines. They differ where a test moved the first ahead. */
  readonly engineClock: Clock;
  readonly log: RuntimeLog;
  /** Waits before the next attempt, in ms. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** How often a batch is sent before it is given up, and the first pause between, in ms; it doubles. */
const attempts = 5;
const firstPause = 100;
/** What may pass by itself. */
const passing = [
  "ThrottlingException",
  "ServiceUnavailableException",
  "ServiceUnavailable",
  "InternalFailure",
];

/**
 * Brings output to CloudWatch Logs with the task's execution role, as the awslogs driver does, or to the task's own log
 * router.
 */
export function createTaskLogs(ports: TaskLogPorts): TaskLogs {
  const { clock, engineClock, log, positions } = ports;
  const wait = ports.wait ?? ((ms: number) => delay(ms));
  return {
    async logSink(task, container) {
      const { logConfiguration } = container.definition;
      const key = `${task.taskId}-${container.definition.name}`;
      const common = {
        resume: await positions.read(key),
        delivered: (position: LogPosition) => positions.write(key, position),
        onLoss: (count: number, cause: unknown) =>
          log.error(lossOf(task, container, count, cause), "log events were lost"),
      };
      if (logConfiguration?.logDriver === "awsfirelens") {
        if (ports.routerFolder === undefined) throw loggerFailure("no log router runs here");
        return new ForwardSink({
          ...common,
          path: routerSocketPath(ports.routerFolder, task.taskId),
          tag: tagOf(task, container.definition.name),
          record: { container_name: `/${engineName(task, container.definition.name)}` },
        });
      }
      if (logConfiguration?.logDriver !== "awslogs") return undefined;
      const options = readAwslogsOptions(logConfiguration, task, container);
      const role = ports.executionRole(task);
      if (role === undefined) throw loggerFailure("the task has no execution role");
      await createStream(role, options);
      return new AwslogsSink({
        ...options,
        ...common,
        deliver: (events) => deliver(role, options, events),
      });
    },
  };

  async function deliver(role: RoleClient, options: AwslogsOptions, events: readonly LogEvent[]) {
    const ahead = clock.now() - engineClock.now();
    const { group, stream, region } = options;
    const command = new PutLogEventsCommand({
      logGroupName: group,
      logStreamName: stream,
      logEvents: events.map(({ at, text }) => ({ timestamp: at + ahead, message: text })),
    });
    for (let attempt = 1; ; attempt++) {
      try {
        await role.send(command, { region });
        return;
      } catch (error) {
        if (attempt >= attempts) throw error;
        // The stream was deleted while the container runs: it gets another.
        if (isFault(error, "ResourceNotFoundException")) await createStream(role, options);
        else if (!isFault(error, ...passing)) throw error;
        await wait(firstPause * 2 ** (attempt - 1));
      }
    }
  }
}

/** Makes the stream, and its group where that is asked for. What is there already is no error. */
async function createStream(role: RoleClient, options: AwslogsOptions): Promise<void> {
  const { group, stream, region, createGroup } = options;
  const make = () =>
    ignoringExisting(
      role.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }), { region }),
    );
  try {
    await make();
  } catch (error) {
    if (!createGroup || !isFault(error, "ResourceNotFoundException")) throw streamFailure(error);
    try {
      await ignoringExisting(role.send(new CreateLogGroupCommand({ logGroupName: group }), { region }));
    } catch (cause) {
      throw loggerFailure(
        `failed to create Cloudwatch log group: ${operationError("CloudWatch Logs", "CreateLogGroup", cause)} : exit status 1`,
        cause,
      );
    }
    await make().catch((cause: unknown) => {
      throw streamFailure(cause);
    });
  }
}

async function ignoringExisting(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (!isFault(error, "ResourceAlreadyExistsException")) throw error;
  }
}

/** AWS: captured. */
function streamFailure(cause: unknown): TaskFailure {
  return loggerFailure(
    `create stream has been retried 1 times: failed to create Cloudwatch log stream: ${operationError("CloudWatch Logs", "CreateLogStream", cause)} : exit status 1`,
    cause,
  );
}

function loggerFailure(what: string, cause?: unknown): TaskFailure {
  return new TaskFailure(`ResourceInitializationError: failed to validate logger args: ${what}`, cause);
}

function lossOf(task: TaskSpec, container: ContainerSpec, count: number, cause: unknown) {
  return { task: task.taskArn, container: container.definition.name, count, err: cause };
}
