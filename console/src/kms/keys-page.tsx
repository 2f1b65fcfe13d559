import {
  DescribeKeyCommand,
  type KeyMetadata,
  KMSClient,
  paginateListAliases,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, statusColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

/** Keys that are described; a list of more would be a call for each. */
const most = 200;

interface NamedKey extends KeyMetadata {
  readonly aliases: readonly string[];
}

const columns: readonly Column<NamedKey>[] = [
  linkColumn(
    "Key ID",
    (one) => one.KeyId,
    (one) => `/kms/keys/${one.KeyId}`,
    { minWidth: 180 },
  ),
  textColumn("Aliases", (one) => one.aliases.join(", ")),
  statusColumn("Status", (one) => one.KeyState),
  textColumn("Managed by", (one) => (one.KeyManager === "AWS" ? "AWS" : "Customer")),
  textColumn("Key spec", (one) => one.KeySpec),
  textColumn("Key usage", (one) => one.KeyUsage),
  textColumn("Description", (one) => one.Description),
  timeColumn("Created", (one) => one.CreationDate, { hidden: true }),
];

/** KMS → Keys. */
export function KeysPage() {
  const client = useClient(KMSClient);
  const query = useQuery(async (): Promise<readonly NamedKey[]> => {
    const [keys, aliases] = await Promise.all([
      everyPage(paginateListKeys({ client }, {}), (page) => page.Keys, most),
      everyPage(paginateListAliases({ client }, {}), (page) => page.Aliases),
    ]);
    return Promise.all(
      keys.slice(0, most).map(async ({ KeyId = "" }) => {
        const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId }));
        const names = aliases.filter((one) => one.TargetKeyId === KeyId).map((one) => one.AliasName ?? "");
        return { ...metadata, KeyId, aliases: names };
      }),
    );
  }, [client]);
  return (
    <ResourceTable
      title="Keys"
      name="kms.keys"
      query={query}
      columns={columns}
      idOf={(one) => one.KeyId ?? ""}
      empty="No keys in this region"
    />
  );
}
