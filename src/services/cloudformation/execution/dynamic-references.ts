import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Client } from "../../../dispatch/context.ts";
import { validationError } from "../faults.ts";
import type { Properties } from "../resource-types/resource-type.ts";
import { isMap, type TemplateValue } from "../template/template.ts";

const reference = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

/**
 * Properties with `{{resolve:…}}` replaced (CloudFormation User Guide, "Dynamic references"). What they give is used for
 * the call and kept nowhere. Faults: those of the calls, `ValidationError`.
 */
export async function withDynamicReferences(client: Client, properties: Properties): Promise<Properties> {
  const texts = new Set<string>();
  gather(properties, texts);
  if (texts.size === 0) return properties;
  const values = new Map<string, string>();
  for (const text of texts) {
    const [, service = "", rest = ""] = new RegExp(reference.source).exec(text) ?? [];
    values.set(
      text,
      service === "secretsmanager" ? await secret(client, rest) : await parameter(client, rest),
    );
  }
  return replace(properties, values) as Properties;
}

function gather(value: TemplateValue, found: Set<string>): void {
  if (typeof value === "string") for (const [text] of value.matchAll(reference)) found.add(text);
  else if (Array.isArray(value)) for (const item of value) gather(item, found);
  else if (isMap(value)) for (const item of Object.values(value)) gather(item, found);
}

function replace(value: TemplateValue, values: ReadonlyMap<string, string>): TemplateValue {
  if (typeof value === "string") return value.replace(reference, (text) => values.get(text) ?? text);
  if (Array.isArray(value)) return value.map((item) => replace(item, values));
  if (isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, values)]));
  }
  return value;
}

/** `<name>[:<version>]`. */
async function parameter(client: Client, name: string): Promise<string> {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  return Parameter?.Value ?? "";
}

/** `<id or ARN>[:SecretString[:<JSON key>[:<version stage>[:<version id>]]]]`. */
async function secret(client: Client, text: string): Promise<string> {
  const [, id = "", rest = ""] =
    /^(arn:[^:]+:[^:]+:[^:]+:[^:]+:secret:[^:]+|[^:]+)(?::(.*))?$/.exec(text) ?? [];
  const [kind = "SecretString", key = "", stage = "", version = ""] = rest === "" ? [] : rest.split(":");
  if (kind !== "SecretString")
    throw validationError(`Incorrect format of the dynamic reference: ${kind} must be SecretString`);
  const answer = await client.send(
    new GetSecretValueCommand({
      SecretId: id,
      ...(stage !== "" && { VersionStage: stage }),
      ...(version !== "" && { VersionId: version }),
    }),
  );
  const value = answer.SecretString ?? "";
  if (key === "") return value;
  const parsed: unknown = parse(value);
  const found =
    typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>)[key] : undefined;
  if (found === undefined)
    throw validationError(`Could not find a value associated with JSONKey in SecretString`);
  return typeof found === "string" ? found : JSON.stringify(found);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw validationError("Could not parse SecretString JSON");
  }
}
