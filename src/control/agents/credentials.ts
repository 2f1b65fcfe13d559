import { isFault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import type { TaskSpec } from "../../runtime/task.ts";
import type { CredentialSet, CredentialSets } from "./payload.ts";
import type { AgentPorts } from "./ports.ts";

/** The two roles of a task, as messages to agents name them. */
export type RoleType = "TaskApplication" | "TaskExecution";

/**
 * The credentials of a task's roles, fresh. A role that cannot be taken is left out: the agent then says so to who asks
 * for it, as on AWS.
 * INVARIANT: a task's ids stay the same as long as the connection lives: an agent knows its sets by them.
 */
export class CredentialIssuer {
  readonly #ports: Pick<AgentPorts, "credentials" | "random" | "log">;
  readonly #executionIds = new Map<string, string>();

  constructor(ports: Pick<AgentPorts, "credentials" | "random" | "log">) {
    this.#ports = ports;
  }

  async of(spec: TaskSpec): Promise<CredentialSets & { readonly expiresAt?: number }> {
    const { taskRoleArn, executionRoleArn, credentialsId } = spec;
    const task = await this.#issue(spec, taskRoleArn, credentialsId ?? uuid(this.#ports.random));
    const execution = await this.#issue(spec, executionRoleArn, this.#executionId(spec.taskArn));
    const ends = [task, execution].flatMap((one) => (one === undefined ? [] : [Date.parse(one.expiration)]));
    return {
      ...(task !== undefined && { task }),
      ...(execution !== undefined && { execution }),
      ...(ends.length > 0 && { expiresAt: Math.min(...ends) }),
    };
  }

  /** Forgets a task. */
  drop(taskArn: string): void {
    this.#executionIds.delete(taskArn);
  }

  #executionId(taskArn: string): string {
    const id = this.#executionIds.get(taskArn) ?? uuid(this.#ports.random);
    this.#executionIds.set(taskArn, id);
    return id;
  }

  async #issue(
    spec: TaskSpec,
    roleArn: string | undefined,
    credentialsId: string,
  ): Promise<CredentialSet | undefined> {
    if (roleArn === undefined) return undefined;
    try {
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await this.#ports.credentials.of(
        spec,
        roleArn,
      );
      const expiration = new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z");
      return { credentialsId, roleArn, accessKeyId, secretAccessKey, sessionToken, expiration };
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#ports.log.info({ task: spec.taskArn, role: roleArn, why: error.message }, "no credentials");
      return undefined;
    }
  }
}
