import { CreateRepositoryCommand, ECRClient, type ImageTagMutability } from "@aws-sdk/client-ecr";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";

/** Makes a repository. */
export function CreateRepositoryModal({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: () => void;
}) {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [name, setName] = useState("");
  const [mutability, setMutability] = useState<ImageTagMutability>("MUTABLE");

  async function create(): Promise<void> {
    const command = new CreateRepositoryCommand({
      repositoryName: name.trim(),
      imageTagMutability: mutability,
    });
    const went = await run(() => ecr.send(command), `Created the repository ${name.trim()}.`);
    onClose();
    if (went) onCreated();
  }

  return (
    <FormModal
      title="Create private repository"
      submit="Create"
      busy={busy}
      onSubmit={() => void create()}
      onClose={onClose}
    >
      <FormField label="Repository name" description="A namespace may stand before it: team/app.">
        <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Image tag mutability">
        <RadioGroup
          ariaLabel="Image tag mutability"
          value={mutability}
          onChange={({ detail }) => setMutability(detail.value as ImageTagMutability)}
          items={[
            { value: "MUTABLE", label: "Mutable", description: "A tag can be pushed again." },
            { value: "IMMUTABLE", label: "Immutable", description: "A tag stays what it is." },
          ]}
        />
      </FormField>
    </FormModal>
  );
}
