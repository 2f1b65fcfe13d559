import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** A few fields in a dialog, sent by one button or by Enter. */
export function FormModal({
  title,
  submit,
  busy,
  size,
  disabled,
  children,
  onSubmit,
  onClose,
}: {
  readonly title: string;
  /** What the button says. */
  readonly submit: string;
  readonly busy: boolean;
  readonly size?: "medium" | "large";
  /** It cannot be sent as it stands. */
  readonly disabled?: boolean;
  readonly children: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      visible
      size={size ?? "medium"}
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled === true} onClick={onSubmit}>
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (disabled !== true) onSubmit();
        }}
      >
        <SpaceBetween size="m">{children}</SpaceBetween>
        {/* Enter sends a form of several fields only when it has a button of its own. */}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Modal>
  );
}
