import { CreateUserCommand, IAMClient, paginateListUsers, type User } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { deleteUser } from "./delete-identity.ts";

const columns: readonly Column<User>[] = [
  {
    id: "name",
    header: "User name",
    value: (user) => user.UserName,
    cell: (user) => (
      <LinkTo to={`/iam/users/${encodeURIComponent(user.UserName ?? "")}`}>{user.UserName}</LinkTo>
    ),
  },
  { id: "path", header: "Path", value: (user) => user.Path },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime(),
    cell: (user) => shownTime(user.CreateDate),
  },
  { id: "arn", header: "ARN", value: (user) => user.Arn, hidden: true },
  { id: "id", header: "User ID", value: (user) => user.UserId, hidden: true },
];

/** IAM → Users. */
export function UsersPage() {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const arnOf = useArns();
  const [name, setName] = useState<string>();
  const [deleting, setDeleting] = useState<readonly User[]>();
  const query = useQuery(
    () => everyPage(paginateListUsers({ client: iam, pageSize: 1000 }, {}), (page) => page.Users),
    [iam],
    { follows: "iam" },
  );

  async function create(UserName: string): Promise<void> {
    await run(() => iam.send(new CreateUserCommand({ UserName })), `Created the user ${UserName}.`);
    setName(undefined);
    query.reload();
  }

  async function remove(users: readonly User[]): Promise<void> {
    await run(
      async () => {
        for (const { UserName = "" } of users) await deleteUser(iam, UserName);
      },
      `Deleted ${users.map((user) => user.UserName).join(", ")}.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Users"
        name="iam.users"
        query={query}
        columns={columns}
        idOf={(user) => user.UserName ?? ""}
        empty="No users"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={[{ action: "iam:DeleteUser", resource: arnOf("iam", "user/*") }]}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "iam:CreateUser", resource: arnOf("iam", "user/*") }]}
              onClick={() => setName("")}
            >
              Create user
            </ActionButton>
          </>
        )}
      />
      {name !== undefined && (
        <FormModal
          title="Create user"
          submit="Create"
          busy={busy}
          onSubmit={() => void create(name.trim())}
          onClose={() => setName(undefined)}
        >
          <FormField label="User name">
            <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        </FormModal>
      )}
      {deleting !== undefined && (
        <ConfirmModal
          title={
            deleting.length === 1 ? `Delete ${deleting[0]?.UserName}?` : `Delete ${deleting.length} users?`
          }
          confirm="Delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          Access keys, password, MFA devices and inline policies go with a user.
        </ConfirmModal>
      )}
    </>
  );
}
