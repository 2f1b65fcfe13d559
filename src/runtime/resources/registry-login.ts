import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import type { ImageSource } from "../task-engine/ports.ts";
import { type EcrImage, readEcrImage, registryHost } from "./ecr-image.ts";
import type { ExecutionRole, RoleClient } from "./role-client.ts";
import { readSecretReference } from "./secret-reference.ts";
import { fetchSecretValue } from "./secrets.ts";
import { operationError, resourceFailure } from "./service-error.ts";

/**
 * Where the engine finds a container's image and with what login: a registry of this Roadstead with the execution
 * role's token, another with the `repositoryCredentials` that the role may read, or as it stands.
 * @param reference an image of a registry of this Roadstead, by a name that the engine reaches.
 * @throws TaskFailure
 */
export async function registryLogin(
  task: TaskSpec,
  container: ContainerSpec,
  executionRole: ExecutionRole,
  reference: (image: EcrImage) => string,
): Promise<ImageSource> {
  const { image, repositoryCredentials } = container.definition;
  const parameter = repositoryCredentials?.credentialsParameter;
  const own = readEcrImage(image);
  if (parameter === undefined && own === undefined) return {};
  const role = executionRole(task);
  if (role === undefined) throw resourceFailure("the task has no execution role");
  if (parameter !== undefined) {
    return { login: await storedLogin(role, parameter, registryHost(image), task) };
  }
  if (own === undefined) return {};
  const named = reference(own);
  return { reference: named, login: { ...(await ecrLogin(role, own)), serverAddress: registryHost(named) } };
}

async function ecrLogin(role: RoleClient, { account, region }: EcrImage) {
  const command = new GetAuthorizationTokenCommand({ registryIds: [account] });
  const { authorizationData } = await role.send(command, { region }).catch((error: unknown) => {
    throw resourceFailure(
      `unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${operationError("ECR", "GetAuthorizationToken", error)}`,
      error,
    );
  });
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
  const colon = token.indexOf(":");
  return { username: token.slice(0, colon), password: token.slice(colon + 1) };
}

/** Developer Guide, "Private registry authentication": a secret with a user name and a password. */
async function storedLogin(role: RoleClient, parameter: string, serverAddress: string, task: TaskSpec) {
  const arn = parameter.startsWith("arn:")
    ? parameter
    : `arn:aws:secretsmanager:${task.region}:${task.account}:secret:${parameter}`;
  const reference = readSecretReference(arn);
  if (reference.source !== "secretsmanager") throw resourceFailure(`${parameter} is not a secret`);
  const text = await fetchSecretValue(role, reference);
  const { username, password } = credentialsIn(text);
  if (username === undefined || password === undefined) {
    // Ours. INVARIANT: never the text itself.
    throw resourceFailure(`the secret ${parameter} has no username and password`);
  }
  return { username, password, serverAddress };
}

function credentialsIn(text: string): { readonly username?: string; readonly password?: string } {
  try {
    const { username, password } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof username === "string" && typeof password === "string") return { username, password };
  } catch {
    // Not JSON: it has neither.
  }
  return {};
}
