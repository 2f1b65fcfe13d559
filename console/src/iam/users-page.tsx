import {
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  paginateListUsers,
  type User,
} from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

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
  const [name, setName] = useState<string>();
  const [deleting, setDeleting] = useState<readonly User[]>();
  const query = useQuery(
    () => everyPage(paginateListUsers({ client: iam, pageSize: 1000 }, {}), (page) => page.Users),
    [iam],
  );

  async function create(UserName: string): Promise<void> {
    await run(() => iam.send(new CreateUserCommand({ UserName })), `Created the user ${UserName}.`);
    setName(undefined);
    query.reload();
  }

  async function remove(users: readonly User[]): Promise<void> {
    await run(
      async () => {
        for (const { UserName } of users) await iam.send(new DeleteUserCommand({ UserName }));
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
            <Button disabled={selected.length === 0} onClick={() => setDeleting(selected)}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setName("")}>
              Create user
            </Button>
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
          A user must have no keys, policies, groups or password any more.
        </ConfirmModal>
      )}
    </>
  );
}
