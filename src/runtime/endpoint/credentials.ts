import type { TaskSpec } from "../task.ts";
import type { TaskView } from "../task-engine/view.ts";

/** Credentials of a role, as SDKs in a container take them. */
export interface RoleCredentials {
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** An answer of the endpoint: what a container reads. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** AWS: the errors of the credentials endpoint (amazon-ecs-agent, `tmds/handlers`), by status. */
function refused(version: "V1" | "V2", status: number, code: string, text: string): EndpointAnswer {
  const message = `Credentials${version}Request: ${text}`;
  return { status, body: { code, message, HTTPErrorCode: status } };
}

/**
 * Answers `/v2/credentials/<id>` and `/v1/credentials?id=<id>`: the task role's credentials.
 * INVARIANT: nothing but a session of the task's own role is ever answered.
 * @param task the task of that id, when the caller may be it.
 */
export async function answerCredentials(
  version: "V1" | "V2",
  id: string,
  task: TaskView | undefined,
  credentialsOf: (task: TaskSpec) => Promise<RoleCredentials>,
): Promise<EndpointAnswer> {
  if (id === "") return refused(version, 400, "NoIdInRequest", "No Credential ID in the request");
  if (task === undefined) return refused(version, 400, "InvalidIdInRequest", "Credentials not found");
  let credentials: RoleCredentials;
  try {
    credentials = await credentialsOf(task.spec);
  } catch {
    // AWS: a role whose trust policy refuses the task vends nothing.
    return refused(version, 503, "CredentialsUninitialized", "Credentials uninitialized for ID");
  }
  return {
    status: 200,
    body: {
      RoleArn: credentials.roleArn,
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: new Date(credentials.expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
    },
  };
}
