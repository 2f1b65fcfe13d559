import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";

/** Facts of one resource, each under its name. What is not there is a dash. */
export function Details({
  title,
  actions,
  facts,
}: {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly facts: Readonly<Record<string, ReactNode>>;
}) {
  return (
    <Container
      header={
        <Header variant="h2" actions={actions}>
          {title}
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={Object.entries(facts).map(([label, value]) => ({
          label,
          value: value === undefined || value === "" ? "–" : value,
        }))}
      />
    </Container>
  );
}
