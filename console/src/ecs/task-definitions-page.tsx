import { ECSClient, paginateListTaskDefinitionFamilies } from "@aws-sdk/client-ecs";
import { useNavigate } from "react-router";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { useRegion } from "../aws/region.ts";
import { ActionButton } from "../parts/action-button.tsx";
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
  const navigate = useNavigate();
  const region = useRegion();
  const arnOf = useArns();
  const query = useQuery(
    () =>
      everyPage(
        paginateListTaskDefinitionFamilies({ client: ecs }, { status: "ACTIVE" }),
        (page) => page.families,
      ),
    [ecs],
    { follows: "ecs" },
  );
  return (
    <ResourceTable
      title="Task definitions"
      name="ecs.task-definitions"
      query={query}
      columns={columns}
      idOf={(family) => family}
      empty="No task definitions in this region"
      actions={() => (
        <ActionButton
          variant="primary"
          needs={[{ action: "ecs:RegisterTaskDefinition", resource: arnOf("ecs", "task-definition/*:*") }]}
          onClick={() => void navigate(`/ecs/create-task-definition?region=${region}`)}
        >
          Create task definition
        </ActionButton>
      )}
    />
  );
}
