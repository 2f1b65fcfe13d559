import type * as sts from "@aws-sdk/client-sts";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Principal, Session } from "../../../kernel/principal.ts";
import { hasBaggage, packedPolicySize } from "../packed-policy.ts";
import type { StsPorts } from "../ports.ts";
import { requireRoleArn, roleSession } from "../role-session.ts";
import { checkCode, spendCode } from "../second-factor.ts";
import { sessionCredentials } from "../session-credentials.ts";
import { roleSessionSeconds, sessionSpan } from "../session-duration.ts";
import { refuseFederatedUser } from "../session-limits.ts";
import { sessionPolicies } from "../session-policies.ts";
import { sessionTags, tagContext, tagsOf } from "../session-tags.ts";

type Input = Parameters<ReadOperation<typeof sts, "AssumeRole">["authorise"]>[0];

/**
 * Takes a role. Whether its trust policy lets the caller in has been decided before: the door evaluates it as the
 * role's resource policy, for each of the actions named by `authorise`.
 */
export const assumeRole = (ports: StsPorts): ReadOperation<typeof sts, "AssumeRole"> => ({
  name: "AssumeRole",
  authorise: (input, ctx) => authorise(ports, input, ctx),
  async read(ctx, input) {
    const caller = ctx.principal;
    const sourceIdentity = sourceIdentityOf(input, sessionOf(caller));
    const tags = tagsOf(input.Tags);
    const session = sessionTags(tags, input.TransitiveTagKeys ?? [], sessionOf(caller));
    const policies = sessionPolicies(input.Policy, input.PolicyArns);
    const role = await ports.directory.role(ctx.rows, input.RoleArn);
    if (role === undefined) throw notAuthorised(caller, input.RoleArn);
    const seconds = roleSessionSeconds(input.DurationSeconds, role.maxSessionDuration, caller);
    const baggage = { policy: policies.policy, policyArns: policies.policyArns ?? [], tags };
    const packed = packedPolicySize(baggage);
    // Last, so that a call which is refused for something else leaves the code to the next.
    const factor = await spendCode(ports.secondFactor, ctx, input);
    const principal = roleSession(role, input.RoleSessionName, {
      ...sessionSpan(ctx.now, seconds),
      ...policies,
      ...session,
      sourceIdentity,
      ...factor,
    });
    return {
      Credentials: sessionCredentials(ports, principal),
      AssumedRoleUser: { AssumedRoleId: `${role.id}:${input.RoleSessionName}`, Arn: principal.arn },
      // AWS: absent, not zero, when there was nothing to pack.
      PackedPolicySize: hasBaggage(baggage) ? packed : undefined,
      SourceIdentity: sourceIdentity,
    };
  },
});

/**
 * A role that passes tags or a source identity on must allow that too. AWS: all three actions see the same context,
 * so that one trust statement with an external id may allow them together.
 */
async function authorise(
  { secondFactor }: StsPorts,
  input: Input,
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const caller = ctx.principal;
  if (caller.type === "Root") {
    throw new Fault("AccessDenied", "Roles may not be assumed by root accounts.", { status: 403 });
  }
  refuseFederatedUser(caller, "AssumeRole");
  requireRoleArn(input.RoleArn);
  const tags = tagsOf(input.Tags);
  const sourceIdentity = input.SourceIdentity ?? sessionOf(caller)?.sourceIdentity;
  // AWS: a code shown with the call is what a trust policy that asks for MFA looks for.
  const factor = (await checkCode(secondFactor, ctx, input))
    ? { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0" }
    : {};
  const context = {
    ...factor,
    "sts:ExternalId": input.ExternalId,
    "sts:RoleSessionName": input.RoleSessionName,
    "sts:SourceIdentity": sourceIdentity,
    ...tagContext(tags, input.TransitiveTagKeys ?? []),
  };
  const actions = [
    "sts:AssumeRole",
    ...(tags.length > 0 ? ["sts:TagSession"] : []),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  return actions.map((action) => ({ action, resource: input.RoleArn, context }));
}

/** AWS: a chained session inherits the source identity, may repeat it and can never change it. */
function sourceIdentityOf(input: Input, calling: Session | undefined): string | undefined {
  const inherited = calling?.sourceIdentity;
  if (inherited !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== inherited) {
    throw new Fault("ValidationError", "The source identity is already set for this assume role session");
  }
  return inherited ?? input.SourceIdentity;
}

/** AWS: a role that does not exist is told from one that is closed by nothing. */
function notAuthorised(caller: Principal, roleArn: string): Fault {
  const who = "arn" in caller ? caller.arn : "service" in caller ? caller.service : "anonymous";
  const message = `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new Fault("AccessDenied", message, { status: 403 });
}

function sessionOf(caller: Principal): Session | undefined {
  return "session" in caller ? caller.session : undefined;
}
