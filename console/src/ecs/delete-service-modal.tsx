import { DeleteServiceCommand, ECSClient, type Service } from "@aws-sdk/client-ecs";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";

/** Deletes services. AWS's order: scale to 0, then delete; forced, ECS does both. */
export function DeleteServiceModal({
  services,
  onClose,
}: {
  readonly services: readonly Service[];
  readonly onClose: () => void;
}) {
  const ecs = useClient(ECSClient);
  const { run, busy } = useAction();
  const [force, setForce] = useState(false);
  const scaled = services.every((service) => service.desiredCount === 0);

  async function remove(): Promise<void> {
    await run(
      async () => {
        for (const { clusterArn: cluster, serviceName: service } of services) {
          await ecs.send(new DeleteServiceCommand({ cluster, service, force }));
        }
      },
      `Deleted ${services.map((service) => service.serviceName).join(", ")}.`,
    );
    onClose();
  }

  return (
    <ConfirmModal
      title={
        services.length === 1 ? `Delete ${services[0]?.serviceName}?` : `Delete ${services.length} services?`
      }
      confirm="Delete"
      typed="delete"
      busy={busy}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      {!scaled && (
        <div>A service is scaled to 0 before it is deleted. Update it first, or force the deletion.</div>
      )}
      <Checkbox checked={force} onChange={({ detail }) => setForce(detail.checked)}>
        Force delete
      </Checkbox>
    </ConfirmModal>
  );
}
