import type { FinishedCall } from "../dispatch/dispatcher.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Log } from "../observe/log.ts";

/** One line a call. What services see to in their own name, some of it each second, is for who looks closely. */
export function logCall(log: Log, call: FinishedCall): void {
  const fields = {
    requestId: call.requestId,
    who: who(call.principal),
    region: call.region,
    ...(call.code === undefined ? {} : { code: call.code, why: call.message }),
    ms: call.ms,
  };
  const quiet = call.principal.type === "AWSService" && call.code === undefined;
  log[quiet ? "debug" : "info"](fields, `${call.service}:${call.operation}`);
}

function who(principal: Principal): string {
  if (principal.type === "Anonymous") return "anonymous";
  return principal.type === "AWSService" ? principal.service : principal.arn;
}
