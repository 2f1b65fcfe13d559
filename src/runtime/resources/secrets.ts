import type { Secret } from "@aws-sdk/client-ecs";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand } from "@aws-sdk/client-ssm";
import type { TaskFailure } from "../task-engine/ports.ts";
import type { RoleClient } from "./role-client.ts";
import {
  type ParameterReference,
  readSecretReference,
  type SecretsManagerReference,
} from "./secret-reference.ts";
import { operationError, resourceFailure } from "./service-error.ts";

/** API Reference, "GetParameters". */
const mostParameters = 10;

/** The values of secrets by their names. Throws a `TaskFailure` with AWS's text. */
export async function fetchSecrets(
  role: RoleClient,
  secrets: readonly Secret[],
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  const parameters: { readonly name: string; readonly reference: ParameterReference }[] = [];
  for (const { name = "", valueFrom = "" } of secrets) {
    const reference = readSecretReference(valueFrom);
    if (reference.source === "ssm") parameters.push({ name, reference });
    else values[name] = await fetchSecretValue(role, reference);
  }
  for (const region of new Set(parameters.map(({ reference }) => reference.region))) {
    const wanted = parameters.filter(({ reference }) => reference.region === region);
    const names = [...new Set(wanted.map(({ reference }) => reference.name))];
    const found = new Map<string, string>();
    for (let i = 0; i < names.length; i += mostParameters) {
      const some = await fetchParameters(role, names.slice(i, i + mostParameters), region);
      for (const [name, value] of some) found.set(name, value);
    }
    for (const { name, reference } of wanted) values[name] = found.get(reference.name) ?? "";
  }
  return values;
}

/** One secret, whole or one key of its JSON. Throws a `TaskFailure` with AWS's text. */
export async function fetchSecretValue(
  role: RoleClient,
  reference: SecretsManagerReference,
): Promise<string> {
  const { secretId, jsonKey, versionStage, versionId, region } = reference;
  const command = new GetSecretValueCommand({
    SecretId: secretId,
    ...(versionStage !== undefined && { VersionStage: versionStage }),
    ...(versionId !== undefined && { VersionId: versionId }),
  });
  const { SecretString = "" } = await role.send(command, { region }).catch((error: unknown) => {
    throw notRetrieved(
      `failed to fetch secret ${secretId} from secrets manager: ${operationError("Secrets Manager", "GetSecretValue", error)}`,
      error,
    );
  });
  return jsonKey === undefined ? SecretString : jsonMember(SecretString, jsonKey);
}

function jsonMember(text: string, key: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Ours. INVARIANT: never the text itself.
    throw notRetrieved("retrieved secret from Secrets Manager is not JSON");
  }
  const member =
    typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, key)
      ? (parsed as Readonly<Record<string, unknown>>)[key]
      : undefined;
  if (member === undefined) {
    throw notRetrieved(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  }
  return typeof member === "string" ? member : JSON.stringify(member);
}

function notRetrieved(what: string, cause?: unknown): TaskFailure {
  return resourceFailure(
    `unable to retrieve secret from asm: service call has been retried 1 time(s): ${what}`,
    cause,
  );
}

async function fetchParameters(
  role: RoleClient,
  names: readonly string[],
  region: ParameterReference["region"],
): Promise<ReadonlyMap<string, string>> {
  const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
  const answer = await role.send(command, { region }).catch((error: unknown) => {
    throw resourceFailure(
      `unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${operationError("SSM", "GetParameters", error)}`,
      error,
    );
  });
  const invalid = answer.InvalidParameters ?? [];
  if (invalid.length > 0) {
    throw resourceFailure(
      `unable to retrieve secrets from ssm: invalid ssm parameters: ${invalid.join(", ")}`,
    );
  }
  return new Map((answer.Parameters ?? []).map(({ Name = "", Value = "" }) => [Name, Value]));
}
