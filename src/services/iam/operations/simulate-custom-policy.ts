import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { pageMembers } from "../paging.ts";
import { listedBoundary, listedPolicies, simulatedCaller, simulatedRequest } from "../simulated-request.ts";
import { simulate } from "../simulation.ts";
import { simulationPage } from "../simulation-page.ts";

/** What policies that nobody has would decide. */
export const simulateCustomPolicy: ReadOperation<typeof iam, "SimulateCustomPolicy"> = {
  name: "SimulateCustomPolicy",
  authorise: () => [{ action: "iam:SimulateCustomPolicy", resource: "*" }],
  async read(ctx, input) {
    // AWS: a resource policy asks who calls, and here nobody is known otherwise.
    if (input.ResourcePolicy !== undefined && input.CallerArn === undefined) {
      throw new Fault("InvalidInput", "CallerArn is required when ResourcePolicy is given.");
    }
    const caller = simulatedCaller(input.CallerArn, ctx.account);
    const results = simulate({
      ...simulatedRequest(input, caller),
      identity: listedPolicies("PolicyInputList", input.PolicyInputList),
      boundary: listedBoundary(input.PermissionsBoundaryPolicyInputList),
      serviceControl: input.OrderedOrganizationPolicyInputList?.map((level, index) =>
        listedPolicies(
          `OrderedOrganizationPolicyInputList.${index + 1}.ServiceControlPolicyInputList`,
          level.ServiceControlPolicyInputList,
        ),
      ),
    });
    const page = simulationPage(results, input);
    return { EvaluationResults: [...page.rows], ...pageMembers(page) };
  },
};
