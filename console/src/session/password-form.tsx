import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { beginSession } from "./session.ts";
import { signInWithPassword } from "./sign-in.ts";
import { SignInForm, type SignInWay } from "./sign-in-form.tsx";

const asked = {
  mfa: "Enter the code that your MFA device shows.",
  "new-password": "Your password must be changed. Choose a new one.",
} as const;

/** Signs in as an IAM user: account, name and password; then what else is asked for. */
export function PasswordForm(way: SignInWay) {
  const [account, setAccount] = useState(localStorage.getItem("roadstead.account") ?? "");
  const [userName, setUserName] = useState("");
  const [password, setPassword] = useState("");
  const [mfaCode, setMfaCode] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const [more, setMore] = useState<keyof typeof asked>();

  async function signIn(): Promise<void> {
    const answer = await signInWithPassword({
      ...{ account: account.trim(), userName: userName.trim(), password },
      ...(mfaCode === "" ? {} : { mfaCode: mfaCode.trim() }),
      ...(newPassword === "" ? {} : { newPassword }),
    });
    if (typeof answer === "string") {
      // A code works once: with a new password another one is asked for.
      if (answer === "new-password") setMfaCode("");
      setMore(answer);
      return;
    }
    localStorage.setItem("roadstead.account", account.trim());
    beginSession(answer);
  }

  return (
    <SignInForm {...way} signIn={signIn}>
      <FormField label="Account ID or alias">
        <Input
          value={account}
          onChange={({ detail }) => setAccount(detail.value)}
          spellcheck={false}
          name="account"
        />
      </FormField>
      <FormField label="IAM user name">
        <Input
          value={userName}
          onChange={({ detail }) => setUserName(detail.value)}
          spellcheck={false}
          autoComplete="username"
          name="username"
        />
      </FormField>
      <FormField label="Password">
        <Input
          type="password"
          value={password}
          onChange={({ detail }) => setPassword(detail.value)}
          autoComplete="current-password"
          name="password"
        />
      </FormField>
      {more !== undefined && <Alert type="info">{asked[more]}</Alert>}
      {(more === "mfa" || mfaCode !== "") && (
        <FormField label="MFA code">
          <Input
            value={mfaCode}
            onChange={({ detail }) => setMfaCode(detail.value)}
            inputMode="numeric"
            autoComplete="one-time-code"
            name="mfaCode"
          />
        </FormField>
      )}
      {more === "new-password" && (
        <FormField label="New password">
          <Input
            type="password"
            value={newPassword}
            onChange={({ detail }) => setNewPassword(detail.value)}
            autoComplete="new-password"
            name="newPassword"
          />
        </FormField>
      )}
    </SignInForm>
  );
}
