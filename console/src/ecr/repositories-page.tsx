import {
  DeleteRepositoryCommand,
  ECRClient,
  paginateDescribeRepositories,
  type Repository,
} from "@aws-sdk/client-ecr";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { CreateRepositoryModal } from "./create-repository-modal.tsx";
import { PushCommands } from "./push-commands.tsx";

const columns: readonly Column<Repository>[] = [
  {
    id: "name",
    header: "Repository name",
    value: (one) => one.repositoryName,
    cell: (one) => (
      <LinkTo to={`/ecr/repositories/${encodeURIComponent(one.repositoryName ?? "")}`}>
        {one.repositoryName}
      </LinkTo>
    ),
  },
  { id: "uri", header: "URI", value: (one) => one.repositoryUri },
  {
    id: "created",
    header: "Created at",
    value: (one) => one.createdAt?.getTime(),
    cell: (one) => shownTime(one.createdAt),
  },
  { id: "mutability", header: "Tag immutability", value: (one) => one.imageTagMutability },
  {
    id: "encryption",
    header: "Encryption type",
    value: (one) => one.encryptionConfiguration?.encryptionType,
  },
  { id: "arn", header: "ARN", value: (one) => one.repositoryArn, hidden: true },
];

/** ECR → Repositories. */
export function RepositoriesPage() {
  const ecr = useClient(ECRClient);
  const query = useQuery(
    () =>
      everyPage(
        paginateDescribeRepositories({ client: ecr, pageSize: 1000 }, {}),
        (page) => page.repositories,
      ),
    [ecr],
    { every: 10_000, follows: "ecr" },
  );
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [dialog, setDialog] = useState<"create" | "delete" | "push">();
  const [chosen, setChosen] = useState<readonly Repository[]>([]);
  const open = (which: typeof dialog, repositories: readonly Repository[]): void => {
    setChosen(repositories);
    setDialog(which);
  };

  async function remove(): Promise<void> {
    await run(
      async () => {
        for (const { repositoryName } of chosen) {
          await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        }
      },
      `Deleted ${chosen.map((one) => one.repositoryName).join(", ")}.`,
    );
    setDialog(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Private repositories"
        name="ecr.repositories"
        query={query}
        columns={columns}
        idOf={(one) => one.repositoryName ?? ""}
        empty="No repositories in this region"
        selection="multi"
        actions={(selected) => (
          <>
            <Button disabled={selected.length !== 1} onClick={() => open("push", selected)}>
              View push commands
            </Button>
            <ActionButton
              needs={[{ action: "ecr:DeleteRepository", resource: arnOf("ecr", "repository/*") }]}
              disabled={selected.length === 0}
              onClick={() => open("delete", selected)}
            >
              Delete
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "ecr:CreateRepository", resource: arnOf("ecr", "repository/*") }]}
              onClick={() => open("create", [])}
            >
              Create repository
            </ActionButton>
          </>
        )}
      />
      {dialog === "create" && (
        <CreateRepositoryModal onClose={() => setDialog(undefined)} onCreated={query.reload} />
      )}
      {dialog === "push" && chosen[0] !== undefined && (
        <PushCommands repository={chosen[0]} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "delete" && (
        <ConfirmModal
          title={`Delete ${chosen.length === 1 ? chosen[0]?.repositoryName : `${chosen.length} repositories`}?`}
          confirm="Delete"
          typed="delete"
          busy={busy}
          onConfirm={() => void remove()}
          onClose={() => setDialog(undefined)}
        >
          <Alert type="warning">All images in it are deleted with it.</Alert>
        </ConfirmModal>
      )}
    </>
  );
}
