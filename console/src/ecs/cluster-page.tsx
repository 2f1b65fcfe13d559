import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { InstancesTab } from "./instances-tab.tsx";
import { ServicesTab } from "./services-tab.tsx";
import { TasksTab } from "./tasks-tab.tsx";

/** ECS → Clusters → one cluster: its services, tasks and container instances. */
export function ClusterPage() {
  const { cluster = "" } = useParams();
  const ecs = useClient(ECSClient);
  const query = useQuery(
    async () => {
      const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
      const found = clusters?.[0];
      if (found === undefined) throw new Error("There is no such cluster in this region.");
      return found;
    },
    [ecs, cluster],
    { every: 5_000, follows: "ecs" },
  );
  return (
    <ResourcePage title={cluster} query={query}>
      {(found) => (
        <>
          <Details
            title="Cluster overview"
            facts={{
              ARN: found.clusterArn,
              Status: found.status,
              Services: found.activeServicesCount,
              "Running tasks": found.runningTasksCount,
              "Pending tasks": found.pendingTasksCount,
              "Container instances": found.registeredContainerInstancesCount,
            }}
          />
          <TabsInAddress
            label="About the cluster"
            tabs={[
              { id: "services", label: "Services", content: <ServicesTab cluster={cluster} /> },
              { id: "tasks", label: "Tasks", content: <TasksTab cluster={cluster} /> },
              { id: "infrastructure", label: "Infrastructure", content: <InstancesTab cluster={cluster} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
