import { ECSClient, type Service } from "@aws-sdk/client-ecs";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
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
  const [dialog, setDialog] = useState<"update" | "delete">();
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
            <Button disabled={selected.length === 0} onClick={() => open("delete", selected)}>
              Delete service
            </Button>
            <Button disabled={selected.length !== 1} onClick={() => open("update", selected)}>
              Update
            </Button>
          </>
        )}
      />
      {dialog === "update" && first !== undefined && <UpdateServiceModal service={first} onClose={close} />}
      {dialog === "delete" && <DeleteServiceModal services={chosen} onClose={close} />}
    </>
  );
}
