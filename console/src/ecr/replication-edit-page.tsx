import type { ReplicationRule } from "@aws-sdk/client-ecr";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";
import { regions, useRegion } from "../aws/region.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { useSession } from "../session/session.ts";
import { ReplicationTable } from "./replication-table.tsx";
import { useReplication } from "./use-replication.ts";

/** What changing the rules takes. */
const needs = [{ action: "ecr:PutReplicationConfiguration", resource: "*" }];

/** ECR → Private registry → Replication configuration → Edit: add a rule, or delete all (which asks first). */
export function ReplicationEditPage() {
  const navigate = useNavigate();
  const region = useRegion();
  const { query, put, busy } = useReplication();
  const [deleting, setDeleting] = useState(false);

  async function deleteAll(): Promise<void> {
    const went = await put([], "Deleted the replication configuration.");
    setDeleting(false);
    if (went) void navigate(`/ecr/private-registry/replication?region=${region}`);
  }

  return (
    <ResourcePage
      title="Edit replication configuration"
      query={query}
      actions={
        <ActionButton
          needs={needs}
          disabled={(query.value?.length ?? 0) === 0}
          onClick={() => setDeleting(true)}
        >
          Delete all
        </ActionButton>
      }
    >
      {(rules) => (
        <>
          <ReplicationTable rules={rules} />
          <AddRule busy={busy} onAdd={(rule) => void put([...rules, rule], "Added the replication rule.")} />
          {deleting && (
            <ConfirmModal
              title="Delete all replication rules?"
              confirm="Delete all"
              typed="delete"
              busy={busy}
              onConfirm={() => void deleteAll()}
              onClose={() => setDeleting(false)}
            >
              New pushes are no longer replicated. Images that were replicated stay where they are.
            </ConfirmModal>
          )}
        </>
      )}
    </ResourcePage>
  );
}

function AddRule({
  busy,
  onAdd,
}: {
  readonly busy: boolean;
  readonly onAdd: (rule: ReplicationRule) => void;
}) {
  const session = useSession();
  const here = useRegion();
  const [region, setRegion] = useState<string>();
  const [account, setAccount] = useState(session?.account ?? "");
  const [prefix, setPrefix] = useState("");
  const options = Object.entries(regions)
    .filter(([id]) => id !== here || account !== session?.account)
    .map(([id, place]) => ({ value: id, label: place, description: id }));

  return (
    <Container header={<Header variant="h2">Add a rule</Header>}>
      <SpaceBetween size="m">
        <FormField label="Destination region">
          <Select
            placeholder="Choose a region"
            options={options}
            selectedOption={options.find(({ value }) => value === region) ?? null}
            onChange={({ detail }) => setRegion(detail.selectedOption.value)}
          />
        </FormField>
        <FormField label="Destination account">
          <Input value={account} inputMode="numeric" onChange={({ detail }) => setAccount(detail.value)} />
        </FormField>
        <FormField label="Repository prefix" description="Nothing for all repositories.">
          <Input value={prefix} spellcheck={false} onChange={({ detail }) => setPrefix(detail.value)} />
        </FormField>
        <ActionButton
          needs={needs}
          loading={busy}
          disabled={region === undefined}
          onClick={() =>
            onAdd({
              destinations: [{ region, registryId: account.trim() }],
              ...(prefix.trim() === ""
                ? {}
                : { repositoryFilters: [{ filter: prefix.trim(), filterType: "PREFIX_MATCH" }] }),
            })
          }
        >
          Add rule
        </ActionButton>
      </SpaceBetween>
    </Container>
  );
}
