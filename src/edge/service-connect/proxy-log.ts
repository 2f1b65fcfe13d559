import type { ContainerSpec, TaskSpec } from "../../runtime/task.ts";
import type { LogSink, TaskLogs } from "../../runtime/task-engine/ports.ts";
import { connectionLine, requestLine } from "./access-log.ts";
import type { RouteSettings } from "./route.ts";

/** Where the proxy of a task writes: its own words, and a line for each request where that is asked for. */
export interface ProxyLog extends Pick<RouteSettings, "onRequest" | "onConnection" | "onFailure"> {
  /** Delivers what is left. */
  close(): Promise<void>;
}

/** A proxy that says nothing. */
const silent: ProxyLog = { close: async () => {} };

/**
 * Opens the log of a task's proxy, as if it were a container's.
 * @param now of the machine, epoch ms.
 * @throws TaskFailure when the log driver cannot do what it is asked for.
 */
export async function openProxyLog(logs: TaskLogs, task: TaskSpec, now: () => number): Promise<ProxyLog> {
  const { log } = task.connect ?? {};
  const sink = log && (await logs.logSink(task, proxyContainer(task, log.configuration)));
  if (sink === undefined) return silent;
  const { access } = log ?? {};
  return {
    ...(access !== undefined && {
      onRequest: (request) => write(sink, requestLine(request, access)),
      onConnection: (connection) => write(sink, connectionLine(connection, access)),
    }),
    onFailure: (what) => write(sink, `[${new Date(now()).toISOString()}][warning] ${what}`),
    close: () => sink.close(),
  };

  function write(to: LogSink, text: string): void {
    // AWS: what a log does not take is lost; nobody's request waits for it.
    void to.write({ stream: "stdout", at: now(), text });
  }
}

/** AWS: the proxy is a container of such a name, which the definition does not have. */
function proxyContainer(
  { taskId }: TaskSpec,
  logConfiguration: NonNullable<ContainerSpec["definition"]["logConfiguration"]>,
): ContainerSpec {
  const name = `ecs-service-connect-${taskId.slice(0, 5)}`;
  return { containerArn: "", definition: { name, image: "", logConfiguration } };
}
