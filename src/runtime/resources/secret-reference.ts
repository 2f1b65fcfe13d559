import type { Region } from "../../kernel/brand.ts";

/** What a secret's `valueFrom` names. */
export type SecretReference = SecretsManagerReference | ParameterReference;

export interface SecretsManagerReference {
  readonly source: "secretsmanager";
  readonly region: Region;
  /** The secret's ARN. */
  readonly secretId: string;
  readonly jsonKey?: string;
  readonly versionStage?: string;
  readonly versionId?: string;
}

export interface ParameterReference {
  readonly source: "ssm";
  /** The task's own when left out. */
  readonly region?: Region;
  readonly name: string;
}

/**
 * Reads `valueFrom` (Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables":
 * `arn:aws:secretsmanager:region:account:secret:name[:json-key[:version-stage[:version-id]]]`; a parameter by name or
 * ARN). Registration has refused everything else.
 */
export function readSecretReference(valueFrom: string): SecretReference {
  const [, , service, region, account, ...resource] = valueFrom.split(":");
  if (!valueFrom.startsWith("arn:")) return { source: "ssm", name: valueFrom };
  if (service === "ssm") {
    const path = resource.join(":").slice("parameter/".length);
    // A name in a hierarchy begins with a slash, which its ARN leaves out.
    return { source: "ssm", region: region as Region, name: path.includes("/") ? `/${path}` : path };
  }
  const [kind, name, jsonKey, versionStage, versionId] = resource;
  return {
    source: "secretsmanager",
    region: region as Region,
    secretId: `arn:aws:secretsmanager:${region}:${account}:${kind}:${name}`,
    ...(jsonKey && { jsonKey }),
    ...(versionStage && { versionStage }),
    ...(versionId && { versionId }),
  };
}
