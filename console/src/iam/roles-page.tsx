import { IAMClient, paginateListRoles, type Role } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { DeleteRoleModal } from "./delete-role-modal.tsx";
import { isServiceLinked, trustedBy } from "./role.ts";

const columns: readonly Column<Role>[] = [
  {
    id: "name",
    header: "Role name",
    value: (role) => role.RoleName,
    cell: (role) => (
      <LinkTo to={`/iam/roles/${encodeURIComponent(role.RoleName ?? "")}`}>{role.RoleName}</LinkTo>
    ),
  },
  {
    id: "trusted",
    header: "Trusted entities",
    value: (role) => trustedBy(role) + (isServiceLinked(role) ? " (Service-Linked Role)" : ""),
  },
  {
    id: "created",
    header: "Created",
    value: (role) => role.CreateDate?.getTime(),
    cell: (role) => shownTime(role.CreateDate),
  },
  { id: "path", header: "Path", value: (role) => role.Path, hidden: true },
  { id: "arn", header: "ARN", value: (role) => role.Arn, hidden: true },
];

/** IAM → Roles. */
export function RolesPage() {
  const iam = useClient(IAMClient);
  const query = useQuery(
    () => everyPage(paginateListRoles({ client: iam }, {}), (page) => page.Roles),
    [iam],
  );
  const [deleting, setDeleting] = useState<readonly Role[]>();
  return (
    <>
      <ResourceTable
        title="Roles"
        name="iam.roles"
        query={query}
        columns={columns}
        idOf={(role) => role.RoleName ?? ""}
        empty="No roles"
        selection="multi"
        actions={(selected) => (
          <Button disabled={selected.length === 0} onClick={() => setDeleting(selected)}>
            Delete
          </Button>
        )}
      />
      {deleting !== undefined && (
        <DeleteRoleModal roles={deleting} onClose={() => setDeleting(undefined)} onDeleted={query.reload} />
      )}
    </>
  );
}
