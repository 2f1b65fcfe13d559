import { type ParameterMetadata, paginateDescribeParameters, SSMClient } from "@aws-sdk/client-ssm";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { linkColumn, textColumn, timeColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<ParameterMetadata>[] = [
  linkColumn(
    "Name",
    (one) => one.Name,
    (one) => `/systems-manager/parameters/${encodeURIComponent(one.Name ?? "")}`,
  ),
  textColumn("Tier", (one) => one.Tier),
  textColumn("Type", (one) => one.Type),
  textColumn("Version", (one) => one.Version),
  timeColumn("Last modified", (one) => one.LastModifiedDate),
  textColumn("Modified by", (one) => one.LastModifiedUser, { hidden: true }),
  textColumn("Description", (one) => one.Description),
];

/** Systems Manager → Parameter Store. */
export function ParametersPage() {
  const client = useClient(SSMClient);
  const query = useQuery(
    () => everyPage(paginateDescribeParameters({ client, pageSize: 50 }, {}), (page) => page.Parameters),
    [client],
    { follows: "ssm" },
  );
  return (
    <ResourceTable
      title="Parameters"
      name="ssm.parameters"
      query={query}
      columns={columns}
      idOf={(one) => one.Name ?? ""}
      empty="No parameters in this region"
    />
  );
}
