import { clientFault } from "../faults.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** What a secret's `valueFrom` names. */
export type SecretSource = "secretsmanager" | "ssm";

/** Whether a value comes from Secrets Manager or from Parameter Store; `undefined` when it can be neither. */
export function secretSource(valueFrom: string): SecretSource | undefined {
  if (valueFrom.startsWith("arn:")) {
    if (/^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:.+/.test(valueFrom)) return "secretsmanager";
    if (/^arn:aws[\w-]*:ssm:[\w-]+:\d{12}:parameter\/.+/.test(valueFrom)) return "ssm";
    return undefined;
  }
  return /^[\w.,/-]{1,2048}$/.test(valueFrom) ? "ssm" : undefined;
}

/** Refuses secrets that cannot be read. Throws `ClientException`; the words are AWS's, seen in its answers. */
export function checkSecrets(container: RegisteredContainer, executionRoleArn: string | undefined): void {
  const secrets = container.secrets ?? [];
  const named = new Set((container.environment ?? []).map(({ name }) => name));
  for (const { name = "", valueFrom = "" } of [
    ...secrets,
    ...(container.logConfiguration?.secretOptions ?? []),
  ]) {
    if (name === "") throw clientFault("Secret.name should not be null or empty.");
    if (secretSource(valueFrom) !== undefined) continue;
    if (valueFrom.startsWith("arn:")) throw clientFault("Invalid arn syntax.");
    throw clientFault(
      `The Systems Manager parameter name specified for secret ${name} is invalid. The parameter name can be up to 2048 characters and include the following letters and symbols: a-zA-Z0-9_.-,`,
    );
  }
  for (const { name } of secrets) {
    if (named.has(name)) {
      throw clientFault(
        `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`,
      );
    }
    named.add(name);
  }
  const credentials = container.repositoryCredentials?.credentialsParameter;
  if (credentials !== undefined && secretSource(credentials) !== "secretsmanager") {
    if (credentials.startsWith("arn:") || credentials === "") throw clientFault("Invalid arn syntax.");
  }
  const needed = secrets.length > 0 || (container.logConfiguration?.secretOptions ?? []).length > 0;
  if (needed && !executionRoleArn) {
    throw clientFault(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  }
  if (credentials !== undefined && !executionRoleArn) {
    throw clientFault(
      "When you are specifying repository credentials, you must also specify a value for 'executionRoleArn'.",
    );
  }
}
