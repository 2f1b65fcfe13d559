import {
  ECRClient,
  GetRegistryScanningConfigurationCommand,
  PutRegistryScanningConfigurationCommand,
  type RegistryScanningConfiguration,
} from "@aws-sdk/client-ecr";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";

/** ECR → Private registry → Scanning configuration: which repositories are scanned when an image arrives. */
export function ScanningPage() {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const query = useQuery(
    async () => (await ecr.send(new GetRegistryScanningConfigurationCommand({}))).scanningConfiguration ?? {},
    [ecr],
  );

  async function save(filters: readonly string[]): Promise<void> {
    const rules = [
      {
        scanFrequency: "SCAN_ON_PUSH" as const,
        repositoryFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" as const })),
      },
    ];
    const command = new PutRegistryScanningConfigurationCommand({
      scanType: "BASIC",
      rules: filters.length === 0 ? [] : rules,
    });
    if (await run(() => ecr.send(command), "Saved the scanning configuration.")) query.reload();
  }

  return (
    <ResourcePage
      title="Scanning configuration"
      description="What of this registry is scanned for known vulnerabilities."
      query={query}
    >
      {(configuration) => (
        <>
          <Details
            title="Scan type"
            facts={{
              Type: configuration.scanType,
              Rules: String(configuration.rules?.length ?? 0),
            }}
          />
          <Filters key={filtersOf(configuration).join()} known={configuration} busy={busy} onSave={save} />
        </>
      )}
    </ResourcePage>
  );
}

function Filters({
  known,
  busy,
  onSave,
}: {
  readonly known: RegistryScanningConfiguration;
  readonly busy: boolean;
  readonly onSave: (filters: readonly string[]) => Promise<void>;
}) {
  const [text, setText] = useState(filtersOf(known).join(", "));
  return (
    <Container header={<Header variant="h2">Scan on push</Header>}>
      <SpaceBetween size="m">
        <FormField
          label="Repositories"
          description="Names with * for anything, separated by commas. Empty: the setting of each repository decides."
        >
          <Input value={text} spellcheck={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        <ActionButton
          variant="primary"
          needs={[{ action: "ecr:PutRegistryScanningConfiguration", resource: "*" }]}
          loading={busy}
          onClick={() => void onSave(text.split(/[\s,]+/).filter(Boolean))}
        >
          Save
        </ActionButton>
      </SpaceBetween>
    </Container>
  );
}

function filtersOf({ rules = [] }: RegistryScanningConfiguration): readonly string[] {
  return rules
    .filter(({ scanFrequency }) => scanFrequency === "SCAN_ON_PUSH")
    .flatMap(({ repositoryFilters = [] }) => repositoryFilters.map(({ filter = "" }) => filter));
}
