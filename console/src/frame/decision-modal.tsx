import Modal from "@cloudscape-design/components/modal";
import { lazy, Suspense } from "react";
import { Waiting } from "../parts/waiting.tsx";

const Decision = lazy(async () => ({ default: (await import("./decision.tsx")).Decision }));

/** Why a call was refused or allowed, over the page. */
export function DecisionModal({
  requestId,
  onClose,
}: {
  readonly requestId: string;
  readonly onClose: () => void;
}) {
  return (
    <Modal visible size="large" header="Why it was decided so" closeAriaLabel="Close" onDismiss={onClose}>
      <Suspense fallback={<Waiting />}>
        <Decision requestId={requestId} />
      </Suspense>
    </Modal>
  );
}
