import { IAMClient, type Role } from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { beginDeletion, deleteRole } from "./delete-role.ts";
import { DeletionTask } from "./deletion-task.tsx";
import { isServiceLinked } from "./role.ts";

/** Deletes roles. A service-linked role goes by a task: it is shown until it ends, with what holds the role. */
export function DeleteRoleModal({
  roles,
  onClose,
  onDeleted,
}: {
  readonly roles: readonly Role[];
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}) {
  const iam = useClient(IAMClient);
  const navigate = useNavigate();
  const { run, busy } = useAction();
  const [tasks, setTasks] = useState<readonly { readonly name: string; readonly id: string }[]>();
  const names = roles.map(({ RoleName: name = "" }) => name);
  const linked = roles.filter(isServiceLinked);
  const ordinary = roles.filter((role) => !isServiceLinked(role));

  async function submit(): Promise<void> {
    const begun: { name: string; id: string }[] = [];
    const went = await run(
      async () => {
        for (const { RoleName: name = "" } of ordinary) await deleteRole(iam, name);
        for (const { RoleName: name = "" } of linked)
          begun.push({ name, id: await beginDeletion(iam, name) });
      },
      linked.length === 0 ? `Deleted ${names.join(", ")}.` : `The deletion of ${names.join(", ")} has begun.`,
    );
    if (begun.length > 0) setTasks(begun);
    else if (went) {
      onClose();
      onDeleted();
      void navigate("/iam/roles");
    }
  }

  if (tasks !== undefined) {
    return (
      <DeletionTask
        tasks={tasks}
        onClose={(gone) => {
          onClose();
          onDeleted();
          if (gone) void navigate("/iam/roles");
        }}
      />
    );
  }
  return (
    <ConfirmModal
      title={names.length === 1 ? `Delete ${names[0]}?` : `Delete ${names.length} roles?`}
      confirm="Delete"
      typed={names.length === 1 ? names[0] : "delete"}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void submit()}
    >
      {linked.length > 0 && (
        <Alert type="info">
          A service-linked role is deleted once no resource of its service needs it. If one does, the role
          stays, and you are shown which.
        </Alert>
      )}
      {ordinary.length > 0 && (
        <div>
          Its inline policies go with it, its managed policies are detached. What uses the role loses access
          at once.
        </div>
      )}
    </ConfirmModal>
  );
}
