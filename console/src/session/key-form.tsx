import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { beginSession } from "./session.ts";
import { signInWithKey } from "./sign-in.ts";
import { SignInForm, type SignInWay } from "./sign-in-form.tsx";

/** Signs in with an access key, of root or a user, or with temporary credentials. */
export function KeyForm(way: SignInWay) {
  const [accessKeyId, setAccessKeyId] = useState("");
  const [secretAccessKey, setSecretAccessKey] = useState("");
  const [sessionToken, setSessionToken] = useState("");

  async function signIn(): Promise<void> {
    const token = sessionToken.trim();
    beginSession(
      await signInWithKey({
        ...{ accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() },
        ...(token === "" ? {} : { sessionToken: token }),
      }),
    );
  }

  return (
    <SignInForm {...way} signIn={signIn}>
      <FormField label="Access key ID">
        <Input
          value={accessKeyId}
          onChange={({ detail }) => setAccessKeyId(detail.value)}
          spellcheck={false}
          autoComplete="off"
          name="accessKeyId"
        />
      </FormField>
      <FormField label="Secret access key">
        <Input
          type="password"
          value={secretAccessKey}
          onChange={({ detail }) => setSecretAccessKey(detail.value)}
          autoComplete="off"
          name="secretAccessKey"
        />
      </FormField>
      <FormField label="Session token" description="For temporary credentials only.">
        <Input
          type="password"
          value={sessionToken}
          onChange={({ detail }) => setSessionToken(detail.value)}
          autoComplete="off"
          name="sessionToken"
        />
      </FormField>
    </SignInForm>
  );
}
