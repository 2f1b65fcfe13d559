import { IAMClient, type Policy, paginateListPolicies } from "@aws-sdk/client-iam";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { textColumn } from "../parts/columns.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

const columns: readonly Column<Policy>[] = [
  textColumn("Policy name", (one) => one.PolicyName),
  textColumn("Type", (one) =>
    one.Arn?.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed",
  ),
  textColumn("Description", (one) => one.Description, { hidden: true }),
];

/** Chooses managed policies, of the account's own and of AWS's. */
export function ChoosePoliciesModal({
  title,
  submit,
  selection,
  busy,
  onSubmit,
  onClose,
}: {
  readonly title: string;
  /** What the button says. */
  readonly submit: string;
  readonly selection: "single" | "multi";
  readonly busy: boolean;
  readonly onSubmit: (arns: readonly string[]) => void;
  readonly onClose: () => void;
}) {
  const iam = useClient(IAMClient);
  const [chosen, setChosen] = useState<readonly Policy[]>([]);
  const query = useQuery(
    () => everyPage(paginateListPolicies({ client: iam, pageSize: 1000 }, {}), (page) => page.Policies),
    [iam],
  );
  return (
    <FormModal
      title={title}
      submit={submit}
      size="large"
      busy={busy}
      disabled={chosen.length === 0}
      onSubmit={() => onSubmit(chosen.flatMap(({ Arn: arn }) => arn ?? []))}
      onClose={onClose}
    >
      <ResourceTable
        title="Policies"
        name="iam.choose-policies"
        embedded
        query={query}
        columns={columns}
        idOf={(one) => one.PolicyName ?? ""}
        empty="No policies"
        selection={selection}
        onSelect={setChosen}
      />
    </FormModal>
  );
}
