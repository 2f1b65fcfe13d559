import {
  type ContainerInstance,
  DeregisterContainerInstanceCommand,
  ECSClient,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { lastPart, pieces } from "./names.ts";
import { instancesOf } from "./reads.ts";

const columns: readonly Column<ContainerInstance>[] = [
  { id: "id", header: "Container instance", value: (one) => lastPart(one.containerInstanceArn) },
  { id: "machine", header: "Instance ID", value: (one) => one.ec2InstanceId },
  { id: "status", header: "Status", value: (one) => one.status },
  { id: "agent", header: "Agent connected", value: (one) => (one.agentConnected === true ? "Yes" : "No") },
  { id: "running", header: "Running tasks", value: (one) => one.runningTasksCount },
  { id: "pending", header: "Pending tasks", value: (one) => one.pendingTasksCount },
];

/** The container instances of a cluster. */
export function InstancesTab({ cluster }: { readonly cluster: string }) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const arnOf = useArns();
  const [chosen, setChosen] = useState<readonly ContainerInstance[]>();
  const [force, setForce] = useState(false);
  const query = useQuery(() => instancesOf(ecs, cluster), [ecs, cluster], { every: 5_000, follows: "ecs" });

  async function deregister(instances: readonly ContainerInstance[]): Promise<void> {
    await run(
      async () => {
        for (const { containerInstanceArn: containerInstance } of instances) {
          await ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance, force }));
        }
      },
      instances.length === 1 ? "Deregistered the instance." : `Deregistered ${instances.length} instances.`,
    );
    setChosen(undefined);
    query.reload();
  }

  /** Draining: services move their tasks elsewhere, and nothing is placed on it. */
  async function setState(
    instances: readonly ContainerInstance[],
    status: "ACTIVE" | "DRAINING",
  ): Promise<void> {
    await run(
      async () => {
        for (const some of pieces(instances, 10)) {
          const { failures = [] } = await ecs.send(
            new UpdateContainerInstancesStateCommand({
              cluster,
              status,
              containerInstances: some.map((one) => one.containerInstanceArn ?? ""),
            }),
          );
          const [failure] = failures;
          if (failure !== undefined) throw new Error(`${failure.arn}: ${failure.reason}`);
        }
      },
      status === "DRAINING" ? "The instances are draining." : "The instances are active.",
    );
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Container instances"
        name="ecs.instances"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => lastPart(one.containerInstanceArn)}
        empty="No container instances"
        selection="multi"
        actions={(selected) => (
          <>
            {(["ACTIVE", "DRAINING"] as const).map((status) => (
              <ActionButton
                key={status}
                needs={selected.map(({ containerInstanceArn = "" }) => ({
                  ...{ action: "ecs:UpdateContainerInstancesState", resource: containerInstanceArn },
                }))}
                disabled={selected.length === 0 || selected.every((one) => one.status === status)}
                loading={busy}
                onClick={() => void setState(selected, status)}
              >
                {status === "ACTIVE" ? "Activate" : "Drain"}
              </ActionButton>
            ))}
            <ActionButton
              needs={[
                { action: "ecs:DeregisterContainerInstance", resource: arnOf("ecs", `cluster/${cluster}`) },
              ]}
              disabled={selected.length === 0}
              onClick={() => {
                setForce(false);
                setChosen(selected);
              }}
            >
              Deregister
            </ActionButton>
          </>
        )}
      />
      {chosen !== undefined && (
        <ConfirmModal
          title={chosen.length === 1 ? "Deregister the instance?" : `Deregister ${chosen.length} instances?`}
          confirm="Deregister"
          busy={busy}
          onConfirm={() => void deregister(chosen)}
          onClose={() => setChosen(undefined)}
        >
          <Checkbox
            checked={force}
            description="Also when tasks run on it; they are no longer known to ECS."
            onChange={({ detail }) => setForce(detail.checked)}
          >
            Force deregistration
          </Checkbox>
        </ConfirmModal>
      )}
    </>
  );
}
