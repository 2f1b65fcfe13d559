import { CreateAccessKeyCommand, IAMClient } from "@aws-sdk/client-iam";
import { isAccountId } from "../kernel/account.ts";
import { startRoadstead } from "../main.ts";
import { createLog } from "../observe/log.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { Trouble } from "./trouble.ts";

/**
 * Makes a root access key of an account and prints it, once. It asks as the account's root on a loopback port of its
 * own: whoever may open the data folder is the operator, and the call is authorised and recorded like any other.
 */
export async function createAccount(
  flags: SettingFlags & { readonly account: string; readonly json?: boolean },
  dataDirectory: string,
): Promise<void> {
  const { account } = flags;
  if (!isAccountId(account)) {
    throw new Trouble(
      "The account cannot be made.",
      `'${account}' is not twelve digits`,
      "roadstead accounts create --account 111111111111",
    );
  }
  const { settings } = settingsOf(flags);
  const log = createLog("text", "error", (line) => process.stderr.write(line));
  const running = await startRoadstead({ ...settings, host: "127.0.0.1", port: 0 }, dataDirectory, log);
  try {
    const iam = new IAMClient({
      endpoint: running.url,
      region: "us-east-1",
      credentials: { accessKeyId: account, secretAccessKey: "test" },
    });
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({}));
    if (key === undefined) throw new Error("CreateAccessKey answered without a key");
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ account, accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey })}\n`
        : `Root key of account ${account}. The secret is not shown again.\n\nexport AWS_ACCESS_KEY_ID=${key.AccessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${key.SecretAccessKey}\n`,
    );
  } finally {
    await running.close();
  }
}
