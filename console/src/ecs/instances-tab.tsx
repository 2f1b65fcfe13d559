import { type ContainerInstance, DeregisterContainerInstanceCommand, ECSClient } from "@aws-sdk/client-ecs";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { lastPart } from "./names.ts";
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
          <Button
            disabled={selected.length === 0}
            onClick={() => {
              setForce(false);
              setChosen(selected);
            }}
          >
            Deregister
          </Button>
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
