import Box from "@cloudscape-design/components/box";
import Modal from "@cloudscape-design/components/modal";

/** Why a call was refused: the decision behind it. */
export function DecisionModal({
  requestId,
  onClose,
}: {
  readonly requestId: string;
  readonly onClose: () => void;
}) {
  return (
    <Modal visible size="large" header="Why" closeAriaLabel="Close" onDismiss={onClose}>
      <Box>{requestId}</Box>
    </Modal>
  );
}
