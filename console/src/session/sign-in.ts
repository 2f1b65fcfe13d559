import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientSettings } from "../aws/client.ts";
import type { Session } from "./session.ts";

/** Signs in with an access key: the key itself proves it, by asking who it belongs to. */
export async function signInWithKey(credentials: Session["credentials"]): Promise<Session> {
  const sts = new STSClient(clientSettings({ credentials }, "us-east-1"));
  const { Account: account = "", Arn: arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  return { credentials, account, arn };
}

/** What a user types. */
export interface PasswordSignIn {
  readonly account: string;
  readonly userName: string;
  readonly password: string;
  readonly mfaCode?: string;
  readonly newPassword?: string;
}

/** A session, or what else is asked for. */
export type PasswordAnswer = Session | "mfa" | "new-password";

/** Signs in with a password. Throws an error with the words for the person. */
export async function signInWithPassword(input: PasswordSignIn): Promise<PasswordAnswer> {
  const response = await fetch("/_roadstead/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as
    | ({ readonly outcome: "signed-in" } & Session)
    | { readonly outcome: "mfa" | "new-password" }
    | { readonly outcome: "refused"; readonly message: string }
    | { readonly outcome?: undefined; readonly message: string };
  if ("message" in answer) throw new Error(answer.message);
  if (answer.outcome !== "signed-in") return answer.outcome;
  const { account, arn, credentials, expiresAt } = answer;
  return { account, arn, credentials, expiresAt };
}
