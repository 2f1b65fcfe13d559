import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { CodeText } from "../parts/code-text.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";

/** The newest lines that are shown of each container. */
const lines = 500;

/** What a task's containers have written, as it comes: those that log to CloudWatch Logs. */
export function TaskLogs({
  task,
  containers,
}: {
  readonly task: string;
  readonly containers: readonly ContainerDefinition[];
}) {
  const logged = containers.flatMap(({ name = "", logConfiguration }) => {
    const { "awslogs-group": group, "awslogs-stream-prefix": prefix } = logConfiguration?.options ?? {};
    const isKept = logConfiguration?.logDriver === "awslogs" && group !== undefined && prefix !== undefined;
    return isKept ? [{ name, group, stream: `${prefix}/${name}/${task}` }] : [];
  });
  if (logged.length === 0) {
    return (
      <Box color="text-body-secondary">No container of this task logs to CloudWatch Logs by a prefix.</Box>
    );
  }
  return (
    <SpaceBetween size="l">
      {logged.map(({ name, group, stream }) => (
        <ContainerLog key={name} name={name} group={group} stream={stream} />
      ))}
    </SpaceBetween>
  );
}

function ContainerLog({
  name,
  group,
  stream,
}: {
  readonly name: string;
  readonly group: string;
  readonly stream: string;
}) {
  const logs = useClient(CloudWatchLogsClient);
  const query = useQuery(
    async () => {
      const { events = [] } = await logs.send(
        new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, limit: lines }),
      );
      return events.map((event) => `${time(event.timestamp)}  ${event.message}`).join("\n");
    },
    [logs, group, stream],
    { every: 5_000 },
  );
  return (
    <div>
      <Box variant="h3">{name}</Box>
      {query.failure !== undefined && <FailureAlert failure={query.failure} what={`Log of ${name}`} />}
      {query.value !== undefined && <CodeText name={`log of ${name}`} text={query.value || "Nothing yet"} />}
    </div>
  );
}

function time(at: number | undefined): string {
  return at === undefined ? "" : new Date(at).toISOString().slice(11, 23);
}
