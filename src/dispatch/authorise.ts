import { evaluate } from "../authz/evaluate.ts";
import { denialMessage } from "../authz/explain.ts";
import { requestPrincipal } from "../authz/request-principal.ts";
import type { AccessRequest, Decision, PolicySet } from "../authz/types.ts";
import { isAccountId } from "../kernel/account.ts";
import { parseArn } from "../kernel/arn.ts";
import type { AccountId } from "../kernel/brand.ts";
import { Fault } from "../kernel/fault.ts";
import type { VouchedIdentity } from "../kernel/principal.ts";
import type { CallContext } from "./context.ts";
import { requestContext } from "./global-keys.ts";
import type { Authorisation } from "./operation.ts";
import type { Policies, PolicyLook, PrincipalPolicies } from "./policies.ts";
import type { Service } from "./service.ts";

/** One evaluated permission of a call. */
export interface Verdict {
  readonly request: AccessRequest;
  readonly decision: Decision;
  /** What the decision was made from: explanations look at it again. */
  readonly policies: PolicySet;
  /** `Authorisation.shown`. */
  readonly shown?: string;
  /** `Authorisation.vouched`. */
  readonly vouched?: VouchedIdentity;
}

/** Decides permissions. Reads policies through the cache; the deciding itself is `authz`, pure. */
export interface Authoriser {
  /** Evaluates every permission in turn and stops at the first that is refused. */
  decide(call: CallContext, wanted: readonly Authorisation[]): Promise<readonly Verdict[]>;
}

/** Makes the authoriser. `serviceOf` finds the service that owns ARNs of a kind (`iam` for `arn:aws:iam:…`). */
export function createAuthoriser(
  policies: Policies,
  serviceOf: (arnService: string) => Service | undefined,
): Authoriser {
  async function decideOne(
    call: CallContext,
    wanted: Authorisation,
    standing: PrincipalPolicies,
    look: PolicyLook,
  ): Promise<Verdict> {
    const owner = wanted.resourceAccount ?? ownerOf(wanted.resource) ?? callerAccount(call);
    const arnService = parseArn(wanted.resource)?.service;
    const owningService = arnService === undefined ? undefined : serviceOf(arnService);
    const resource = await look.ofResource(owningService, wanted.resource, wanted.action, owner);
    const request: AccessRequest = {
      principal: requestPrincipal(call.principal, standing.serviceLinked),
      action: wanted.action,
      resource: wanted.resource,
      resourceAccount: owner,
      context: requestContext({
        call,
        wanted,
        resourceAccount: owner,
        principalOrganization: standing.organization,
        resourceOrganization: owner === accountOf(call) ? standing.organization : await look.placeOf(owner),
        sourceOrganization:
          call.principal.type === "AWSService" ? await look.placeOf(call.principal.account) : undefined,
        principalTags: standing.tags,
        resourceTags: resource.tags,
      }),
    };
    const considered: PolicySet = {
      identity: standing.identity,
      resource: resource.policies,
      resourceKind: resource.kind,
      boundary: standing.boundary,
      session: standing.session,
      serviceControl: standing.serviceControl,
    };
    const decision = evaluate(request, considered);
    return {
      request,
      decision,
      policies: considered,
      ...(wanted.shown !== undefined && { shown: wanted.shown }),
      ...(wanted.vouched !== undefined && { vouched: wanted.vouched }),
    };
  }

  return {
    async decide(call, wanted) {
      const look = policies.look();
      const standing = await look.ofPrincipal(call.principal);
      if (standing === undefined) {
        throw new Fault("InvalidClientTokenId", "The security token included in the request is invalid.");
      }
      const verdicts: Verdict[] = [];
      for (const one of wanted) {
        const verdict = await decideOne(call, one, standing, look);
        verdicts.push(verdict);
        if (!verdict.decision.allowed) break;
      }
      return verdicts;
    },
  };
}

/** The fault of a refused permission, in AWS's words. */
export function accessDenied(verdict: Verdict): Fault {
  return new Fault("AccessDenied", denialMessage(verdict.decision, verdict.request, verdict.shown));
}

function ownerOf(resource: string): AccountId | undefined {
  const account = parseArn(resource)?.account;
  return account !== undefined && isAccountId(account) ? account : undefined;
}

/** The account whose principal calls; a service in its own name is of none. */
function accountOf({ principal }: CallContext): AccountId | undefined {
  return principal.type === "AWSService" || principal.type === "Anonymous" ? undefined : principal.account;
}

function callerAccount(call: CallContext): AccountId {
  return call.account;
}
