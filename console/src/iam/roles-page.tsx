import { IAMClient, paginateListRoles, type Role } from "@aws-sdk/client-iam";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { CreateRoleModal } from "./create-role-modal.tsx";
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

/** Of a long selection so many are asked for beforehand; the call itself decides in any case. */
const mostAsked = 20;

/** IAM → Roles. */
export function RolesPage() {
  const iam = useClient(IAMClient);
  const query = useQuery(
    () => everyPage(paginateListRoles({ client: iam, pageSize: 1000 }, {}), (page) => page.Roles),
    [iam],
    { follows: "iam" },
  );
  const arnOf = useArns();
  const [creating, setCreating] = useState(false);
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
          <>
            <ActionButton
              needs={selected.slice(0, mostAsked).map((role) => ({
                action: isServiceLinked(role) ? "iam:DeleteServiceLinkedRole" : "iam:DeleteRole",
                resource: role.Arn ?? "",
              }))}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "iam:CreateRole", resource: arnOf("iam", "role/*") }]}
              onClick={() => setCreating(true)}
            >
              Create role
            </ActionButton>
          </>
        )}
      />
      {creating && <CreateRoleModal onClose={() => setCreating(false)} />}
      {deleting !== undefined && (
        <DeleteRoleModal roles={deleting} onClose={() => setDeleting(undefined)} onDeleted={query.reload} />
      )}
    </>
  );
}
