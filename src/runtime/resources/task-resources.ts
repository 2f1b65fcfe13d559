import type { TaskSpec } from "../task.ts";
import { TaskFailure, type TaskResources } from "../task-engine/ports.ts";
import type { EcrImage } from "./ecr-image.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { registryLogin } from "./registry-login.ts";
import type { ExecutionRole } from "./role-client.ts";
import { fetchSecrets } from "./secrets.ts";
import { operationError, resourceFailure } from "./service-error.ts";

export interface TaskResourcePorts {
  readonly executionRole: ExecutionRole;
  /** An image of a registry of this Roadstead, by a name that the engine reaches. */
  readonly registryReference: (image: EcrImage) => string;
  /** Reads an object of S3 with the task's execution role. A refusal is a `Fault`. */
  readonly readObject: (task: TaskSpec, arn: string) => Promise<string>;
}

/** What a task needs to begin, got with its execution role and nothing else. */
export function createTaskResources(ports: TaskResourcePorts): TaskResources {
  const { executionRole, registryReference, readObject } = ports;
  return {
    registryLogin: (task, container) => registryLogin(task, container, executionRole, registryReference),
    async secretValues(task, container) {
      const secrets = container.definition.secrets ?? [];
      if (secrets.length === 0) return {};
      const role = executionRole(task);
      if (role === undefined) throw resourceFailure("the task has no execution role");
      return fetchSecrets(role, secrets);
    },
    async environmentFile(task, _container, { value = "" }) {
      const text = await readObject(task, value).catch((error: unknown) => {
        throw new TaskFailure(
          `ResourceInitializationError: failed to download env files: file download command: non empty error stream: ${operationError("S3", "GetObject", error)}`,
          error,
        );
      });
      return parseEnvironmentFile(text);
    },
  };
}
