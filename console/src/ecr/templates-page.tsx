import {
  DeleteRepositoryCreationTemplateCommand,
  ECRClient,
  paginateDescribeRepositoryCreationTemplates,
  type RepositoryCreationTemplate,
} from "@aws-sdk/client-ecr";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { CreateTemplateModal } from "./create-template-modal.tsx";

const columns: readonly Column<RepositoryCreationTemplate>[] = [
  textColumn("Prefix", (one) => one.prefix),
  textColumn("Applied for", (one) => one.appliedFor?.join(", ")),
  textColumn("Tag immutability", (one) => one.imageTagMutability),
  textColumn("Encryption", (one) => one.encryptionConfiguration?.encryptionType),
  textColumn("Custom role", (one) => one.customRoleArn),
  textColumn("Description", (one) => one.description),
  timeColumn("Created", (one) => one.createdAt, { hidden: true }),
];

/** ECR → Private registry → Repository creation templates: what repositories are like that ECR makes by itself. */
export function TemplatesPage() {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<readonly RepositoryCreationTemplate[]>();
  const query = useQuery(
    () =>
      everyPage(
        paginateDescribeRepositoryCreationTemplates({ client: ecr }, {}),
        (page) => page.repositoryCreationTemplates,
      ),
    [ecr],
  );

  async function remove(templates: readonly RepositoryCreationTemplate[]): Promise<void> {
    await run(
      async () => {
        for (const { prefix } of templates)
          await ecr.send(new DeleteRepositoryCreationTemplateCommand({ prefix }));
      },
      templates.length === 1 ? "Deleted the template." : `Deleted ${templates.length} templates.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Repository creation templates"
        name="ecr.templates"
        description="For repositories that ECR makes: by replication, by pull through cache, on push."
        query={query}
        columns={columns}
        idOf={(one) => one.prefix ?? ""}
        empty="No templates"
        selection="multi"
        actions={(selected) => (
          <>
            <ActionButton
              needs={[{ action: "ecr:DeleteRepositoryCreationTemplate", resource: "*" }]}
              disabled={selected.length === 0}
              onClick={() => setDeleting(selected)}
            >
              Delete
            </ActionButton>
            <ActionButton
              variant="primary"
              needs={[{ action: "ecr:CreateRepositoryCreationTemplate", resource: "*" }]}
              onClick={() => setCreating(true)}
            >
              Create template
            </ActionButton>
          </>
        )}
      />
      {creating && <CreateTemplateModal onClose={() => setCreating(false)} onCreated={query.reload} />}
      {deleting !== undefined && (
        <ConfirmModal
          title={
            deleting.length === 1 ? `Delete the template of ${deleting[0]?.prefix}?` : "Delete the templates?"
          }
          confirm="Delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          Repositories that were made by it stay as they are.
        </ConfirmModal>
      )}
    </>
  );
}
