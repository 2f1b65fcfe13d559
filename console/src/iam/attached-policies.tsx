import type { AttachedPolicy } from "@aws-sdk/client-iam";
import { LinkTo } from "../parts/link-to.tsx";
import { PlainTable } from "../parts/plain-table.tsx";

/** The policies of a user, group or role, managed and inline. */
export function AttachedPolicies({
  attached,
  inline,
}: {
  readonly attached: readonly AttachedPolicy[];
  readonly inline: readonly string[];
}) {
  return (
    <PlainTable
      title="Permissions policies"
      empty="No policies"
      items={[
        ...attached.map((one) => ({ name: one.PolicyName ?? "", arn: one.PolicyArn })),
        ...inline.map((one) => ({ name: one, arn: undefined })),
      ]}
      columns={[
        {
          id: "name",
          header: "Policy name",
          cell: ({ name, arn }) =>
            arn === undefined ? (
              name
            ) : (
              <LinkTo to={`/iam/policies/${encodeURIComponent(arn)}`}>{name}</LinkTo>
            ),
        },
        { id: "kind", header: "Type", cell: ({ arn }) => kindOf(arn) },
      ]}
    />
  );
}

function kindOf(arn: string | undefined): string {
  if (arn === undefined) return "Inline";
  return arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed";
}
