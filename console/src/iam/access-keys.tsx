import {
  type AccessKey,
  type AccessKeyMetadata,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { NewKeyModal } from "./new-key-modal.tsx";

const columns: readonly Column<AccessKeyMetadata>[] = [
  textColumn("Access key ID", (one) => one.AccessKeyId),
  statusColumn("Status", (one) => one.Status),
  timeColumn("Created", (one) => one.CreateDate),
];

/** The access keys of a user: made (its secret is shown once), turned off and on, deleted. */
export function AccessKeys({ user: UserName, arn }: { readonly user: string; readonly arn: string }) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [made, setMade] = useState<AccessKey>();
  const [deleting, setDeleting] = useState<AccessKeyMetadata>();
  const query = useQuery(
    async () => (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata ?? [],
    [iam, UserName],
    { follows: "iam" },
  );

  async function create(): Promise<void> {
    await run(async () => {
      const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      setMade(key);
    }, "Created an access key.");
    query.reload();
  }

  async function turn({ AccessKeyId, Status: status }: AccessKeyMetadata): Promise<void> {
    const next = status === "Active" ? "Inactive" : "Active";
    await run(
      () => iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: next })),
      `The key is ${next.toLowerCase()}.`,
    );
    query.reload();
  }

  async function remove({ AccessKeyId }: AccessKeyMetadata): Promise<void> {
    await run(() => iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })), "Deleted the key.");
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Access keys"
        name="iam.access-keys"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => one.AccessKeyId ?? ""}
        empty="No access keys"
        selection="single"
        actions={([selected]) => (
          <>
            <ActionButton
              needs={[{ action: "iam:UpdateAccessKey", resource: arn }]}
              disabled={selected === undefined}
              loading={busy}
              onClick={() => selected && void turn(selected)}
            >
              {selected?.Status === "Inactive" ? "Activate" : "Deactivate"}
            </ActionButton>
            <ActionButton
              needs={[{ action: "iam:DeleteAccessKey", resource: arn }]}
              disabled={selected === undefined}
              onClick={() => setDeleting(selected)}
            >
              Delete key
            </ActionButton>
            <ActionButton
              needs={[{ action: "iam:CreateAccessKey", resource: arn }]}
              loading={busy}
              onClick={() => void create()}
            >
              Create access key
            </ActionButton>
          </>
        )}
      />
      {made !== undefined && <NewKeyModal accessKey={made} onClose={() => setMade(undefined)} />}
      {deleting !== undefined && (
        <ConfirmModal
          title={`Delete ${deleting.AccessKeyId}?`}
          confirm="Delete"
          typed={deleting.AccessKeyId}
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          What signs with it is refused from the next call on. A key that is inactive can come back; a deleted
          one cannot.
        </ConfirmModal>
      )}
    </>
  );
}
