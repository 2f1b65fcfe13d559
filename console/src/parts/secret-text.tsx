import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { type Failure, failureOf } from "../aws/failure.ts";
import { CodeText, formatted } from "./code-text.tsx";
import { FailureAlert } from "./failure-alert.tsx";

/** Something confidential: asked for by a click only, shown while the page is, and kept nowhere. */
export function SecretText({
  title,
  action = "Retrieve value",
  note = "Retrieving it is recorded in the event history.",
  retrieve,
}: {
  readonly title: string;
  /** What the button says, and what is said while it is not shown. */
  readonly action?: string;
  readonly note?: string;
  readonly retrieve: () => Promise<string>;
}) {
  const [text, setText] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function show(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      setText(await retrieve());
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            text === undefined ? (
              <Button loading={busy} onClick={() => void show()}>
                {action}
              </Button>
            ) : (
              <Button onClick={() => setText(undefined)}>Hide</Button>
            )
          }
        >
          {title}
        </Header>
      }
    >
      {failure !== undefined && <FailureAlert failure={failure} what={title} />}
      {text === undefined ? (
        <Box color="text-body-secondary">{note}</Box>
      ) : (
        <CodeText name={title} text={formatted(text)} />
      )}
    </Container>
  );
}
