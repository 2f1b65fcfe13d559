import { type EvaluationResult, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { type Failure, failureOf } from "../aws/failure.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { PlainTable } from "../parts/plain-table.tsx";

/** IAM → Policy simulator: what an identity might do, without doing it. */
export function SimulatorPage() {
  const iam = useClient(IAMClient);
  const [principal, setPrincipal] = useState("");
  const [actions, setActions] = useState("");
  const [resource, setResource] = useState("*");
  const [results, setResults] = useState<readonly EvaluationResult[]>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function simulate(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      const { EvaluationResults = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: principal.trim(),
          ActionNames: actions.split(/[\s,]+/).filter(Boolean),
          ResourceArns: [resource.trim() || "*"],
        }),
      );
      setResults(EvaluationResults);
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <ContentLayout header={<Header variant="h1">Policy simulator</Header>}>
      <SpaceBetween size="l">
        <Container>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void simulate();
            }}
          >
            <SpaceBetween size="m">
              <FormField label="ARN of a user, group or role">
                <Input
                  value={principal}
                  spellcheck={false}
                  onChange={({ detail }) => setPrincipal(detail.value)}
                />
              </FormField>
              <FormField label="Actions" description="As many as you like, each in a line.">
                <Textarea
                  value={actions}
                  spellcheck={false}
                  placeholder="ecr:PutImage"
                  onChange={({ detail }) => setActions(detail.value)}
                />
              </FormField>
              <FormField label="ARN of the resource">
                <Input
                  value={resource}
                  spellcheck={false}
                  onChange={({ detail }) => setResource(detail.value)}
                />
              </FormField>
              <Button variant="primary" formAction="submit" loading={busy}>
                Run simulation
              </Button>
            </SpaceBetween>
          </form>
        </Container>
        {failure !== undefined && <FailureAlert failure={failure} what="Simulation" />}
        {results !== undefined && (
          <PlainTable
            title="Results"
            empty="No results"
            items={results}
            columns={[
              { id: "action", header: "Action", cell: (one) => one.EvalActionName },
              {
                id: "decision",
                header: "Decision",
                cell: (one) => (
                  <StatusIndicator type={one.EvalDecision === "allowed" ? "success" : "error"}>
                    {one.EvalDecision}
                  </StatusIndicator>
                ),
              },
              {
                id: "statements",
                header: "Matched statements",
                cell: (one) =>
                  one.MatchedStatements?.map((match) => match.SourcePolicyId).join(", ") || "None",
              },
              {
                id: "missing",
                header: "Missing context",
                cell: (one) => one.MissingContextValues?.join(", ") || "–",
              },
            ]}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
