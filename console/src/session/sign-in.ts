import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientSettings } from "../aws/client.ts";
import type { Session } from "./session.ts";

/** Signs in with an access key: the key itself proves it, by asking who it belongs to. */
export async function signInWithKey(credentials: Session["credentials"]): Promise<Session> {
  return { credentials, ...(await identityOf(credentials)) };
}

/** Whose credentials they are. */
export async function identityOf(
  credentials: Session["credentials"],
): Promise<Pick<Session, "account" | "arn">> {
  const sts = new STSClient(clientSettings({ credentials }, "us-east-1"));
  const { Account: account = "", Arn: arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  return { account, arn };
}
