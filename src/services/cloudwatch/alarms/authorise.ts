import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { alarmArn } from "../arn.ts";

/** Asks for an action on one alarm. */
export function onAlarm(
  action: string,
  name: string | undefined,
  ctx: CallContext,
  context?: Authorisation["context"],
): readonly Authorisation[] {
  return [
    { action, resource: alarmArn({ ...ctx, name: name ?? "*" }), ...(context !== undefined && { context }) },
  ];
}

/** Asks for an action on several alarms; where none is named, on all of them. */
export function onAlarms(
  action: string,
  names: readonly string[] | undefined,
  ctx: CallContext,
): readonly Authorisation[] {
  const named = names === undefined || names.length === 0 ? ["*"] : names;
  return named.flatMap((name) => onAlarm(action, name, ctx));
}
