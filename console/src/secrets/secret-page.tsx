import {
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  paginateListSecretVersionIds,
  SecretsManagerClient,
  type SecretVersionsListEntry,
} from "@aws-sdk/client-secrets-manager";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { SecretText } from "../parts/secret-text.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { TagsTable } from "../parts/tags-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { PolicyText } from "../policies/policy-text.tsx";

/** Secrets Manager → Secrets → one: its versions, and its value when it is asked for. */
export function SecretPage() {
  const { name = "" } = useParams();
  const client = useClient(SecretsManagerClient);
  const of = { SecretId: name };
  const query = useQuery(async () => {
    const [secret, versions] = await Promise.all([
      client.send(new DescribeSecretCommand(of)),
      everyPage(
        paginateListSecretVersionIds({ client }, { ...of, IncludeDeprecated: true }),
        (page) => page.Versions,
      ),
    ]);
    return { secret, versions };
  }, [client, name]);
  const policy = useQuery(
    async () => (await client.send(new GetResourcePolicyCommand(of))).ResourcePolicy ?? "",
    [client, name],
  );

  async function retrieve(): Promise<string> {
    const { SecretString: text, SecretBinary: bytes } = await client.send(new GetSecretValueCommand(of));
    return text ?? `${bytes?.length ?? 0} bytes that are no text`;
  }

  return (
    <ResourcePage title={name} description={query.value?.secret.Description} query={query}>
      {({ secret, versions }) => (
        <>
          <Details
            title="Secret details"
            facts={{
              ARN: secret.ARN,
              "Encryption key": secret.KmsKeyId ?? "aws/secretsmanager",
              Created: shownTime(secret.CreatedDate),
              "Last changed": shownTime(secret.LastChangedDate),
              "Last retrieved": shownTime(secret.LastAccessedDate),
              "Deleted on": secret.DeletedDate && shownTime(secret.DeletedDate),
            }}
          />
          <TabsInAddress
            label="About the secret"
            tabs={[
              {
                id: "value",
                label: "Overview",
                content: <SecretText key={name} title="Secret value" retrieve={retrieve} />,
              },
              {
                id: "versions",
                label: "Versions",
                content: (
                  <PlainTable<SecretVersionsListEntry>
                    title="Versions"
                    empty="No versions"
                    items={versions}
                    columns={[
                      textColumn("Version ID", (one) => one.VersionId),
                      textColumn("Staging labels", (one) => one.VersionStages?.join(", ")),
                      timeColumn("Last retrieved", (one) => one.LastAccessedDate),
                      timeColumn("Created", (one) => one.CreatedDate),
                    ]}
                  />
                ),
              },
              {
                id: "permissions",
                label: "Permissions",
                content: (
                  <PolicyText
                    title="Resource permissions"
                    kind="resource"
                    query={policy}
                    needs={[{ action: "secretsmanager:PutResourcePolicy", resource: secret.ARN ?? "*" }]}
                    save={(ResourcePolicy) =>
                      client.send(new PutResourcePolicyCommand({ ...of, ResourcePolicy }))
                    }
                    remove={() => client.send(new DeleteResourcePolicyCommand(of))}
                  />
                ),
              },
              { id: "tags", label: "Tags", content: <TagsTable tags={secret.Tags ?? []} /> },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
