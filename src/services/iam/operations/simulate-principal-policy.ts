import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { PolicyText } from "../../../dispatch/service.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { pageMembers } from "../paging.ts";
import { defaultDocument } from "../policies.ts";
import { type PolicyExclusions, policyExclusions } from "../policy-exclusions.ts";
import { findPolicySubject, type HeldPolicy } from "../policy-subject.ts";
import type { IamPorts } from "../ports.ts";
import { listedBoundary, listedPolicies, simulatedCaller, simulatedRequest } from "../simulated-request.ts";
import { type SimulatedPolicy, simulate } from "../simulation.ts";
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
    const exclusions = policyExclusions(input.PolicyExclusionList);
    const attached =
      subject.boundary === null || exclusions.excludesBoundary(subject.boundary)
        ? undefined
        : { id: subject.boundary, document: await boundaryDocument(ctx.rows, ports, subject.boundary) };
    const controls = await ports.serviceControl(ctx.rows, ctx.account);
    // A group calls nothing itself: the caller is nobody in particular.
    const caller = simulatedCaller(
      input.CallerArn ?? (subject.kind === "group" ? undefined : source),
      ctx.account,
    );
    const results = simulate({
      ...simulatedRequest(input, caller),
      identity: [
        ...subject.policies.filter((policy) => !exclusions.excludes(policy)).map(simulated),
        ...listedPolicies("PolicyInputList", input.PolicyInputList),
      ],
      boundary: listedBoundary(input.PermissionsBoundaryPolicyInputList) ?? attached,
      serviceControl: remaining(controls, exclusions),
    });
    const page = simulationPage(results, input);
    return { EvaluationResults: [...page.rows], ...pageMembers(page) };
  },
});

/** A boundary that cannot be found allows nothing, as in a decision. */
async function boundaryDocument(rows: Rows, ports: IamPorts, arn: Arn): Promise<string> {
  return (await defaultDocument(rows, ports.managedPolicies, arn)) ?? emptyPolicy;
}

const emptyPolicy = '{"Version":"2012-10-17","Statement":[]}';

/** The organization's policies but for those that are left out; a level that none is left of binds no longer. */
function remaining(
  controls: readonly (readonly PolicyText[])[] | undefined,
  exclusions: PolicyExclusions,
): readonly (readonly SimulatedPolicy[])[] | undefined {
  const levels = controls?.map((level) =>
    level
      .filter(({ name }) => !exclusions.excludesControl(name))
      .map(({ name, document }) => ({ id: name, document })),
  );
  const binding = levels?.filter((level, at) => level.length > 0 || controls?.[at]?.length === 0);
  return binding?.length === 0 ? undefined : binding;
}

/** AWS: an inline policy is named after its holder, `user_alice_policy`. */
function simulated({ name, holder, document }: HeldPolicy): SimulatedPolicy {
  return { id: holder === undefined ? name : `${holder.kind}_${holder.name}_${name}`, document };
}
