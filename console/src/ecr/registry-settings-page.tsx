import type { ReplicationRule } from "@aws-sdk/client-ecr";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { ActionButton } from "../parts/action-button.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { useSession } from "../session/session.ts";
import { keepDestinations } from "./replication.ts";
import { useReplication } from "./use-replication.ts";

/**
 * ECR → Private registry → Registry settings: the older form, in which replication is two settings. Cleared and saved,
 * the destinations of that kind are gone; they are made on the page of the replication configuration.
 */
export function RegistrySettingsPage() {
  const { query, put, busy } = useReplication();
  return (
    <ResourcePage title="Registry settings" query={query}>
      {(rules) => <Settings key={JSON.stringify(rules)} rules={rules} busy={busy} onSave={put} />}
    </ResourcePage>
  );
}

function Settings({
  rules,
  busy,
  onSave,
}: {
  readonly rules: readonly ReplicationRule[];
  readonly busy: boolean;
  readonly onSave: (rules: readonly ReplicationRule[], done: string) => Promise<boolean>;
}) {
  const session = useSession();
  const isOwn = ({ registryId }: { readonly registryId?: string }): boolean =>
    registryId === session?.account;
  const destinations = rules.flatMap((rule) => rule.destinations ?? []);
  const had = { region: destinations.some(isOwn), account: destinations.some((one) => !isOwn(one)) };
  const [crossRegion, setCrossRegion] = useState(had.region);
  const [crossAccount, setCrossAccount] = useState(had.account);

  function save(): void {
    const kept = keepDestinations(rules, (one) => (isOwn(one) ? crossRegion : crossAccount));
    void onSave(kept, "Saved the registry settings.");
  }

  return (
    <Container
      header={
        <Header variant="h2" description="Replication of this registry, in this region.">
          Replication
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Toggle
          checked={crossRegion}
          disabled={!had.region}
          description={had.region ? undefined : "No rule replicates to another region of this account."}
          onChange={({ detail }) => setCrossRegion(detail.checked)}
        >
          Cross-Region replication
        </Toggle>
        <Toggle
          checked={crossAccount}
          disabled={!had.account}
          description={had.account ? undefined : "No rule replicates to another account."}
          onChange={({ detail }) => setCrossAccount(detail.checked)}
        >
          Cross-account replication
        </Toggle>
        <ActionButton
          variant="primary"
          needs={[{ action: "ecr:PutReplicationConfiguration", resource: "*" }]}
          loading={busy}
          onClick={save}
        >
          Save
        </ActionButton>
      </SpaceBetween>
    </Container>
  );
}
