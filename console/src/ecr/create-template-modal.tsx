import { CreateRepositoryCreationTemplateCommand, ECRClient, type RCTAppliedFor } from "@aws-sdk/client-ecr";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";

const uses: readonly { readonly value: RCTAppliedFor; readonly label: string }[] = [
  { value: "PULL_THROUGH_CACHE", label: "Pull through cache" },
  { value: "REPLICATION", label: "Replication" },
  { value: "CREATE_ON_PUSH", label: "Create on push" },
];

/** Makes a repository creation template. */
export function CreateTemplateModal({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: () => void;
}) {
  const ecr = useClient(ECRClient);
  const { run, busy } = useAction();
  const [prefix, setPrefix] = useState("ROOT");
  const [description, setDescription] = useState("");
  const [chosen, setChosen] = useState<readonly RCTAppliedFor[]>(["PULL_THROUGH_CACHE", "REPLICATION"]);
  const [immutable, setImmutable] = useState(false);

  async function create(): Promise<void> {
    const command = new CreateRepositoryCreationTemplateCommand({
      prefix: prefix.trim(),
      appliedFor: [...chosen],
      imageTagMutability: immutable ? "IMMUTABLE" : "MUTABLE",
      ...(description.trim() === "" ? {} : { description: description.trim() }),
    });
    if (!(await run(() => ecr.send(command), `Created the template of ${prefix.trim()}.`))) return;
    onClose();
    onCreated();
  }

  return (
    <FormModal
      title="Create a repository creation template"
      submit="Create"
      busy={busy}
      onSubmit={() => void create()}
      onClose={onClose}
    >
      <FormField label="Prefix" description="What the repositories' names begin with; ROOT for any.">
        <Input value={prefix} spellcheck={false} onChange={({ detail }) => setPrefix(detail.value)} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Applied for">
        <Multiselect
          options={uses}
          deselectAriaLabel={({ label = "" }) => `Remove ${label}`}
          selectedOptions={uses.filter(({ value }) => chosen.includes(value))}
          onChange={({ detail }) =>
            setChosen(
              uses
                .map(({ value }) => value)
                .filter((value) => detail.selectedOptions.some((one) => one.value === value)),
            )
          }
        />
      </FormField>
      <Toggle checked={immutable} onChange={({ detail }) => setImmutable(detail.checked)}>
        Tags are immutable
      </Toggle>
    </FormModal>
  );
}
