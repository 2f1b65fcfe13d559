import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** What a way to sign in is given. */
export interface SignInWay {
  readonly busy: boolean;
  /** Does it, and shows why it failed. */
  readonly submit: (signIn: () => Promise<void>) => void;
}

/** The fields of a way to sign in, and the button under them. */
export function SignInForm(props: SignInWay & { signIn: () => Promise<void>; children: ReactNode }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.submit(props.signIn);
      }}
    >
      <SpaceBetween size="m">
        {props.children}
        <Button variant="primary" formAction="submit" fullWidth loading={props.busy}>
          Sign in
        </Button>
      </SpaceBetween>
    </form>
  );
}
