import { randomUUID } from "node:crypto";
import type { TaskReport, TaskSpec } from "../task.ts";
import type { SocketMessage } from "./agent-socket.ts";

/**
 * What an agent publishes of its host and its tasks at one moment. Metrics are told of no task; the health of containers
 * is told nowhere else.
 * @param latest the last report of each task by its ARN.
 * @param now epoch ms.
 */
export function telemetryOf(
  about: { readonly cluster: string; readonly containerInstance: string },
  tasks: readonly TaskSpec[],
  latest: ReadonlyMap<string, TaskReport>,
  now: number,
): readonly SocketMessage[] {
  const timestamp = now / 1000;
  const metadata = { ...about, messageId: randomUUID(), fin: true };
  const healthy = tasks.flatMap(({ taskArn, family, revision }) => {
    const containers = (latest.get(taskArn)?.containers ?? []).flatMap(({ name, health }) =>
      health === undefined ? [] : [{ containerName: name, healthStatus: health, statusSince: timestamp }],
    );
    const definition = { taskDefinitionFamily: family, taskDefinitionVersion: `${revision}` };
    return containers.length === 0 ? [] : [{ taskArn, ...definition, containers }];
  });
  const runtime = {
    type: "ContainerRuntime",
    status: "OK",
    lastUpdated: timestamp,
    lastStatusChange: timestamp,
  };
  return [
    {
      type: "PublishMetricsRequest",
      message: { metadata: { ...metadata, idle: true }, timestamp, taskMetrics: [] },
    },
    ...(healthy.length === 0
      ? []
      : [{ type: "PublishHealthRequest", message: { metadata, timestamp, tasks: healthy } }]),
    {
      type: "PublishInstanceStatusRequest",
      message: { metadata: { ...about, requestId: randomUUID() }, timestamp, statuses: [runtime] },
    },
  ];
}
