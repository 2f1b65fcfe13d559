import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { useRegion } from "../aws/region.ts";
import { Targets } from "../ec2/targets.tsx";
import { ActionButton } from "../parts/action-button.tsx";
import { ArnLink } from "../parts/arn-link.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { DeleteServiceModal } from "./delete-service-modal.tsx";
import { Deployments } from "./deployments.tsx";
import { definitionName } from "./names.ts";
import { ServiceMetrics } from "./service-metrics.tsx";
import { TaskPicture } from "./task-picture.tsx";
import { TasksTab } from "./tasks-tab.tsx";
import { UpdateServiceModal } from "./update-service-modal.tsx";

/** ECS → a service: its deployments as they go, its tasks and its events. */
export function ServicePage() {
  const { cluster = "", service: name = "" } = useParams();
  const ecs = useClient(ECSClient);
  const navigate = useNavigate();
  const region = useRegion();
  const serviceArn = useArns()("ecs", `service/${cluster}/${name}`);
  const [dialog, setDialog] = useState<"update" | "delete">();
  const query = useQuery(
    async () => {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
      const found = services?.[0];
      if (found === undefined) throw new Error("There is no such service in this cluster.");
      return found;
    },
    [ecs, cluster, name],
    { every: 5_000, follows: "ecs" },
  );
  const close = (): void => {
    setDialog(undefined);
    query.reload();
  };
  return (
    <ResourcePage
      title={name}
      description={cluster}
      query={query}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ActionButton
            needs={[{ action: "ecs:DeleteService", resource: serviceArn }]}
            onClick={() => setDialog("delete")}
          >
            Delete service
          </ActionButton>
          <ActionButton
            variant="primary"
            needs={[{ action: "ecs:UpdateService", resource: serviceArn }]}
            onClick={() => setDialog("update")}
          >
            Update service
          </ActionButton>
        </SpaceBetween>
      }
    >
      {(service) => (
        <>
          <Details
            title="Service overview"
            facts={{
              ARN: service.serviceArn,
              Status: service.status,
              "Task definition": definitionName(service.taskDefinition),
              "Desired tasks": service.desiredCount,
              "Running tasks": service.runningCount,
              "Pending tasks": service.pendingCount,
              "Scheduling strategy": service.schedulingStrategy,
              "Launch type": service.launchType,
              Created: shownTime(service.createdAt),
            }}
          />
          <TabsInAddress
            label="About the service"
            tabs={[
              {
                id: "deployments",
                label: "Deployments",
                content: (
                  <SpaceBetween size="l">
                    <TaskPicture cluster={cluster} service={name} deployments={service.deployments ?? []} />
                    <Deployments deployments={service.deployments ?? []} />
                  </SpaceBetween>
                ),
              },
              { id: "tasks", label: "Tasks", content: <TasksTab cluster={cluster} service={name} /> },
              {
                id: "metrics",
                label: "Metrics",
                content: <ServiceMetrics cluster={cluster} service={name} />,
              },
              {
                id: "events",
                label: "Events",
                content: (
                  <PlainTable
                    title="Events"
                    empty="No events"
                    items={service.events ?? []}
                    columns={[
                      { id: "at", header: "Time", cell: (event) => shownTime(event.createdAt) },
                      { id: "message", header: "Message", cell: (event) => event.message },
                    ]}
                  />
                ),
              },
              {
                id: "networking",
                label: "Load balancers and names",
                content: (
                  <SpaceBetween size="l">
                    <PlainTable
                      title="Load balancers and names"
                      empty="Neither"
                      items={[
                        ...(service.loadBalancers ?? []).map((one) => ({
                          ...{ kind: "Target group", arn: one.targetGroupArn ?? one.loadBalancerName },
                          ...{ container: one.containerName, port: one.containerPort },
                        })),
                        ...(service.serviceRegistries ?? []).map((one) => ({
                          ...{ kind: "Cloud Map service", arn: one.registryArn },
                          ...{ container: one.containerName, port: one.containerPort ?? one.port },
                        })),
                      ]}
                      columns={[
                        { id: "kind", header: "Kind", cell: (one) => one.kind },
                        { id: "arn", header: "ARN", cell: (one) => <ArnLink arn={one.arn} /> },
                        { id: "container", header: "Container", cell: (one) => one.container ?? "–" },
                        { id: "port", header: "Port", cell: (one) => one.port ?? "–" },
                      ]}
                    />
                    {(service.loadBalancers ?? []).map(
                      ({ targetGroupArn: group }) =>
                        group !== undefined && (
                          <Targets key={group} group={group} title={`Targets of ${targetGroupName(group)}`} />
                        ),
                    )}
                  </SpaceBetween>
                ),
              },
            ]}
          />
          {dialog === "update" && <UpdateServiceModal service={service} onClose={close} />}
          {dialog === "delete" && (
            <DeleteServiceModal
              services={[service]}
              onClose={() => {
                close();
                void navigate(`/ecs/clusters/${encodeURIComponent(cluster)}?region=${region}`);
              }}
            />
          )}
        </>
      )}
    </ResourcePage>
  );
}

/** The name in the ARN of a target group: `targetgroup/<name>/<id>`. */
function targetGroupName(arn: string): string {
  return arn.split("/").at(-2) ?? arn;
}
