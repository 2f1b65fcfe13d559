import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type Failure, failureOf } from "../aws/failure.ts";
import { KeyForm } from "./key-form.tsx";
import { PasswordForm } from "./password-form.tsx";
import { lastEnding } from "./session.ts";
import "./sign-in-page.css";

type Way = "password" | "key";

const key = "roadstead.sign-in";

const endings = {
  expired: "Your session has ended. Sign in again; you come back to this page.",
  "signed-out": "You have signed out.",
} as const;

/** Asks who is there. It stands at the address of the page that was asked for, which is shown afterwards. */
export function SignInPage() {
  const [way, setWay] = useState<Way>(localStorage.getItem(key) === "password" ? "password" : "key");
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const ending = lastEnding();

  async function submit(signIn: () => Promise<void>): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  }

  const form = { busy, submit: (signIn: () => Promise<void>) => void submit(signIn) };
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
        <Container header={<Header variant="h2">Sign in</Header>}>
          <SpaceBetween size="l">
            <SegmentedControl
              label="Way to sign in"
              selectedId={way}
              onChange={({ detail }) => {
                localStorage.setItem(key, detail.selectedId);
                setFailure(undefined);
                setWay(detail.selectedId === "password" ? "password" : "key");
              }}
              options={[
                { id: "key", text: "Access key" },
                { id: "password", text: "IAM user" },
              ]}
            />
            {way === "key" ? <KeyForm {...form} /> : <PasswordForm {...form} />}
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </main>
  );
}
