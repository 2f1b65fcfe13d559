import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { pageMembers } from "../paging.ts";
import { defaultDocument } from "../policies.ts";
import { findPolicySubject, type HeldPolicy } from "../policy-subject.ts";
import type { IamPorts } from "../ports.ts";
import {
  listedPolicies,
  type SimulatedPolicy,
  simulate,
  simulatedCaller,
  simulatedRequest,
} from "../simulation.ts";
import { simulationPage } from "../simulation-page.ts";

/** What the policies of a user, group or role would decide, with others added to them. */
export const simulatePrincipalPolicy = (
  ports: IamPorts,
): ReadOperation<typeof iam, "SimulatePrincipalPolicy"> => ({
  name: "SimulatePrincipalPolicy",
  authorise: (input) => [{ action: "iam:SimulatePrincipalPolicy", resource: input.PolicySourceArn }],
  async read(ctx, input) {
    const source = input.PolicySourceArn;
    const subject = await findPolicySubject(ctx.rows, ports.managedPolicies, ctx.account, source);
    if (subject === undefined || subject.kind === "policy") {
      throw new Fault("NoSuchEntity", `The entity with ARN ${source} cannot be found.`);
    }
    if (input.PolicyExclusionList !== undefined && input.PolicyExclusionList.length > 0) {
      throw new Fault("InvalidInput", "PolicyExclusionList cannot be simulated here.");
    }
    const given = listedPolicies(
      "PermissionsBoundaryPolicyInputList",
      input.PermissionsBoundaryPolicyInputList,
    );
    const own =
      subject.boundary === null
        ? undefined
        : await defaultDocument(ctx.rows, ports.managedPolicies, subject.boundary);
    // A group calls nothing itself: the caller is nobody in particular.
    const caller = simulatedCaller(
      input.CallerArn ?? (subject.kind === "group" ? undefined : source),
      ctx.account,
    );
    const results = simulate({
      ...simulatedRequest(input, caller),
      identity: [
        ...subject.policies.map(simulated),
        ...listedPolicies("PolicyInputList", input.PolicyInputList),
      ],
      boundary:
        given.length > 0 || own === undefined ? given : [{ id: subject.boundary ?? "", document: own }],
    });
    const page = simulationPage(results, input);
    return { EvaluationResults: [...page.rows], ...pageMembers(page) };
  },
});

/** AWS: an inline policy is named after its holder, `user_alice_policy`. */
function simulated({ name, holder, document }: HeldPolicy): SimulatedPolicy {
  return { id: holder === undefined ? name : `${holder.kind}_${holder.name}_${name}`, document };
}
