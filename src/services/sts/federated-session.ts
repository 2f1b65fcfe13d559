import type { CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { VouchedIdentity } from "../../kernel/principal.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows } from "../../store/types.ts";
import { hasBaggage, packedPolicySize } from "./packed-policy.ts";
import type { StsPorts } from "./ports.ts";
import { roleSession, type TakenRole } from "./role-session.ts";
import { sessionCredentials } from "./session-credentials.ts";
import { roleSessionSeconds, sessionSpan } from "./session-duration.ts";
import { sessionPolicies } from "./session-policies.ts";
import { sessionTags, tagContext } from "./session-tags.ts";

/** A role, taken by somebody for whom an identity provider vouches. What the provider said has been verified. */
export interface Federation {
  readonly roleArn: string;
  readonly sessionName: string;
  /** ARN of the identity provider. */
  readonly provider: string;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  /** Who the provider says is calling, for the audit trail. */
  readonly caller: VouchedIdentity;
  /** The provider's own condition keys. */
  readonly context: Authorisation["context"];
}

/** What the caller chose, the provider having no say in it. */
export interface FederationWishes {
  readonly seconds?: number;
  /** When the provider's own session ends, epoch ms: the role session does not outlast it. */
  readonly until?: number;
  readonly policy?: string;
  readonly policyArns?: readonly { readonly arn?: string }[];
}

/**
 * What the role's trust policy must allow: the action, and passing on tags and a source identity too. All see the same
 * context, as in AssumeRole.
 */
export function federationPermissions(action: string, federation: Federation): readonly Authorisation[] {
  const { tags, transitiveTagKeys, sourceIdentity, roleArn } = federation;
  const context = {
    ...federation.context,
    "aws:FederatedProvider": federation.provider,
    "sts:RoleSessionName": federation.sessionName,
    "sts:SourceIdentity": sourceIdentity,
    ...tagContext(tags, transitiveTagKeys),
  };
  const actions = [
    action,
    ...(tags.length > 0 ? ["sts:TagSession"] : []),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  return actions.map((each) => ({
    action: each,
    resource: roleArn,
    context,
    vouched: federation.caller,
  }));
}

/** The account of the role that a call names: its trail shows the call, whoever makes it. */
export function roleAccount({ RoleArn: arn }: { readonly RoleArn?: unknown }): AccountId | undefined {
  const account = typeof arn === "string" ? (parseArn(arn)?.account ?? "") : "";
  return isAccountId(account) ? account : undefined;
}

/** Makes the session, once the trust policy has let the caller in. */
export async function federatedSession(
  ports: StsPorts,
  ctx: CallContext & { readonly rows: Rows },
  federation: Federation,
  wishes: FederationWishes,
): Promise<TakenRole> {
  const { tags, sourceIdentity, sessionName } = federation;
  const session = sessionTags(tags, federation.transitiveTagKeys, undefined);
  const policies = sessionPolicies(wishes.policy, wishes.policyArns);
  const role = await ports.directory.role(ctx.rows, federation.roleArn);
  if (role === undefined) throw new Fault("AccessDenied", "The role is no longer there.", { status: 403 });
  const seconds = roleSessionSeconds(wishes.seconds, role.maxSessionDuration, ctx.principal);
  const baggage = { policy: policies.policy, policyArns: policies.policyArns ?? [], tags };
  const packed = packedPolicySize(baggage);
  const principal = roleSession(role, sessionName, {
    ...sessionSpan(ctx.now, seconds, wishes.until),
    ...policies,
    ...session,
    sourceIdentity,
    federatedProvider: federation.provider,
  });
  return {
    Credentials: sessionCredentials(ports, principal),
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${sessionName}`, Arn: principal.arn },
    PackedPolicySize: hasBaggage(baggage) ? packed : undefined,
    SourceIdentity: sourceIdentity,
  };
}
