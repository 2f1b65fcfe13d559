import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import type { Permission } from "../aws/permissions.ts";
import type { Query } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ButtonRow } from "../parts/button-row.tsx";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { PolicyEditor, type PolicyKind } from "./policy-editor.tsx";

/** A policy document that can be seen, edited and removed in its place. */
export function PolicyText({
  title,
  kind,
  query,
  save,
  remove,
  onDraft,
  needs = [],
}: {
  readonly title: string;
  readonly kind: PolicyKind;
  /** The document; empty when there is none. */
  readonly query: Query<string>;
  readonly save?: (text: string) => Promise<unknown>;
  readonly remove?: () => Promise<unknown>;
  /** What changing it takes. */
  readonly needs?: readonly Permission[];
  /** Told of the text as it is typed; of `undefined` when it is typed no longer. */
  readonly onDraft?: (text: string | undefined) => void;
}) {
  const { run, busy } = useAction();
  const [draft, keepDraft] = useState<string>();
  const setDraft = (next: string | undefined): void => {
    keepDraft(next);
    onDraft?.(next);
  };
  const text = query.value ?? "";

  async function change(work: () => Promise<unknown>, done: string): Promise<void> {
    if (!(await run(work, done))) return;
    setDraft(undefined);
    query.reload();
  }

  const buttons =
    draft === undefined ? (
      <>
        {remove !== undefined && (
          <ActionButton
            needs={needs}
            disabled={text === ""}
            loading={busy}
            onClick={() => void change(remove, `Deleted: ${title.toLowerCase()}.`)}
          >
            Delete
          </ActionButton>
        )}
        {save !== undefined && (
          <ActionButton needs={needs} onClick={() => setDraft(formatted(text))}>
            Edit
          </ActionButton>
        )}
      </>
    ) : (
      <>
        <Button onClick={() => setDraft(undefined)}>Cancel</Button>
        <Button
          variant="primary"
          loading={busy}
          onClick={() => save && void change(() => save(draft), `Saved: ${title.toLowerCase()}.`)}
        >
          Save
        </Button>
      </>
    );

  return (
    <Container
      header={
        <Header variant="h2" actions={<ButtonRow>{buttons}</ButtonRow>}>
          {title}
        </Header>
      }
    >
      {query.failure !== undefined && <FailureAlert failure={query.failure} what={title} />}
      {query.loading && <Waiting />}
      {draft !== undefined && <PolicyEditor kind={kind} value={draft} onChange={setDraft} label={title} />}
      {draft === undefined && text !== "" && <CodeText name={title} text={formatted(text)} />}
      {draft === undefined && text === "" && !query.loading && (
        <Box color="text-body-secondary">There is none.</Box>
      )}
    </Container>
  );
}
