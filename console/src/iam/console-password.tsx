import {
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  GetLoginProfileCommand,
  IAMClient,
  UpdateLoginProfileCommand,
} from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ButtonRow } from "../parts/button-row.tsx";
import { Details } from "../parts/details.tsx";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { FormModal } from "../parts/form-modal.tsx";
import { shownTime } from "../parts/time.tsx";

/** Whether a user may sign in to the console, and the password for it. */
export function ConsolePassword({ user: UserName, arn }: { readonly user: string; readonly arn: string }) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [password, setPassword] = useState<string>();
  const [reset, setReset] = useState(true);
  const query = useQuery(async () => {
    try {
      return (await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile;
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
      throw error;
    }
  }, [iam, UserName]);
  const profile = query.value;

  async function save(Password: string): Promise<void> {
    const wanted = { UserName, Password, PasswordResetRequired: reset };
    const work = () =>
      profile === undefined
        ? iam.send(new CreateLoginProfileCommand(wanted))
        : iam.send(new UpdateLoginProfileCommand(wanted));
    if (!(await run(work, "Set the console password."))) return;
    setPassword(undefined);
    query.reload();
  }

  async function remove(): Promise<void> {
    await run(
      () => iam.send(new DeleteLoginProfileCommand({ UserName })),
      "The user may no longer sign in to the console.",
    );
    query.reload();
  }

  if (query.failure !== undefined) return <FailureAlert failure={query.failure} what="Console sign-in" />;
  return (
    <>
      <Details
        title="Console sign-in"
        facts={{
          "Console access": query.loading ? "" : profile === undefined ? "Disabled" : "Enabled",
          "Password set": profile?.CreateDate && shownTime(profile.CreateDate),
          "Change at next sign-in": profile && (profile.PasswordResetRequired === true ? "Yes" : "No"),
        }}
        actions={
          <ButtonRow>
            <ActionButton
              needs={[{ action: "iam:DeleteLoginProfile", resource: arn }]}
              disabled={profile === undefined}
              loading={busy}
              onClick={() => void remove()}
            >
              Disable
            </ActionButton>
            <ActionButton
              needs={[
                {
                  action: profile === undefined ? "iam:CreateLoginProfile" : "iam:UpdateLoginProfile",
                  resource: arn,
                },
              ]}
              onClick={() => setPassword("")}
            >
              {profile === undefined ? "Enable console access" : "Set password"}
            </ActionButton>
          </ButtonRow>
        }
      />
      {password !== undefined && (
        <FormModal
          title="Console password"
          submit="Set password"
          busy={busy}
          disabled={password === ""}
          onSubmit={() => void save(password)}
          onClose={() => setPassword(undefined)}
        >
          <FormField label="New password">
            <Input
              type="password"
              autoComplete="new-password"
              value={password}
              onChange={({ detail }) => setPassword(detail.value)}
            />
          </FormField>
          <Toggle checked={reset} onChange={({ detail }) => setReset(detail.checked)}>
            The user must set another at the next sign-in
          </Toggle>
        </FormModal>
      )}
    </>
  );
}
