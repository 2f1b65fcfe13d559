import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn } from "../../../kernel/brand.ts";
import type { FederatedUserPrincipal } from "../../../kernel/principal.ts";
import { packedPolicySize } from "../packed-policy.ts";
import type { StsPorts } from "../ports.ts";
import { sessionCredentials } from "../session-credentials.ts";
import { ownSessionSeconds, sessionSpan } from "../session-duration.ts";
import { requireLongTermCredentials } from "../session-limits.ts";
import { sessionPolicies } from "../session-policies.ts";
import { sessionTags, tagContext, tagsOf } from "../session-tags.ts";

/**
 * Temporary credentials for somebody whom the caller vouches for. They may do what both the caller's policies and
 * the session policies allow; without a session policy, nothing but what a resource policy gives the federated user.
 */
export const getFederationToken = (ports: StsPorts): ReadOperation<typeof sts, "GetFederationToken"> => ({
  name: "GetFederationToken",
  authorise(input, ctx) {
    const caller = requireLongTermCredentials(ctx.principal, "GetFederationToken");
    const tags = tagsOf(input.Tags);
    const actions = ["sts:GetFederationToken", ...(tags.length > 0 ? ["sts:TagSession"] : [])];
    const resource = federatedUserArn(caller.account, input.Name);
    return actions.map((action) => ({ action, resource, context: tagContext(tags, []) }));
  },
  async read(ctx, input) {
    const caller = requireLongTermCredentials(ctx.principal, "GetFederationToken");
    const tags = tagsOf(input.Tags);
    const session = sessionTags(tags, [], undefined);
    const policies = sessionPolicies(input.Policy, input.PolicyArns);
    const packed = packedPolicySize({ policy: policies.policy, policyArns: policies.policyArns ?? [], tags });
    const seconds = ownSessionSeconds(input.DurationSeconds, caller);
    const principal: FederatedUserPrincipal = {
      type: "FederatedUser",
      account: caller.account,
      arn: federatedUserArn(caller.account, input.Name),
      name: input.Name,
      accessKeyId: caller.accessKeyId,
      session: {
        ...sessionSpan(ctx.now, seconds),
        ...policies,
        // An empty list, not none: a federated user without session policies may do nothing by the caller's.
        policyArns: policies.policyArns ?? [],
        ...session,
      },
      issuer:
        caller.type === "Root"
          ? { type: "Root", arn: caller.arn, id: caller.account }
          : { type: "IAMUser", arn: caller.arn, id: caller.userId, name: caller.userName },
    };
    return {
      Credentials: sessionCredentials(ports, principal),
      FederatedUser: { FederatedUserId: `${caller.account}:${input.Name}`, Arn: principal.arn },
      PackedPolicySize: packed,
    };
  },
});

function federatedUserArn(account: AccountId, name: string): Arn {
  return formatArn("sts", "", account, `federated-user/${name}`);
}
