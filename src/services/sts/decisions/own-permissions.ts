import { type ConsideredPolicy, consideredPolicies } from "../../../authz/considered.ts";
import { denialMessage } from "../../../authz/explain.ts";
import type { Authoriser, Verdict } from "../../../dispatch/authorise.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { isAccountId } from "../../../kernel/account.ts";
import { parseArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";

/** Something that somebody wants to know whether they may do. */
export interface AskedPermission {
  /** `ecs:DeleteCluster`. */
  readonly action: string;
  /** An ARN of the asker's own account, or `*`. With a `*` in it, it stands for any that fits. */
  readonly resource: string;
}

/** What would become of it. */
export interface OwnPermission extends AskedPermission {
  /** `open`: it depends on what is known only when it is asked for. */
  readonly outcome: "allowed" | "denied" | "open";
  /** For what is denied: the sentence with which the call would be refused. */
  readonly message?: string;
}

/** So many are answered at once. */
export const mostPermissions = 100;

/**
 * What the caller may do, in the caller's own account: by it the console disables what a policy refuses. Nothing is
 * asked for, since whoever makes the calls themselves learns the same.
 *
 * INVARIANT: nobody learns what the policies of another account say.
 */
export const describeOwnPermissions = (
  authoriser: Authoriser,
): InternalOperation<
  { readonly permissions: readonly AskedPermission[] },
  never,
  { readonly permissions: readonly OwnPermission[] }
> => ({
  name: "DescribeOwnPermissions",
  service: "sts",
  authorise: () => [],
  unrecorded: true,

  async read(ctx, { permissions }) {
    for (const { resource } of permissions) {
      const { account } = parseArn(resource) ?? {};
      if (account !== undefined && isAccountId(account) && account !== ctx.account) {
        throw new Fault("ValidationException", `resource: ${resource} is of another account`, {
          status: 400,
        });
      }
    }
    const answers = permissions.map(async (asked): Promise<OwnPermission> => {
      const [verdict] = await authoriser.decide(ctx, [{ ...asked }]);
      return { ...asked, ...(verdict === undefined ? { outcome: "open" } : outcomeOf(verdict)) };
    });
    return { permissions: await Promise.all(answers) };
  },
});

function outcomeOf(verdict: Verdict): Pick<OwnPermission, "outcome" | "message"> {
  const { decision, request } = verdict;
  if (decision.allowed) return { outcome: "allowed" };
  if (isOpen(verdict)) return { outcome: "open" };
  return { outcome: "denied", message: denialMessage(decision, request) };
}

/** A refusal that another resource, or a condition key that only the call itself has, might turn. */
function isOpen({ decision, request, policies }: Verdict): boolean {
  if (decision.missingContextKeys.length > 0) return true;
  if (decision.outcome === "explicitDeny" || !request.resource.includes("*")) return false;
  const mightAllow = ({ about }: ConsideredPolicy): boolean =>
    about.some(({ effect, mismatches }) => effect === "Allow" && mismatches.join() === "resource");
  return consideredPolicies(request, policies).some(
    (considered) => considered.kind === decision.decidedBy && mightAllow(considered),
  );
}
