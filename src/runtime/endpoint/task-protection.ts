import {
  GetTaskProtectionCommand,
  type GetTaskProtectionCommandOutput,
  UpdateTaskProtectionCommand,
} from "@aws-sdk/client-ecs";
import { isFault } from "../../kernel/fault.ts";
import type { RoleClient } from "../resources/role-client.ts";
import type { TaskSpec } from "../task.ts";
import type { EndpointAnswer } from "./credentials.ts";

/** What a container asks of its task's protection from scale-in. */
export type ProtectionRequest =
  | { readonly kind: "get" }
  | { readonly kind: "put"; readonly enabled: boolean; readonly minutes?: number };

/** Reads the body of a PUT; a text says what is wrong with it (the agent's words). */
export function readProtectionRequest(body: string): ProtectionRequest | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return "UpdateTaskProtection: failed to decode request";
  }
  const { ProtectionEnabled: enabled, ExpiresInMinutes: minutes } = (parsed ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (enabled === undefined) return "Invalid request: does not contain 'ProtectionEnabled' field";
  if (typeof enabled !== "boolean") return "UpdateTaskProtection: failed to decode request";
  if (minutes === undefined) return { kind: "put", enabled };
  if (typeof minutes !== "number" || !Number.isInteger(minutes)) {
    return "UpdateTaskProtection: failed to decode request";
  }
  return { kind: "put", enabled, minutes };
}

/**
 * Answers `/api/<id>/task-protection/v1/state`: what ECS says of the task, asked with the task's own role
 * (Developer Guide, "Amazon ECS task scale-in protection endpoint").
 */
export async function answerProtection(
  { clusterArn: cluster, taskArn }: TaskSpec,
  role: RoleClient | undefined,
  request: ProtectionRequest,
  requestID: string,
): Promise<EndpointAnswer> {
  if (role === undefined) {
    return protectionError(403, taskArn, "AccessDeniedException", "The task has no task role.", requestID);
  }
  const tasks = [taskArn];
  try {
    const answer =
      request.kind === "get"
        ? await role.send(new GetTaskProtectionCommand({ cluster, tasks }))
        : await role.send(
            new UpdateTaskProtectionCommand({
              cluster,
              tasks,
              protectionEnabled: request.enabled,
              ...(request.minutes !== undefined && { expiresInMinutes: request.minutes }),
            }),
          );
    return { status: 200, body: shown(answer, taskArn) };
  } catch (error) {
    if (isFault(error)) {
      return protectionError(error.status ?? 400, taskArn, error.code, error.message, requestID);
    }
    return protectionError(500, taskArn, "ServerException", "Internal Server Error", requestID);
  }
}

/** An error of the endpoint. */
export function protectionError(
  status: number,
  taskArn: string | undefined,
  code: string,
  message: string,
  requestID?: string,
): EndpointAnswer {
  const error = { ...(taskArn !== undefined && { Arn: taskArn }), Code: code, Message: message };
  return { status, body: { ...(requestID !== undefined && { requestID }), error } };
}

function shown(
  { protectedTasks = [], failures = [] }: Pick<GetTaskProtectionCommandOutput, "protectedTasks" | "failures">,
  taskArn: string,
) {
  const [failure] = failures;
  if (failure !== undefined) {
    const { arn, reason, detail } = failure;
    return {
      failure: { Arn: arn ?? taskArn, Reason: reason, ...(detail !== undefined && { Detail: detail }) },
    };
  }
  const [task] = protectedTasks;
  return {
    protection: {
      ProtectionEnabled: task?.protectionEnabled ?? false,
      ...(task?.expirationDate && { ExpirationDate: task.expirationDate.toISOString() }),
      TaskArn: task?.taskArn ?? taskArn,
    },
  };
}
