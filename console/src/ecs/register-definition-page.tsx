import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { useRegion } from "../aws/region.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import type { PlacedFinding } from "../policies/findings.ts";
import { PolicyEditor } from "../policies/policy-editor.tsx";
import { definitionFindings, sentOf } from "./definition-findings.ts";

const first = {
  family: "",
  requiresCompatibilities: ["FARGATE"],
  networkMode: "awsvpc",
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "app", image: "", essential: true, portMappings: [{ containerPort: 80 }] }],
};

/** ECS → Task definitions → Create: a definition as JSON, from nothing or from a revision (`?from=family:1`). */
export function RegisterDefinitionPage() {
  const ecs = useClient(ECSClient);
  const navigate = useNavigate();
  const region = useRegion();
  const arnOf = useArns();
  const [parameters] = useSearchParams();
  const from = parameters.get("from");
  const { run, busy } = useAction();
  const [text, setText] = useState(() => JSON.stringify(first, null, 2));
  const query = useQuery(async () => {
    if (from === null) return undefined;
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: from }));
    return JSON.stringify(sentOf({ ...taskDefinition }), null, 2);
  }, [ecs, from]);
  useEffect(() => {
    if (query.value !== undefined) setText(query.value);
  }, [query.value]);
  const definition = parsed(text);
  const isRight = definition !== undefined && !placedFindings(text).some(({ level }) => level === "error");

  async function register(): Promise<void> {
    // INVARIANT: the findings have no error, so it is an object; its members are the API's to judge.
    const input = sentOf(definition as Readonly<Record<string, unknown>>);
    let family = "";
    const done = await run(async () => {
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand(input as unknown as RegisterTaskDefinitionCommandInput),
      );
      family = taskDefinition?.family ?? "";
    }, "Registered the task definition.");
    if (done) void navigate(`/ecs/task-definitions/${encodeURIComponent(family)}?region=${region}`);
  }

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={from === null ? undefined : `From ${from}`}
          actions={
            <ActionButton
              variant="primary"
              loading={busy}
              disabled={!isRight}
              needs={[
                { action: "ecs:RegisterTaskDefinition", resource: arnOf("ecs", "task-definition/*:*") },
              ]}
              onClick={() => void register()}
            >
              Create
            </ActionButton>
          }
        >
          {from === null ? "Create task definition" : "Create new revision"}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {query.failure !== undefined && <FailureAlert failure={query.failure} what="Task definition" />}
        <Container>
          <PolicyEditor
            kind="json"
            label="Task definition"
            value={text}
            check={placedFindings}
            onChange={setText}
          />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The findings of a text that is JSON, each at its line. */
function placedFindings(text: string): readonly PlacedFinding[] {
  const definition = parsed(text);
  if (definition === undefined) return [];
  return definitionFindings(definition).map(({ level, message, near }) => {
    const at = near === undefined ? -1 : text.indexOf(near);
    return { level, message, line: at < 0 ? undefined : text.slice(0, at).split("\n").length };
  });
}
