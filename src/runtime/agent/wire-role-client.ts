import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { Fault } from "../../kernel/fault.ts";
import type { RoleClient } from "../resources/role-client.ts";
import type { PayloadCredentials } from "./payload-task.ts";

/** Any client of the SDK, made for one call. */
interface OneCall {
  send(command: object): Promise<unknown>;
  destroy(): void;
}

type ClientClass = new (settings: object) => OneCall;

/** The clients of the services that tasks are begun and logged with, by the namespace of their commands. */
const clients: Readonly<Record<string, unknown>> = {
  "com.amazonaws.cloudwatchlogs": CloudWatchLogsClient,
  "com.amazonaws.ecr": ECRClient,
  "com.amazonaws.ecs": ECSClient,
  "com.amazonaws.secretsmanager": SecretsManagerClient,
  "com.amazonaws.ssm": SSMClient,
};

/** Calls Roadstead over its address as a role of a task, with the credentials that the agent was last given. */
export function wireRoleClient(
  endpoint: string,
  ownRegion: string,
  credentials: () => PayloadCredentials,
): RoleClient {
  return {
    async send(command, options = {}) {
      const { accessKeyId, secretAccessKey, sessionToken } = credentials();
      const Client = clientOf(command);
      const client = new Client({
        endpoint,
        region: options.region ?? ownRegion,
        credentials: { accessKeyId, secretAccessKey, sessionToken },
      });
      try {
        return (await client.send(command)) as never;
      } catch (error) {
        throw asFault(error);
      } finally {
        client.destroy();
      }
    },
  };
}

function clientOf(command: object): ClientClass {
  const schema: unknown = "schema" in command ? command.schema : undefined;
  const namespace: unknown = Array.isArray(schema) ? schema[1] : undefined;
  const found = typeof namespace === "string" ? clients[namespace] : undefined;
  if (found === undefined) throw new Error(`no client for commands of ${namespace}`);
  return found as ClientClass;
}

/** A refusal over the wire, as it is in process. */
function asFault(error: unknown): unknown {
  if (!(error instanceof Error) || !("$metadata" in error)) return error;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  if (httpStatusCode === undefined) return error;
  return new Fault(error.name, error.message, { status: httpStatusCode, cause: error });
}
