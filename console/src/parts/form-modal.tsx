import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** A few fields in a dialog, sent by one button, or by Enter in a field that is not for searching. */
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
          // A dialog over this one is a form within this one to React, though not to the page.
          event.stopPropagation();
          if (disabled !== true && !isSearching()) onSubmit();
        }}
      >
        <SpaceBetween size="m">{children}</SpaceBetween>
        {/* Enter sends a form of several fields only when it has a button of its own. */}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Modal>
  );
}

/** Whether Enter was pressed in the filter of a table or a list: what is sought is not yet what is wanted. */
function isSearching(): boolean {
  return document.activeElement instanceof HTMLInputElement && document.activeElement.type === "search";
}
