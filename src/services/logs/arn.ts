import type { CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import { invalidParameter, logGroupNotFound } from "./faults.ts";

/** Whose log groups: an account in a region. */
export interface LogsScope {
  readonly account: AccountId;
  readonly region: Region;
}

/** What names a log group everywhere. */
export interface LogGroupKey extends LogsScope {
  readonly name: string;
}

/** A log group as an input names it: by its name, or by a name or an ARN. */
export interface NamesGroup {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>`. */
export function logGroupArn({ account, region, name }: LogGroupKey): Arn {
  return formatArn("logs", region, account, `log-group:${name}`);
}

/** `arn:aws:logs:<region>:<account>:log-group:<group>:log-stream:<name>`. */
export function logStreamArn(group: LogGroupKey, stream: string): Arn {
  return `${logGroupArn(group)}:log-stream:${stream}` as Arn;
}

/** Reads the ARN of a log group or of a stream in it; `undefined` when it is something else. */
export function parseLogGroupArn(text: string): LogGroupKey | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "logs" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  const [kind, name = "", rest] = arn.resource.split(":");
  if (kind !== "log-group" || name === "" || !(rest === undefined || rest === "*" || rest === "log-stream"))
    return undefined;
  return { account: arn.account, region: arn.region, name };
}

/**
 * The log group that an input is about. Groups of other accounts and regions are not served through identifiers:
 * they are answered as absent.
 * @throws Fault `InvalidParameterException`, `ResourceNotFoundException`.
 */
export function logGroupOf(input: NamesGroup, ctx: CallContext): LogGroupKey {
  const { logGroupName, logGroupIdentifier } = input;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    // Ours: AWS asks for exactly one of the two, its words are not recorded.
    throw invalidParameter("Exactly one of logGroupName and logGroupIdentifier must be specified.");
  }
  const named = logGroupName ?? logGroupIdentifier ?? "";
  if (!named.startsWith("arn:")) return { account: ctx.account, region: ctx.region, name: named };
  const key = parseLogGroupArn(named);
  if (key === undefined) throw invalidParameter("logGroupIdentifier is not the ARN of a log group.");
  if (key.account !== ctx.account || key.region !== ctx.region) throw logGroupNotFound();
  return key;
}

/** The group that permission is asked for: none that is named rightly is every group, and refused later. */
function askedGroup({ logGroupName, logGroupIdentifier }: NamesGroup, ctx: CallContext): LogGroupKey {
  const named = logGroupName ?? logGroupIdentifier ?? "*";
  return parseLogGroupArn(named) ?? { account: ctx.account, region: ctx.region, name: named };
}

type Authorise<Input> = (input: Input, ctx: CallContext) => readonly Authorisation[];

/**
 * Asks for an action on a log group.
 * AWS: the group is named with the empty end of a stream's ARN, which is why policies write `log-group:<name>:*`
 * (CloudWatch Logs User Guide, "CloudWatch Logs resources and operations").
 */
export function onLogGroup(
  action: string,
  context?: (input: never) => Authorisation["context"],
): Authorise<NamesGroup> {
  return (input, ctx) => [
    {
      action,
      resource: logStreamArn(askedGroup(input, ctx), ""),
      ...(context !== undefined && { context: context(input as never) }),
    },
  ];
}

/** Asks for an action on a log stream. */
export function onLogStream(action: string): Authorise<NamesGroup & { readonly logStreamName: string }> {
  return (input, ctx) => [{ action, resource: logStreamArn(askedGroup(input, ctx), input.logStreamName) }];
}

/** Asks for an action that knows no resource (Service Authorization Reference). */
export function onLogs(action: string): Authorise<object> {
  return () => [{ action, resource: "*" }];
}
