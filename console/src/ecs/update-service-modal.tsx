import { ECSClient, type Service, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";
import { definitionName } from "./names.ts";

/** Updates a service: how many tasks, of which definition, and whether they are all replaced. */
export function UpdateServiceModal({
  service,
  onClose,
}: {
  readonly service: Service;
  readonly onClose: () => void;
}) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const [count, setCount] = useState(String(service.desiredCount ?? 0));
  const [definition, setDefinition] = useState(definitionName(service.taskDefinition));
  const [force, setForce] = useState(false);

  async function update(): Promise<void> {
    await run(
      () =>
        ecs.send(
          new UpdateServiceCommand({
            cluster: service.clusterArn,
            service: service.serviceName,
            desiredCount: service.schedulingStrategy === "DAEMON" ? undefined : Number(count),
            taskDefinition:
              definition.trim() === definitionName(service.taskDefinition) ? undefined : definition.trim(),
            forceNewDeployment: force,
          }),
        ),
      `Updated the service ${service.serviceName}.`,
    );
    onClose();
  }

  return (
    <FormModal
      title={`Update ${service.serviceName}`}
      submit="Update"
      busy={busy}
      onSubmit={() => void update()}
      onClose={onClose}
    >
      {service.schedulingStrategy !== "DAEMON" && (
        <FormField label="Desired tasks">
          <Input type="number" value={count} onChange={({ detail }) => setCount(detail.value)} />
        </FormField>
      )}
      <FormField
        label="Task definition"
        description="family:revision; the family alone means its newest revision."
      >
        <Input value={definition} spellcheck={false} onChange={({ detail }) => setDefinition(detail.value)} />
      </FormField>
      <Checkbox
        checked={force}
        description="Every task is replaced, also when nothing changed."
        onChange={({ detail }) => setForce(detail.checked)}
      >
        Force new deployment
      </Checkbox>
    </FormModal>
  );
}
