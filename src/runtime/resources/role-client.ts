import type { Region } from "../../kernel/brand.ts";
import type { TaskSpec } from "../task.ts";

/** Any command of an official SDK client. */
export interface SdkCommand<Input extends object, Output> {
  readonly input: Input;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: Output }>;
}

/** Calls as a role of a task, through the one door; a refusal is a `Fault`. */
export interface RoleClient {
  send<Input extends object, Output>(
    command: SdkCommand<Input, Output>,
    options?: { readonly region?: Region },
  ): Promise<Output>;
}

/**
 * Calls with a task's execution role. What a task needs to begin is fetched with this role and no other; a task
 * without one gets nothing.
 */
export type ExecutionRole = (task: TaskSpec) => RoleClient | undefined;
