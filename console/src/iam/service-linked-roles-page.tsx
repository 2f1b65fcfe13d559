import { CloudTrailClient, type Event, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import { GetRoleCommand, IAMClient, paginateListRoles, type Role } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { ago } from "../parts/time.tsx";
import { recordOf } from "../trail/record.ts";
import { DeleteRoleModal } from "./delete-role-modal.tsx";
import { trustedBy } from "./role.ts";
import { serviceUse } from "./service-use.ts";

/** How far back the page looks. */
const hour = 3_600_000;
/** Events of the region that are looked at. */
const most = 1_000;

interface LinkedRole {
  readonly role: Role;
  /** What was done as the role in the last hour in this region: event names with how often. */
  readonly did: ReadonlyMap<string, number>;
}

const columns: readonly Column<LinkedRole>[] = [
  {
    id: "name",
    header: "Role name and owner",
    value: ({ role }) => `${role.RoleName} ${trustedBy(role)}`,
    cell: ({ role }) => (
      <>
        <LinkTo to={`/iam/roles/${encodeURIComponent(role.RoleName ?? "")}`}>{role.RoleName}</LinkTo>
        <Box variant="small" display="block">
          {trustedBy(role)}
        </Box>
      </>
    ),
  },
  {
    id: "did",
    header: "Last hour in this region",
    minWidth: 160,
    value: ({ did }) =>
      did.size === 0 ? "Nothing" : [...did].map(([name, count]) => `${name} × ${count}`).join(", "),
  },
  {
    id: "last",
    header: "Last used",
    value: ({ role }) => role.RoleLastUsed?.LastUsedDate?.getTime(),
    cell: ({ role: { RoleLastUsed: last } }) =>
      last?.LastUsedDate === undefined ? "Never" : `${ago(last.LastUsedDate)}, ${last.Region}`,
  },
  {
    id: "without",
    header: "Without it",
    minWidth: 240,
    value: ({ role }) => serviceUse(trustedBy(role)) ?? role.Description,
  },
];

/** IAM → Service-linked roles: each role, its owner, what it did in the last hour, and what would break without it. */
export function ServiceLinkedRolesPage() {
  const iam = useClient(IAMClient);
  const cloudtrail = useClient(CloudTrailClient);
  const [deleting, setDeleting] = useState<readonly Role[]>();
  const query = useQuery(
    async (): Promise<readonly LinkedRole[]> => {
      const listed = await everyPage(
        paginateListRoles({ client: iam }, { PathPrefix: "/aws-service-role/" }),
        (page) => page.Roles,
      );
      const events = await everyPage(
        paginateLookupEvents(
          { client: cloudtrail, pageSize: 50 },
          { StartTime: new Date(Date.now() - hour) },
        ),
        (page) => page.Events,
        most,
      );
      // Only GetRole says when a role was last used.
      return Promise.all(
        listed.map(async (one) => {
          const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: one.RoleName }));
          return { role: role ?? one, did: doneBy(one.Arn, events) };
        }),
      );
    },
    [iam, cloudtrail],
    { every: 15_000 },
  );
  return (
    <>
      <ResourceTable
        title="Service-linked roles"
        name="iam.service-linked-roles"
        description="Roles that only a service may use, and that this account's resources need."
        query={query}
        columns={columns}
        idOf={({ role }) => role.RoleName ?? ""}
        empty="No service has a role in this account yet"
        selection="multi"
        actions={(selected) => (
          <Button
            disabled={selected.length === 0}
            onClick={() => setDeleting(selected.map(({ role }) => role))}
          >
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

function doneBy(arn: string | undefined, events: readonly Event[]): ReadonlyMap<string, number> {
  const done = new Map<string, number>();
  for (const event of events) {
    if (recordOf(event).userIdentity?.sessionContext?.sessionIssuer?.arn !== arn) continue;
    const name = event.EventName ?? "";
    done.set(name, (done.get(name) ?? 0) + 1);
  }
  return done;
}
