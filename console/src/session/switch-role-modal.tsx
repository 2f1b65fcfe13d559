import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useClient } from "../aws/client.ts";
import { type Failure, failureOf } from "../aws/failure.ts";
import { beginSession, callerName, useSession } from "./session.ts";

/** Takes a role, of this account or another. */
export function SwitchRoleModal({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const sts = useClient(STSClient);
  const [account, setAccount] = useState(session?.account ?? "");
  const [role, setRole] = useState("");
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function take(): Promise<void> {
    if (session === undefined) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const { Credentials, AssumedRoleUser } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${account.trim()}:role/${role.trim()}`,
          // AWS: the console names the session after who takes the role.
          RoleSessionName: callerName(session)
            .replace(/[^\w+=,.@-]/g, "-")
            .slice(0, 64),
        }),
      );
      beginSession({
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? "",
          secretAccessKey: Credentials?.SecretAccessKey ?? "",
          sessionToken: Credentials?.SessionToken,
        },
        expiresAt: Credentials?.Expiration?.getTime(),
        account: account.trim(),
        arn: AssumedRoleUser?.Arn ?? "",
        before: session,
      });
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  }

  return (
    <Modal
      visible
      header="Switch role"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={() => void take()}>
              Switch role
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {failure !== undefined && (
          <Alert type="error" header={failure.code}>
            {failure.message}
          </Alert>
        )}
        <FormField label="Account ID">
          <Input value={account} inputMode="numeric" onChange={({ detail }) => setAccount(detail.value)} />
        </FormField>
        <FormField label="IAM role name" description="With its path, when it has one.">
          <Input value={role} spellcheck={false} onChange={({ detail }) => setRole(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
