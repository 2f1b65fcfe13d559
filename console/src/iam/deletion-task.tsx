import {
  GetServiceLinkedRoleDeletionStatusCommand,
  type GetServiceLinkedRoleDeletionStatusResponse,
  IAMClient,
} from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { pageOf } from "../parts/page-of-arn.ts";

interface Task {
  readonly name: string;
  readonly id: string;
}

const looks: Readonly<Record<string, readonly [StatusIndicatorProps.Type, string]>> = {
  SUCCEEDED: ["success", "Deleted"],
  FAILED: ["error", "Not deleted"],
  IN_PROGRESS: ["in-progress", "Deleting"],
  NOT_STARTED: ["pending", "Not started"],
};

/** Follows the deletion of service-linked roles to its end: whether each is gone, or what holds it, and the way there. */
export function DeletionTask({
  tasks,
  onClose,
}: {
  readonly tasks: readonly Task[];
  /** @param gone whether every role is deleted. */
  readonly onClose: (gone: boolean) => void;
}) {
  const iam = useClient(IAMClient);
  const query = useQuery(
    () =>
      Promise.all(
        tasks.map(async (task) => {
          const status = await iam.send(
            new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: task.id }),
          );
          return { task, status };
        }),
      ),
    [iam, tasks],
    { every: 5_000 },
  );
  const gone = query.value?.every(({ status }) => status.Status === "SUCCEEDED") === true;
  return (
    <Modal
      visible
      size="large"
      header="Deletion of service-linked roles"
      closeAriaLabel="Close"
      onDismiss={() => onClose(gone)}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={() => onClose(gone)}>
            Close
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {query.failure !== undefined && <FailureAlert failure={query.failure} what="Deletion task" />}
        {query.value?.map(({ task, status }) => <TaskStatus key={task.id} task={task} status={status} />) ?? (
          <StatusIndicator type="in-progress">Deleting</StatusIndicator>
        )}
      </SpaceBetween>
    </Modal>
  );
}

function TaskStatus({
  task,
  status,
}: {
  readonly task: Task;
  readonly status: GetServiceLinkedRoleDeletionStatusResponse;
}) {
  const [type, text] = looks[status.Status ?? ""] ?? ["pending", status.Status ?? ""];
  const holders = status.Reason?.RoleUsageList ?? [];
  return (
    <SpaceBetween size="s">
      <Header variant="h3">{task.name}</Header>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {status.Reason?.Reason !== undefined && <Alert type="warning">{status.Reason.Reason}</Alert>}
      {holders.map(({ Region: region, Resources: resources }) => (
        <div key={region}>
          <Box variant="awsui-key-label">Held in {region}</Box>
          <ul>
            {(resources ?? []).map((arn) => {
              const to = pageOf(arn);
              return (
                <li key={arn}>
                  {to === undefined ? (
                    arn
                  ) : (
                    <LinkTo to={to} region={region}>
                      {arn}
                    </LinkTo>
                  )}
                </li>
              );
            })}
          </ul>
        </div>
      ))}
      <Box variant="small" color="text-body-secondary">
        Task {task.id}
      </Box>
    </SpaceBetween>
  );
}
