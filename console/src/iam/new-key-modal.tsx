import type { AccessKey } from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { CodeText } from "../parts/code-text.tsx";

/** A new access key with its secret, which nobody sees again. */
export function NewKeyModal({
  accessKey,
  onClose,
}: {
  readonly accessKey: AccessKey;
  readonly onClose: () => void;
}) {
  return (
    <Modal visible header="Retrieve access key" closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="m">
        <Alert type="warning">This is the only time that the secret access key can be seen.</Alert>
        <CodeText name="access key ID" text={accessKey.AccessKeyId ?? ""} />
        <CodeText name="secret access key" text={accessKey.SecretAccessKey ?? ""} />
      </SpaceBetween>
    </Modal>
  );
}
