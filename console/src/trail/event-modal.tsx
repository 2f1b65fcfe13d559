import type { Event } from "@aws-sdk/client-cloudtrail";
import Modal from "@cloudscape-design/components/modal";
import Tabs from "@cloudscape-design/components/tabs";
import { Decision } from "../frame/decision.tsx";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { recordOf } from "./record.ts";

/** One event: its record, and the decision behind it. */
export function EventModal({ event, onClose }: { readonly event: Event; readonly onClose: () => void }) {
  const { requestID } = recordOf(event);
  return (
    <Modal
      visible
      size="large"
      header={event.EventName ?? "Event"}
      closeAriaLabel="Close"
      onDismiss={onClose}
    >
      <Tabs
        ariaLabel="About the event"
        tabs={[
          {
            id: "decision",
            label: "Decision",
            content: requestID === undefined ? "It was no call." : <Decision requestId={requestID} />,
          },
          {
            id: "record",
            label: "Event record",
            content: <CodeText name="event record" text={formatted(event.CloudTrailEvent ?? "")} />,
          },
        ]}
      />
    </Modal>
  );
}
