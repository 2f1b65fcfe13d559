import { IAMClient } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { PolicyEditor } from "../policies/policy-editor.tsx";
import { emptyPolicy } from "./empty-policy.ts";
import { type Identity, inlineDocument, putInline } from "./identity.ts";
import { decodeDocument } from "./role.ts";

/** An inline policy: written anew, or seen and edited. */
export function InlinePolicyModal({
  identity,
  name: known,
  locked,
  onClose,
  onSaved,
}: {
  readonly identity: Identity;
  /** Of one that exists. */
  readonly name: string | undefined;
  readonly locked: boolean;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [name, setName] = useState(known ?? "");
  const [draft, setDraft] = useState<string>();
  const query = useQuery(
    async () =>
      known === undefined
        ? emptyPolicy
        : formatted(decodeDocument(await inlineDocument(iam, identity, known))),
    [iam, identity.kind, identity.name, known],
  );
  const text = draft ?? query.value;

  async function save(): Promise<void> {
    if (text === undefined || locked) return;
    const went = await run(
      () => putInline(iam, identity, name.trim(), text),
      `Saved the inline policy ${name.trim()}.`,
    );
    if (!went) return;
    onSaved();
    onClose();
  }

  return (
    <FormModal
      title={known ?? "Create inline policy"}
      submit="Save"
      size="large"
      busy={busy}
      disabled={locked || text === undefined || name.trim() === ""}
      onSubmit={() => void save()}
      onClose={onClose}
    >
      {query.failure !== undefined && <FailureAlert failure={query.failure} what="Inline policy" />}
      {known === undefined && (
        <FormField label="Policy name">
          <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      )}
      {text === undefined && query.loading && <Waiting />}
      {text !== undefined && locked && <CodeText name="policy document" text={text} />}
      {text !== undefined && !locked && (
        <PolicyEditor kind="managed" label="Policy document" value={text} onChange={setDraft} />
      )}
    </FormModal>
  );
}
