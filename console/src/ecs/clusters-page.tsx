import { type Cluster, CreateClusterCommand, DeleteClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { clustersOf } from "./reads.ts";

const columns: readonly Column<Cluster>[] = [
  {
    id: "name",
    header: "Cluster",
    value: (cluster) => cluster.clusterName,
    cell: (cluster) => (
      <LinkTo to={`/ecs/clusters/${encodeURIComponent(cluster.clusterName ?? "")}`}>
        {cluster.clusterName}
      </LinkTo>
    ),
  },
  { id: "status", header: "Status", value: (cluster) => cluster.status },
  { id: "services", header: "Services", value: (cluster) => cluster.activeServicesCount },
  { id: "running", header: "Running tasks", value: (cluster) => cluster.runningTasksCount },
  { id: "pending", header: "Pending tasks", value: (cluster) => cluster.pendingTasksCount },
  {
    id: "instances",
    header: "Container instances",
    value: (cluster) => cluster.registeredContainerInstancesCount,
  },
  { id: "arn", header: "ARN", value: (cluster) => cluster.clusterArn, hidden: true },
];

/** ECS → Clusters. */
export function ClustersPage() {
  const ecs = useClient(ECSClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [name, setName] = useState<string>();
  const [deleting, setDeleting] = useState<readonly Cluster[]>();
  const query = useQuery(() => clustersOf(ecs), [ecs], { every: 5_000, follows: "ecs" });

  async function create(clusterName: string): Promise<void> {
    await run(
      () => ecs.send(new CreateClusterCommand({ clusterName })),
      `Created the cluster ${clusterName}.`,
    );
    setName(undefined);
    query.reload();
  }

  async function remove(clusters: readonly Cluster[]): Promise<void> {
    await run(
      async () => {
        for (const { clusterArn } of clusters)
          await ecs.send(new DeleteClusterCommand({ cluster: clusterArn }));
      },
      `Deleted ${clusters.map((cluster) => cluster.clusterName).join(", ")}.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Clusters"
        name="ecs.clusters"
        query={query}
        columns={columns}
        idOf={(cluster) => cluster.clusterName ?? ""}
        empty="No clusters in this region"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={selected.map(({ clusterArn = "" }) => ({
                ...{ action: "ecs:DeleteCluster", resource: clusterArn },
              }))}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete cluster
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "ecs:CreateCluster", resource: arnOf("ecs", "cluster/*") }]}
              onClick={() => setName("")}
            >
              Create cluster
            </ActionButton>
          </>
        )}
      />
      {name !== undefined && (
        <FormModal
          title="Create cluster"
          submit="Create"
          busy={busy}
          onSubmit={() => void create(name.trim())}
          onClose={() => setName(undefined)}
        >
          <FormField label="Cluster name">
            <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        </FormModal>
      )}
      {deleting !== undefined && (
        <ConfirmModal
          title={
            deleting.length === 1
              ? `Delete ${deleting[0]?.clusterName}?`
              : `Delete ${deleting.length} clusters?`
          }
          confirm="Delete"
          typed="delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          In this order: scale each service to 0 and delete it, stop the tasks, deregister the container
          instances, then delete the cluster.
        </ConfirmModal>
      )}
    </>
  );
}
