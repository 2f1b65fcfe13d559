import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

/** Asks before something is done that cannot be taken back. */
export function ConfirmModal({
  title,
  confirm,
  typed,
  busy,
  children,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  /** What the button says: `Delete`. */
  readonly confirm: string;
  /** What must be typed first; nothing when left out. */
  readonly typed?: string;
  readonly busy: boolean;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState("");
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={busy}
              disabled={typed !== undefined && text !== typed}
              onClick={onConfirm}
            >
              {confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        {typed !== undefined && (
          <FormField label={`To confirm, type “${typed}”`}>
            <Input value={text} spellcheck={false} onChange={({ detail }) => setText(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
