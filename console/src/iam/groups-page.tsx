import { CreateGroupCommand, type Group, IAMClient, paginateListGroups } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { deleteGroup } from "./delete-identity.ts";

const columns: readonly Column<Group>[] = [
  linkColumn(
    "Group name",
    (group) => group.GroupName,
    (group) => `/iam/groups/${encodeURIComponent(group.GroupName ?? "")}`,
  ),
  textColumn("Path", (group) => group.Path),
  timeColumn("Created", (group) => group.CreateDate),
];

/** IAM → User groups. */
export function GroupsPage() {
  const iam = useClient(IAMClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [name, setName] = useState<string>();
  const [deleting, setDeleting] = useState<readonly Group[]>();
  const query = useQuery(
    () => everyPage(paginateListGroups({ client: iam, pageSize: 1000 }, {}), (page) => page.Groups),
    [iam],
    { follows: "iam" },
  );
  const needs = (action: string) => [{ action, resource: arnOf("iam", "group/*") }];

  async function create(GroupName: string): Promise<void> {
    const command = new CreateGroupCommand({ GroupName });
    if (await run(() => iam.send(command), `Created the group ${GroupName}.`)) setName(undefined);
    query.reload();
  }

  async function remove(groups: readonly Group[]): Promise<void> {
    await run(
      async () => {
        for (const { GroupName = "" } of groups) await deleteGroup(iam, GroupName);
      },
      `Deleted ${groups.map((group) => group.GroupName).join(", ")}.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="User groups"
        name="iam.groups"
        query={query}
        columns={columns}
        idOf={(group) => group.GroupName ?? ""}
        empty="No groups"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={needs("iam:DeleteGroup")}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete
            </ActionButton>
            <ActionButton variant="primary" needs={needs("iam:CreateGroup")} onClick={() => setName("")}>
              Create group
            </ActionButton>
          </>
        )}
      />
      {name !== undefined && (
        <FormModal
          title="Create user group"
          submit="Create"
          busy={busy}
          disabled={name.trim() === ""}
          onSubmit={() => void create(name.trim())}
          onClose={() => setName(undefined)}
        >
          <FormField label="Group name">
            <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        </FormModal>
      )}
      {deleting !== undefined && (
        <ConfirmModal
          title={
            deleting.length === 1 ? `Delete ${deleting[0]?.GroupName}?` : `Delete ${deleting.length} groups?`
          }
          confirm="Delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          Its users stay, without what the group allowed. Its inline policies go with it.
        </ConfirmModal>
      )}
    </>
  );
}
