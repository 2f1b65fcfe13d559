import {
  paginateListSecrets,
  type SecretListEntry,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<SecretListEntry>[] = [
  linkColumn(
    "Secret name",
    (one) => one.Name,
    (one) => `/secretsmanager/secrets/${encodeURIComponent(one.Name ?? "")}`,
  ),
  textColumn("Description", (one) => one.Description),
  timeColumn("Last retrieved", (one) => one.LastAccessedDate),
  timeColumn("Last changed", (one) => one.LastChangedDate),
  textColumn("Managed by", (one) => one.OwningService, { hidden: true }),
  textColumn("Encryption key", (one) => one.KmsKeyId ?? "aws/secretsmanager", { hidden: true }),
  textColumn("ARN", (one) => one.ARN, { hidden: true }),
];

/** Secrets Manager → Secrets. Values are on the secret's page, by a click. */
export function SecretsPage() {
  const client = useClient(SecretsManagerClient);
  const query = useQuery(
    () => everyPage(paginateListSecrets({ client }, {}), (page) => page.SecretList),
    [client],
    { follows: "secretsmanager" },
  );
  return (
    <ResourceTable
      title="Secrets"
      name="secretsmanager.secrets"
      query={query}
      columns={columns}
      idOf={(one) => one.Name ?? ""}
      empty="No secrets in this region"
    />
  );
}
