import { ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { FormModal } from "../parts/form-modal.tsx";
import { firstLaunch, LaunchForm, networkOf } from "./launch-form.tsx";

/** Runs tasks of a definition, which nobody replaces when they end. */
export function RunTaskModal({
  cluster,
  onClose,
}: {
  readonly cluster: string;
  readonly onClose: () => void;
}) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const [launch, setLaunch] = useState(firstLaunch);

  async function start(): Promise<void> {
    const done = await run(async () => {
      const { failures = [] } = await ecs.send(
        new RunTaskCommand({
          cluster,
          taskDefinition: launch.definition,
          count: Number(launch.count),
          launchType: launch.launchType,
          networkConfiguration: networkOf(launch),
          enableExecuteCommand: launch.exec,
        }),
      );
      const [failure] = failures;
      // AWS: what could not be placed is told in an answer that went well.
      if (failure !== undefined) throw new Error(`${failure.arn ?? "The task"}: ${failure.reason}`);
    }, "The tasks have been started.");
    if (done) onClose();
  }

  return (
    <FormModal
      title="Run task"
      submit="Run"
      size="large"
      busy={busy}
      onSubmit={() => void start()}
      onClose={onClose}
    >
      <LaunchForm launch={launch} countLabel="Number of tasks" onChange={setLaunch} />
    </FormModal>
  );
}
