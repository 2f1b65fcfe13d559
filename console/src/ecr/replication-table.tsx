import type { ReplicationRule } from "@aws-sdk/client-ecr";
import type { ReactNode } from "react";
import { PlainTable } from "../parts/plain-table.tsx";
import { destinationsOf } from "./replication.ts";

/** The destinations of replication rules. */
export function ReplicationTable({
  rules,
  actions,
}: {
  readonly rules: readonly ReplicationRule[];
  readonly actions?: ReactNode;
}) {
  return (
    <PlainTable
      title="Destinations"
      empty="No replication rules"
      items={destinationsOf(rules)}
      actions={actions}
      columns={[
        { id: "rule", header: "Rule", cell: (one) => one.rule },
        { id: "region", header: "Destination region", cell: (one) => one.region },
        { id: "account", header: "Destination account", cell: (one) => one.account },
        {
          id: "filters",
          header: "Repositories",
          cell: (one) => (one.filters === "" ? "All" : `${one.filters}*`),
        },
      ]}
    />
  );
}
