import { textColumn } from "../parts/columns.tsx";
import { PlainTable } from "../parts/plain-table.tsx";

interface Attribute {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Attributes of a load balancer or a target group. */
export function AttributesTable({ attributes }: { readonly attributes: readonly Attribute[] }) {
  return (
    <PlainTable<Attribute>
      title="Attributes"
      empty="No attributes"
      items={attributes}
      columns={[textColumn("Attribute", (one) => one.Key), textColumn("Value", (one) => one.Value)]}
    />
  );
}
