import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { minute } from "../../kernel/duration.ts";
import type { RoleCredentials } from "../../runtime/endpoint/credentials.ts";
import { tasksPrincipal } from "../../services/ecs/role.ts";
import type { LoopPorts } from "../ports.ts";

/** The task for which credentials are made. */
export interface CredentialedTask {
  readonly account: AccountId;
  readonly region: Region;
  readonly taskArn: string;
  readonly taskId: string;
}

/** Credentials of the roles that tasks were given. */
export interface TaskCredentials {
  /**
   * Credentials of one of a task's roles, good for half an hour at least. AWS: the session is named after the task,
   * and the task's ARN is `aws:SourceArn` for the role's trust policy. Throws the `Fault` of a role that refuses.
   */
  of(task: CredentialedTask, roleArn: string): Promise<RoleCredentials>;
}

/** What is left of a session when another is made, in ms: SDKs ask again a quarter of an hour before the end. */
const renewBefore = 30 * minute;

/** Makes the credentials by calls of AssumeRole in the name of ECS tasks, and keeps them until they are to be renewed. */
export function createTaskCredentials({
  clientOf,
  clock,
}: Pick<LoopPorts, "clientOf" | "clock">): TaskCredentials {
  const known = new Map<string, RoleCredentials>();
  const coming = new Map<string, Promise<RoleCredentials>>();

  async function assume(task: CredentialedTask, roleArn: string): Promise<RoleCredentials> {
    const service = clientOf(tasksPrincipal, task.account, task.region, task.taskArn as Arn);
    const { Credentials } = await service.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: task.taskId }),
    );
    if (Credentials === undefined) throw new Error(`AssumeRole answered no credentials for ${roleArn}`);
    return {
      roleArn,
      accessKeyId: Credentials.AccessKeyId ?? "",
      secretAccessKey: Credentials.SecretAccessKey ?? "",
      sessionToken: Credentials.SessionToken ?? "",
      expiresAt: Credentials.Expiration?.getTime() ?? 0,
    };
  }

  async function renew(key: string, task: CredentialedTask, roleArn: string): Promise<RoleCredentials> {
    try {
      const made = await assume(task, roleArn);
      const now = clock.now();
      for (const [old, { expiresAt }] of known) if (expiresAt <= now) known.delete(old);
      known.set(key, made);
      return made;
    } finally {
      coming.delete(key);
    }
  }

  return {
    async of(task, roleArn) {
      const key = `${task.taskArn} ${roleArn}`;
      const have = known.get(key);
      if (have !== undefined && have.expiresAt - clock.now() > renewBefore) return have;
      const renewed = coming.get(key) ?? renew(key, task, roleArn);
      coming.set(key, renewed);
      return await renewed;
    },
  };
}
