import { CreateServiceCommand, ECSClient } from "@aws-sdk/client-ecs";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";
import { firstLaunch, LaunchForm, networkOf } from "./launch-form.tsx";

/** Creates a service: so many tasks of a definition, which ECS keeps running. */
export function CreateServiceModal({
  cluster,
  onClose,
}: {
  readonly cluster: string;
  readonly onClose: () => void;
}) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const [serviceName, setServiceName] = useState("");
  const [launch, setLaunch] = useState(firstLaunch);

  async function create(): Promise<void> {
    const done = await run(
      () =>
        ecs.send(
          new CreateServiceCommand({
            cluster,
            serviceName: serviceName.trim(),
            taskDefinition: launch.definition,
            desiredCount: Number(launch.count),
            launchType: launch.launchType,
            networkConfiguration: networkOf(launch),
            enableExecuteCommand: launch.exec,
          }),
        ),
      `Created the service ${serviceName.trim()}.`,
    );
    if (done) onClose();
  }

  return (
    <FormModal
      title="Create service"
      submit="Create"
      size="large"
      busy={busy}
      onSubmit={() => void create()}
      onClose={onClose}
    >
      <FormField label="Service name">
        <Input
          value={serviceName}
          spellcheck={false}
          onChange={({ detail }) => setServiceName(detail.value)}
        />
      </FormField>
      <LaunchForm launch={launch} countLabel="Desired tasks" onChange={setLaunch} />
    </FormModal>
  );
}
