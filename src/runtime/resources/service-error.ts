import { Fault } from "../../kernel/fault.ts";
import { TaskFailure } from "../task-engine/ports.ts";

/**
 * An error as the container agent of Fargate tells it: `operation error ECR: GetAuthorizationToken, https response
 * error StatusCode: 400, api error AccessDeniedException: …`. AWS tells a request id too; there is none in process.
 */
export function operationError(service: string, operation: string, error: unknown): string {
  if (!(error instanceof Fault)) {
    return `operation error ${service}: ${operation}, ${error instanceof Error ? error.message : String(error)}`;
  }
  const status = error.status ?? 400;
  // A refusal has no service's name for it before it goes over a wire. AWS: S3 calls it by this one.
  const code = error.code === "AccessDenied" && service !== "S3" ? "AccessDeniedException" : error.code;
  return `operation error ${service}: ${operation}, https response error StatusCode: ${status}, api error ${code}: ${error.message}`;
}

/** AWS: what cannot be fetched with the execution role. The texts behind it are AWS's where they were seen. */
export function resourceFailure(what: string, cause?: unknown): TaskFailure {
  return new TaskFailure(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${what}`,
    cause,
  );
}
