import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Decision } from "../frame/decision.tsx";

/** CloudTrail → Decisions: why the call with a request id was allowed or refused. */
export function DecisionPage() {
  const [parameters, setParameters] = useSearchParams();
  const requestId = parameters.get("request") ?? "";
  const [typed, setTyped] = useState(requestId);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Every answer, and every event of the history, names the request id of its call."
        >
          Decisions
        </Header>
      }
    >
      <SpaceBetween size="l">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setParameters((before) => {
              before.set("request", typed.trim());
              return before;
            });
          }}
        >
          <FormField label="Request ID">
            <Input
              type="search"
              value={typed}
              spellcheck={false}
              placeholder="Enter to look it up"
              onChange={({ detail }) => setTyped(detail.value)}
            />
          </FormField>
        </form>
        {requestId !== "" && (
          <Container>
            <Decision key={requestId} requestId={requestId} />
          </Container>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
