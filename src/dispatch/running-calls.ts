import type { Region } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";

/** A call under way that a service makes in a session of a role. */
export interface RunningCall {
  /** `AROA…`. */
  readonly roleId: string;
  /** ARN of the session. */
  readonly session: string;
  readonly region: Region;
}

/**
 * The calls of this process that services make as roles and that are not finished, whatever becomes of them: while there
 * is one, its role is in use. What other processes do shows in the database, as jobs that are not finished.
 */
export interface RunningCalls {
  /** Notes a call until the function that is returned is called. Calls by others than services are not noted. */
  begin(principal: Principal, region: Region): () => void;
  ofRole(roleId: string): readonly RunningCall[];
}

/** Makes an empty register. */
export function createRunningCalls(): RunningCalls {
  const running = new Set<RunningCall>();
  return {
    begin(principal, region) {
      if (principal.type !== "AssumedRole" || principal.invokedBy === undefined) return () => undefined;
      const call: RunningCall = { roleId: principal.roleId, session: principal.arn, region };
      running.add(call);
      return () => running.delete(call);
    },
    ofRole: (roleId) => [...running].filter((call) => call.roleId === roleId),
  };
}
