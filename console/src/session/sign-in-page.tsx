import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { type Failure, failureOf } from "../aws/failure.ts";
import { beginSession, lastEnding } from "./session.ts";
import { signInWithKey } from "./sign-in.ts";
import "./sign-in-page.css";

const endings = {
  expired: "Your session has ended. Sign in again; you come back to this page.",
  "signed-out": "You have signed out.",
} as const;

/** Asks who is there. It stands at the address of the page that was asked for, which is shown afterwards. */
export function SignInPage() {
  const [accessKeyId, setAccessKeyId] = useState("");
  const [secretAccessKey, setSecretAccessKey] = useState("");
  const [sessionToken, setSessionToken] = useState("");
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const ending = lastEnding();

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      const token = sessionToken.trim();
      beginSession(
        await signInWithKey({
          accessKeyId: accessKeyId.trim(),
          secretAccessKey: secretAccessKey.trim(),
          ...(token === "" ? {} : { sessionToken: token }),
        }),
      );
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <Box textAlign="center">
          <img src="/mark.svg" alt="" width="56" height="56" />
          <Box variant="h1">Roadstead</Box>
        </Box>
        {ending !== undefined && failure === undefined && <Alert type="info">{endings[ending]}</Alert>}
        {failure !== undefined && (
          <Alert type="error" header="You are not signed in">
            {failure.message}
          </Alert>
        )}
        <form onSubmit={(event) => void signIn(event)}>
          <Container header={<Header variant="h2">Sign in with an access key</Header>}>
            <Form
              actions={
                <Button variant="primary" formAction="submit" loading={busy}>
                  Sign in
                </Button>
              }
            >
              <SpaceBetween size="m">
                <FormField label="Access key ID">
                  <Input
                    value={accessKeyId}
                    onChange={({ detail }) => setAccessKeyId(detail.value)}
                    autoFocus
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
              </SpaceBetween>
            </Form>
          </Container>
        </form>
      </SpaceBetween>
    </main>
  );
}
