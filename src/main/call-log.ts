import type { FinishedCall } from "../dispatch/dispatcher.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Log } from "../observe/log.ts";

/** One line a call. */
export function logCall(log: Log, call: FinishedCall): void {
  const fields = {
    requestId: call.requestId,
    who: who(call.principal),
    region: call.region,
    ...(call.code === undefined ? {} : { code: call.code, why: call.message }),
    ms: call.ms,
  };
  log.info(fields, `${call.service}:${call.operation}`);
}

function who(principal: Principal): string {
  if (principal.type === "Anonymous") return "anonymous";
  return principal.type === "AWSService" ? principal.service : principal.arn;
}
