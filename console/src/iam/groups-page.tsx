import { type Group, IAMClient, paginateListGroups } from "@aws-sdk/client-iam";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

const columns: readonly Column<Group>[] = [
  {
    id: "name",
    header: "Group name",
    value: (group) => group.GroupName,
    cell: (group) => (
      <LinkTo to={`/iam/groups/${encodeURIComponent(group.GroupName ?? "")}`}>{group.GroupName}</LinkTo>
    ),
  },
  { id: "path", header: "Path", value: (group) => group.Path },
  {
    id: "created",
    header: "Created",
    value: (group) => group.CreateDate?.getTime(),
    cell: (group) => shownTime(group.CreateDate),
  },
];

/** IAM → User groups. */
export function GroupsPage() {
  const iam = useClient(IAMClient);
  const query = useQuery(
    () => everyPage(paginateListGroups({ client: iam, pageSize: 1000 }, {}), (page) => page.Groups),
    [iam],
  );
  return (
    <ResourceTable
      title="User groups"
      name="iam.groups"
      query={query}
      columns={columns}
      idOf={(group) => group.GroupName ?? ""}
      empty="No groups"
    />
  );
}
