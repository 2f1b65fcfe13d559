import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  type GrantListEntry,
  KMSClient,
  PutKeyPolicyCommand,
  paginateListAliases,
  paginateListGrants,
} from "@aws-sdk/client-kms";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { textColumn, timeColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { Status } from "../parts/status.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { PolicyText } from "../policies/policy-text.tsx";

const grantColumns: readonly Column<GrantListEntry>[] = [
  textColumn("Grantee", (one) => one.GranteePrincipal),
  textColumn("Operations", (one) => one.Operations?.join(", ")),
  textColumn("Name", (one) => one.Name),
  timeColumn("Created", (one) => one.CreationDate),
  textColumn("Grant ID", (one) => one.GrantId, { hidden: true }),
];

/** KMS → Keys → one: its policy and its grants. */
export function KeyPage() {
  const { key: KeyId = "" } = useParams();
  const client = useClient(KMSClient);
  const query = useQuery(async () => {
    const [{ KeyMetadata: key }, aliases] = await Promise.all([
      client.send(new DescribeKeyCommand({ KeyId })),
      everyPage(paginateListAliases({ client }, { KeyId }), (page) => page.Aliases),
    ]);
    return { key, aliases: aliases.map((one) => one.AliasName ?? "") };
  }, [client, KeyId]);
  const policy = useQuery(
    async () => (await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? "",
    [client, KeyId],
  );
  const grants = useQuery(
    () => everyPage(paginateListGrants({ client }, { KeyId }), (page) => page.Grants),
    [client, KeyId],
  );
  return (
    <ResourcePage
      title={query.value?.aliases[0] ?? KeyId}
      description={query.value?.key?.Description}
      query={query}
    >
      {({ key, aliases }) => (
        <>
          <Details
            title="General configuration"
            facts={{
              ARN: key?.Arn,
              Status: <Status of={key?.KeyState} />,
              Aliases: aliases.join(", "),
              "Managed by": key?.KeyManager === "AWS" ? "AWS" : "Customer",
              "Key spec": key?.KeySpec,
              "Key usage": key?.KeyUsage,
              Created: shownTime(key?.CreationDate),
              "Deleted on": key?.DeletionDate && shownTime(key.DeletionDate),
            }}
          />
          <TabsInAddress
            label="About the key"
            tabs={[
              {
                id: "policy",
                label: "Key policy",
                content: (
                  <PolicyText
                    title="Key policy"
                    kind="resource"
                    query={policy}
                    needs={[{ action: "kms:PutKeyPolicy", resource: key?.Arn ?? "*" }]}
                    {...(key?.KeyManager === "AWS"
                      ? {}
                      : {
                          save: (Policy: string) => client.send(new PutKeyPolicyCommand({ KeyId, Policy })),
                        })}
                  />
                ),
              },
              {
                id: "grants",
                label: "Grants",
                content: (
                  <ResourceTable
                    title="Grants"
                    name="kms.grants"
                    embedded
                    query={grants}
                    columns={grantColumns}
                    idOf={(one) => one.GrantId ?? ""}
                    empty="No grants"
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}
