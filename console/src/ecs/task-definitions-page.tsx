import { ECSClient, paginateListTaskDefinitionFamilies } from "@aws-sdk/client-ecs";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<string>[] = [
  {
    id: "family",
    header: "Task definition",
    value: (family) => family,
    cell: (family) => <LinkTo to={`/ecs/task-definitions/${encodeURIComponent(family)}`}>{family}</LinkTo>,
  },
];

/** ECS → Task definitions. */
export function TaskDefinitionsPage() {
  const ecs = useClient(ECSClient);
  const query = useQuery(
    () =>
      everyPage(
        paginateListTaskDefinitionFamilies({ client: ecs }, { status: "ACTIVE" }),
        (page) => page.families,
      ),
    [ecs],
  );
  return (
    <ResourceTable
      title="Task definitions"
      name="ecs.task-definitions"
      query={query}
      columns={columns}
      idOf={(family) => family}
      empty="No task definitions in this region"
    />
  );
}
