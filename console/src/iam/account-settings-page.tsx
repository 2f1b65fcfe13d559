import {
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  IAMClient,
  ListAccountAliasesCommand,
  type PasswordPolicy,
  UpdateAccountPasswordPolicyCommand,
} from "@aws-sdk/client-iam";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ButtonRow } from "../parts/button-row.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { useSession } from "../session/session.ts";

/** IAM → Account settings: the password policy, and how much of its quotas the account has used. */
export function AccountSettingsPage() {
  const iam = useClient(IAMClient);
  const session = useSession();
  const query = useQuery(async () => {
    const [policy, { AccountAliases: aliases = [] }, { SummaryMap: summary = {} }] = await Promise.all([
      passwordPolicy(iam),
      iam.send(new ListAccountAliasesCommand({})),
      iam.send(new GetAccountSummaryCommand({})),
    ]);
    return { policy, aliases, summary };
  }, [iam]);
  return (
    <ResourcePage title="Account settings" query={query}>
      {({ policy, aliases, summary }) => (
        <>
          <Details
            title="Account"
            facts={{
              "Account ID": session?.account,
              Alias: aliases.join(", "),
              Users: `${summary.Users ?? 0} of ${summary.UsersQuota ?? "–"}`,
              Groups: `${summary.Groups ?? 0} of ${summary.GroupsQuota ?? "–"}`,
              Roles: `${summary.Roles ?? 0} of ${summary.RolesQuota ?? "–"}`,
              Policies: `${summary.Policies ?? 0} of ${summary.PoliciesQuota ?? "–"}`,
            }}
          />
          <PasswordRules key={JSON.stringify(policy)} policy={policy} onSaved={query.reload} />
        </>
      )}
    </ResourcePage>
  );
}

const requirements = [
  ["RequireUppercaseCharacters", "At least one uppercase letter"],
  ["RequireLowercaseCharacters", "At least one lowercase letter"],
  ["RequireNumbers", "At least one number"],
  ["RequireSymbols", "At least one non-alphanumeric character"],
  ["AllowUsersToChangePassword", "Users may change their own password"],
] as const;

/** What IAM demands of passwords while an account has no policy of its own (IAM User Guide, "Default password policy"). */
const defaults: PasswordPolicy = { MinimumPasswordLength: 8 };

function PasswordRules({
  policy,
  onSaved,
}: {
  readonly policy: PasswordPolicy | undefined;
  readonly onSaved: () => void;
}) {
  const iam = useClient(IAMClient);
  const { run, busy } = useAction();
  const [draft, setDraft] = useState<PasswordPolicy>(policy ?? defaults);

  async function save(): Promise<void> {
    const { MinimumPasswordLength, MaxPasswordAge, PasswordReusePrevention, HardExpiry } = draft;
    const command = new UpdateAccountPasswordPolicyCommand({
      ...{ MinimumPasswordLength, HardExpiry },
      ...(MaxPasswordAge ? { MaxPasswordAge } : {}),
      ...(PasswordReusePrevention ? { PasswordReusePrevention } : {}),
      ...Object.fromEntries(requirements.map(([name]) => [name, draft[name] === true])),
    });
    if (await run(() => iam.send(command), "Saved the password policy.")) onSaved();
  }

  async function reset(): Promise<void> {
    const command = new DeleteAccountPasswordPolicyCommand({});
    if (await run(() => iam.send(command), "The default password policy applies.")) onSaved();
  }

  const numbers = [
    ["MinimumPasswordLength", "Minimum length", "6 to 128 characters."],
    ["MaxPasswordAge", "Expires after", "Days; empty: never."],
    ["PasswordReusePrevention", "No password as before", "So many of the last; empty: any."],
  ] as const;

  return (
    <Container
      header={
        <Header
          variant="h2"
          description={policy === undefined ? "The default of IAM applies." : "The account has its own."}
          actions={
            <ButtonRow>
              <ActionButton
                needs={[{ action: "iam:DeleteAccountPasswordPolicy", resource: "*" }]}
                disabled={policy === undefined}
                loading={busy}
                onClick={() => void reset()}
              >
                Reset to default
              </ActionButton>
              <ActionButton
                variant="primary"
                needs={[{ action: "iam:UpdateAccountPasswordPolicy", resource: "*" }]}
                loading={busy}
                onClick={() => void save()}
              >
                Save
              </ActionButton>
            </ButtonRow>
          }
        >
          Password policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        {numbers.map(([name, label, description]) => (
          <FormField key={name} label={label} description={description}>
            <Input
              type="number"
              value={draft[name] === undefined ? "" : String(draft[name])}
              onChange={({ detail }) =>
                setDraft({ ...draft, [name]: detail.value === "" ? undefined : Number(detail.value) })
              }
            />
          </FormField>
        ))}
        {requirements.map(([name, label]) => (
          <Toggle
            key={name}
            checked={draft[name] === true}
            onChange={({ detail }) => setDraft({ ...draft, [name]: detail.checked })}
          >
            {label}
          </Toggle>
        ))}
      </SpaceBetween>
    </Container>
  );
}

async function passwordPolicy(iam: IAMClient): Promise<PasswordPolicy | undefined> {
  try {
    return (await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
    throw error;
  }
}
