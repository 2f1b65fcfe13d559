import type { DecisionLog, NotedDecision } from "../../../dispatch/decision-log.ts";
import {
  type DecisionReport,
  reportDecision,
  type VerdictReport,
} from "../../../dispatch/decision-report.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";

/** Names a call by the request id of its answer. */
export interface ExplainInput {
  readonly requestId: string;
}

/** Policies that belong to the account of the resource, not to the caller's. */
const ofResource: ReadonlySet<string> = new Set(["resource-based policy", "trust policy"]);

/**
 * Why a call of the caller's own account was allowed or refused, while the log keeps it: what the console shows beside a
 * refusal. AWS's DecodeAuthorizationMessage tells the same of refusals that carry an encoded message, so its permission
 * is asked for here too.
 *
 * INVARIANT: nobody learns of calls of another account, nor what another account's policies say.
 */
export const explainDecision = (
  decisions: Pick<DecisionLog, "find">,
): InternalOperation<ExplainInput, never, DecisionReport> => ({
  name: "ExplainDecision",
  service: "sts",
  authorise: () => [{ action: "sts:DecodeAuthorizationMessage", resource: "*" }],
  unrecorded: true,

  async read({ account }, { requestId }) {
    const noted = decisions.find({ requestId }, 10).find((one) => accountOf(one) === account);
    if (noted === undefined) {
      throw new Fault(
        "NotFound",
        `There is no decision of the request ${requestId.slice(0, 64)} in this account, or it is no longer kept.`,
        { status: 404 },
      );
    }
    const report = reportDecision(noted);
    return { ...report, verdicts: report.verdicts.map((verdict) => withoutOthers(verdict, account)) };
  },
});

function accountOf({ principal }: NotedDecision): AccountId | undefined {
  return principal === undefined || principal.type === "Anonymous" ? undefined : principal.account;
}

/** What the organization's policies say is the organization's; what a resource's policy says is its owner's. */
function withoutOthers(verdict: VerdictReport, account: AccountId): VerdictReport {
  const isOthers = (kind: string): boolean =>
    kind === "service control policy" || (verdict.resourceAccount !== account && ofResource.has(kind));
  return {
    ...verdict,
    deciding: verdict.deciding.map((one) => (isOthers(one.kind) ? { ...one, statement: null } : one)),
    considered: verdict.considered.map((one) => (isOthers(one.kind) ? { ...one, about: [] } : one)),
  };
}
