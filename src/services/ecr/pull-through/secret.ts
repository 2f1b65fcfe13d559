import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Client } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../../kernel/json.ts";
import { secretNotFound, unableToAccessSecret, unableToDecryptSecret } from "./faults.ts";

/** Whom to be at an upstream registry. */
export interface UpstreamCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads the secret of a rule: JSON with `username` and `accessToken` (User Guide, "Storing your upstream repository
 * credentials in an AWS Secrets Manager secret").
 * @param role calls as AWSServiceRoleForECRPullThroughCache: nobody else reads it.
 * @throws Fault `SecretNotFoundException`, `UnableToAccessSecretException`, `UnableToDecryptSecretValueException`.
 */
export async function readSecret(role: Client, credentialArn: string): Promise<UpstreamCredentials> {
  const text = await secretText(role, credentialArn);
  const secret = parseJson(text);
  if (!isJsonObject(secret)) throw unableToAccessSecret(new Error("the secret is no JSON object"));
  const { username, accessToken } = secret;
  if (typeof username !== "string" || typeof accessToken !== "string" || accessToken === "") {
    throw unableToAccessSecret(new Error("the secret needs the keys username and accessToken"));
  }
  return { username, password: accessToken };
}

async function secretText(role: Client, SecretId: string): Promise<string> {
  try {
    const { SecretString = "" } = await role.send(new GetSecretValueCommand({ SecretId }));
    return SecretString;
  } catch (error) {
    if (isFault(error, "ResourceNotFoundException")) throw secretNotFound(error);
    if (isFault(error, "DecryptionFailure")) throw unableToDecryptSecret(error);
    // Denied, marked for deletion, the role is gone: in any case it cannot be read.
    if (isFault(error)) throw unableToAccessSecret(error);
    throw error;
  }
}
