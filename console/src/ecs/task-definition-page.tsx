import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  paginateListTaskDefinitions,
} from "@aws-sdk/client-ecs";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { useRegion } from "../aws/region.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ButtonRow } from "../parts/button-row.tsx";
import { CodeText } from "../parts/code-text.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { LineDiff } from "./line-diff.tsx";
import { definitionName } from "./names.ts";

/** ECS → a task definition: a revision, and what changed since another. */
export function TaskDefinitionPage() {
  const { family = "" } = useParams();
  const ecs = useClient(ECSClient);
  const query = useQuery(
    () =>
      everyPage(
        paginateListTaskDefinitions({ client: ecs }, { familyPrefix: family, sort: "DESC" }),
        (page) => page.taskDefinitionArns,
      ),
    [ecs, family],
    { follows: "ecs" },
  );
  return (
    <ResourcePage title={family} query={query}>
      {(arns) => <Revisions key={arns.join()} names={arns.map(definitionName)} onChange={query.reload} />}
    </ResourcePage>
  );
}

function Revisions({
  names,
  onChange,
}: {
  readonly names: readonly string[];
  readonly onChange: () => void;
}) {
  const ecs = useClient(ECSClient);
  const navigate = useNavigate();
  const region = useRegion();
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [leaving, setLeaving] = useState(false);
  const [shown, setShown] = useState(names[0] ?? "");
  const [other, setOther] = useState(names[1] ?? "");
  const query = useQuery(async () => {
    const text = async (taskDefinition: string): Promise<string> =>
      taskDefinition === ""
        ? ""
        : JSON.stringify(
            (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition,
            null,
            2,
          );
    const [newer, older] = await Promise.all([text(shown), text(other)]);
    return { newer, older };
  }, [ecs, shown, other]);
  const options = names.map((name) => ({ value: name, label: name }));
  const none = { value: "", label: "Nothing" };
  return (
    <SpaceBetween size="l">
      <SpaceBetween direction="horizontal" size="m">
        <FormField label="Revision">
          <Select
            options={options}
            selectedOption={options.find(({ value }) => value === shown) ?? null}
            onChange={({ detail }) => setShown(detail.selectedOption.value ?? "")}
          />
        </FormField>
        <FormField label="Compared with">
          <Select
            options={[none, ...options]}
            selectedOption={options.find(({ value }) => value === other) ?? none}
            onChange={({ detail }) => setOther(detail.selectedOption.value ?? "")}
          />
        </FormField>
      </SpaceBetween>
      <ButtonRow>
        <ActionButton
          needs={[{ action: "ecs:DeregisterTaskDefinition", resource: "*" }]}
          disabled={shown === ""}
          onClick={() => setLeaving(true)}
        >
          Deregister
        </ActionButton>
        <ActionButton
          variant="primary"
          needs={[{ action: "ecs:RegisterTaskDefinition", resource: arnOf("ecs", "task-definition/*:*") }]}
          disabled={shown === ""}
          onClick={() =>
            void navigate(`/ecs/create-task-definition?from=${encodeURIComponent(shown)}&region=${region}`)
          }
        >
          Create new revision
        </ActionButton>
      </ButtonRow>
      {leaving && (
        <ConfirmModal
          title={`Deregister ${shown}?`}
          confirm="Deregister"
          busy={busy}
          onConfirm={async () => {
            await run(
              () => ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: shown })),
              `Deregistered ${shown}.`,
            );
            setLeaving(false);
            onChange();
          }}
          onClose={() => setLeaving(false)}
        >
          Tasks and services that use it go on; nothing new starts with it.
        </ConfirmModal>
      )}
      {query.value !== undefined &&
        (other === "" ? (
          <CodeText name="task definition" text={query.value.newer} />
        ) : (
          <LineDiff label="Differences" before={query.value.older} after={query.value.newer} />
        ))}
    </SpaceBetween>
  );
}
