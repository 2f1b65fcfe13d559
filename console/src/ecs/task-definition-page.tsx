import { DescribeTaskDefinitionCommand, ECSClient, paginateListTaskDefinitions } from "@aws-sdk/client-ecs";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { CodeText } from "../parts/code-text.tsx";
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
  );
  return (
    <ResourcePage title={family} query={query}>
      {(arns) => <Revisions key={arns.join()} names={arns.map(definitionName)} />}
    </ResourcePage>
  );
}

function Revisions({ names }: { readonly names: readonly string[] }) {
  const ecs = useClient(ECSClient);
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
      {query.value !== undefined &&
        (other === "" ? (
          <CodeText name="task definition" text={query.value.newer} />
        ) : (
          <LineDiff label="Differences" before={query.value.older} after={query.value.newer} />
        ))}
    </SpaceBetween>
  );
}
