import type { CallRecord } from "../audit/record.ts";
import { isAccountId } from "../kernel/account.ts";
import { parseArn } from "../kernel/arn.ts";
import type { AccountId } from "../kernel/brand.ts";
import type { Fault } from "../kernel/fault.ts";
import { uuid } from "../kernel/ids.ts";
import type { Json } from "../kernel/json.ts";
import { globalRegion } from "../kernel/region.ts";
import type { Verdict } from "./authorise.ts";
import type { CallContext } from "./context.ts";
import type { BoundOperation } from "./service-table.ts";

/** Turns a call and its outcome into what the audit trail keeps. Secrets are taken out here, by the contract. */
export function describeCall(
  ctx: CallContext,
  bound: BoundOperation,
  input: unknown,
  verdicts: readonly Verdict[],
  outcome: { readonly output?: unknown; readonly fault?: Fault; readonly errorCode?: string | undefined },
): CallRecord {
  const { fault } = outcome;
  return {
    eventId: uuid(ctx.random),
    requestId: ctx.requestId,
    time: ctx.now,
    eventSource: bound.internal?.eventSource ?? bound.service.eventSource,
    eventName: bound.internal?.eventName ?? bound.name,
    region: bound.service.global === true ? globalRegion : ctx.region,
    principal: ctx.principal,
    vouched: verdicts.find(({ vouched }) => vouched !== undefined)?.vouched,
    recipient: ctx.principal.type === "Anonymous" ? recipient(bound, input) : undefined,
    sourceIp: ctx.source.ip,
    userAgent: ctx.source.userAgent,
    invokedBy: invokedBy(ctx),
    readOnly: bound.readOnly,
    requestParameters: refused(fault) ? null : requestParameters(bound, input),
    serviceEventDetails: fault === undefined ? serviceEvent(bound, input, outcome.output) : undefined,
    responseElements:
      fault !== undefined || bound.readOnly || outcome.output === undefined
        ? null
        : (bound.contract?.redactOutput(outcome.output) ?? null),
    errorCode: outcome.errorCode ?? (fault && eventErrorCode(bound, fault)),
    errorMessage: fault?.message,
    resources: resourcesOf(verdicts),
    ...(fault === undefined ? signInRecord(bound, outcome.output) : {}),
  };
}

/** CloudTrail User Guide, "AWS Management Console sign-in events". */
function signInRecord(bound: BoundOperation, output: unknown): Partial<CallRecord> {
  const attempt = bound.internal?.consoleSignIn?.(output);
  if (attempt === undefined) return {};
  const { user, succeeded, mfa } = attempt;
  return {
    principal: user,
    responseElements: { ConsoleLogin: succeeded ? "Success" : "Failure" },
    additionalEventData: { MobileVersion: "No", MFAUsed: mfa ? "Yes" : "No" },
    ...(succeeded ? {} : { errorMessage: "Failed authentication" }),
  };
}

/** Whose trail shows a call that nobody signed. The input may be invalid. */
function recipient({ operation }: BoundOperation, input: unknown): AccountId | undefined {
  return operation.recordedFor?.(input as Readonly<Record<string, unknown>>);
}

function invokedBy(ctx: CallContext): string | undefined {
  if (ctx.principal.type === "AssumedRole" && ctx.principal.invokedBy !== undefined)
    return ctx.principal.invokedBy;
  return ctx.calledVia[ctx.calledVia.length - 1];
}

function serviceEvent(bound: BoundOperation, input: unknown, output: unknown): Json | undefined {
  return bound.internal?.serviceEvent?.(input, output) as Json | undefined;
}

/** AWS: the record of a call that was not authorised shows no parameters. */
function refused(fault: Fault | undefined): boolean {
  return fault?.code === "AccessDenied";
}

function requestParameters(bound: BoundOperation, input: unknown): Json {
  if (bound.contract !== undefined) return bound.contract.redact(input);
  return (bound.internal?.describe?.(input) as Json | undefined) ?? null;
}

/** AWS: CloudTrail shows the error's modelled name (`InvalidInputException`), not the code of the query protocol. */
function eventErrorCode(bound: BoundOperation, fault: Fault): string {
  return bound.contract?.service.errors.get(fault.code)?.name ?? fault.code;
}

/**
 * The types of resources by service and by what their ARNs begin with, as CloudTrail and CloudFormation name them. Where
 * neither does (an organization's root), the name is ours, after the same pattern.
 */
const resourceTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecr: { repository: "AWS::ECR::Repository" },
  events: { "event-bus": "AWS::Events::EventBus", rule: "AWS::Events::Rule" },
  iam: {
    role: "AWS::IAM::Role",
    user: "AWS::IAM::User",
    group: "AWS::IAM::Group",
    policy: "AWS::IAM::Policy",
    "instance-profile": "AWS::IAM::InstanceProfile",
    "oidc-provider": "AWS::IAM::OIDCProvider",
    "saml-provider": "AWS::IAM::SAMLProvider",
  },
  kms: { key: "AWS::KMS::Key", alias: "AWS::KMS::Alias" },
  logs: { "log-group": "AWS::Logs::LogGroup", "log-stream": "AWS::Logs::LogStream" },
  organizations: {
    organization: "AWS::Organizations::Organization",
    root: "AWS::Organizations::Root",
    ou: "AWS::Organizations::OrganizationalUnit",
    account: "AWS::Organizations::Account",
    policy: "AWS::Organizations::Policy",
  },
  secretsmanager: { secret: "AWS::SecretsManager::Secret" },
  sts: { "federated-user": "AWS::STS::FederatedUser" },
};

/** What the record of a call shows of something that it was decided on; `undefined` for what is of no known type. */
function recordedResource(decidedOn: string): { readonly arn: string; readonly type: string } | undefined {
  // A log group is decided on as a stream without a name; a secret that is not there, with question marks.
  const arn = decidedOn.replace(/^(arn:[^:]*:logs:.*):log-stream:$/, "$1");
  const parts = parseArn(arn);
  if (parts === undefined || /[*?]/.test(arn)) return undefined;
  const stream = parts.service === "logs" && parts.resource.includes(":log-stream:");
  const kind = stream ? "log-stream" : (parts.resource.split(/[/:]/, 1)[0] ?? "");
  const type = resourceTypes[parts.service]?.[kind];
  return type === undefined ? undefined : { arn, type };
}

function resourcesOf(verdicts: readonly Verdict[]): CallRecord["resources"] {
  const found = new Map<string, CallRecord["resources"][number]>();
  for (const { request } of verdicts) {
    const shown = recordedResource(request.resource);
    if (shown === undefined || !isAccountId(request.resourceAccount)) continue;
    found.set(shown.arn, { ...shown, account: request.resourceAccount });
  }
  return [...found.values()];
}
