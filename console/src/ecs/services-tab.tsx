import { ECSClient, type Service } from "@aws-sdk/client-ecs";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { type Permission, useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { CreateServiceModal } from "./create-service-modal.tsx";
import { DeleteServiceModal } from "./delete-service-modal.tsx";
import { definitionName } from "./names.ts";
import { servicesOf } from "./reads.ts";
import { UpdateServiceModal } from "./update-service-modal.tsx";

const columns = (cluster: string): readonly Column<Service>[] => [
  {
    id: "name",
    header: "Service name",
    value: (service) => service.serviceName,
    cell: (service) => (
      <LinkTo
        to={`/ecs/clusters/${encodeURIComponent(cluster)}/services/${encodeURIComponent(service.serviceName ?? "")}`}
      >
        {service.serviceName}
      </LinkTo>
    ),
  },
  { id: "status", header: "Status", value: (service) => service.status },
  {
    id: "tasks",
    header: "Running of desired",
    value: (service) => `${service.runningCount} of ${service.desiredCount}`,
  },
  { id: "definition", header: "Task definition", value: (service) => definitionName(service.taskDefinition) },
  {
    id: "deployment",
    header: "Last deployment",
    value: (service) => service.deployments?.find((one) => one.status === "PRIMARY")?.rolloutState,
  },
];

/** The services of a cluster: update, scale and delete them. */
export function ServicesTab({ cluster }: { readonly cluster: string }) {
  const ecs = useClient(ECSClient);
  const query = useQuery(() => servicesOf(ecs, cluster), [ecs, cluster], { every: 5_000, follows: "ecs" });
  const arnOf = useArns();
  const [dialog, setDialog] = useState<"create" | "update" | "delete">();
  const [chosen, setChosen] = useState<readonly Service[]>([]);
  const open = (which: "update" | "delete", services: readonly Service[]): void => {
    setChosen(services);
    setDialog(which);
  };
  const close = (): void => {
    setDialog(undefined);
    query.reload();
  };
  const [first] = chosen;
  return (
    <>
      <ResourceTable
        title="Services"
        name="ecs.services"
        embedded
        query={query}
        columns={columns(cluster)}
        idOf={(service) => service.serviceName ?? ""}
        empty="No services"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={onServices("ecs:DeleteService", selected)}
              disabled={selected.length === 0}
              onClick={() => open("delete", selected)}
            >
              Delete service
            </ActionButton>
            <ActionButton
              needs={onServices("ecs:UpdateService", selected)}
              disabled={selected.length !== 1}
              onClick={() => open("update", selected)}
            >
              Update
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "ecs:CreateService", resource: arnOf("ecs", `service/${cluster}/*`) }]}
              onClick={() => setDialog("create")}
            >
              Create service
            </ActionButton>
          </>
        )}
      />
      {dialog === "create" && <CreateServiceModal cluster={cluster} onClose={close} />}
      {dialog === "update" && first !== undefined && <UpdateServiceModal service={first} onClose={close} />}
      {dialog === "delete" && <DeleteServiceModal services={chosen} onClose={close} />}
    </>
  );
}

function onServices(action: string, services: readonly Service[]): readonly Permission[] {
  return services.map(({ serviceArn: resource = "" }) => ({ action, resource }));
}
