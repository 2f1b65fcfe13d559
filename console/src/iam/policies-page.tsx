import { CreatePolicyCommand, IAMClient, type Policy, paginateListPolicies } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";
import { PolicyEditor } from "../policies/policy-editor.tsx";
import { emptyPolicy } from "./empty-policy.ts";

const columns: readonly Column<Policy>[] = [
  {
    id: "name",
    header: "Policy name",
    value: (policy) => policy.PolicyName,
    cell: (policy) => (
      <LinkTo to={`/iam/policies/${encodeURIComponent(policy.Arn ?? "")}`}>{policy.PolicyName}</LinkTo>
    ),
  },
  {
    id: "kind",
    header: "Type",
    value: (policy) => (policy.Arn?.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed"),
  },
  { id: "used", header: "Used as", value: (policy) => policy.AttachmentCount },
  {
    id: "updated",
    header: "Updated",
    value: (policy) => policy.UpdateDate?.getTime(),
    cell: (policy) => shownTime(policy.UpdateDate),
  },
  { id: "arn", header: "ARN", value: (policy) => policy.Arn, hidden: true },
];

/** IAM → Policies. */
export function PoliciesPage() {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const arnOf = useArns();
  const [draft, setDraft] = useState<{ readonly name: string; readonly text: string }>();
  const query = useQuery(
    () => everyPage(paginateListPolicies({ client: iam, pageSize: 1000 }, {}), (page) => page.Policies),
    [iam],
  );

  async function create(PolicyName: string, PolicyDocument: string): Promise<void> {
    const went = await run(
      () => iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument })),
      `Created the policy ${PolicyName}.`,
    );
    if (!went) return;
    setDraft(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Policies"
        name="iam.policies"
        query={query}
        columns={columns}
        idOf={(policy) => policy.Arn ?? ""}
        empty="No policies"
        actions={() => (
          <ActionButton
            variant="primary"
            needs={[{ action: "iam:CreatePolicy", resource: arnOf("iam", "policy/*") }]}
            onClick={() => setDraft({ name: "", text: emptyPolicy })}
          >
            Create policy
          </ActionButton>
        )}
      />
      {draft !== undefined && (
        <FormModal
          title="Create policy"
          submit="Create"
          size="large"
          busy={busy}
          onSubmit={() => void create(draft.name.trim(), draft.text)}
          onClose={() => setDraft(undefined)}
        >
          <FormField label="Policy name">
            <Input
              value={draft.name}
              spellcheck={false}
              onChange={({ detail }) => setDraft({ ...draft, name: detail.value })}
            />
          </FormField>
          <PolicyEditor
            kind="managed"
            label="Policy document"
            value={draft.text}
            onChange={(text) => setDraft({ ...draft, text })}
          />
        </FormModal>
      )}
    </>
  );
}
