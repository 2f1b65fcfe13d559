import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { pageMembers } from "../paging.ts";
import { listedPolicies, simulate, simulatedCaller, simulatedRequest } from "../simulation.ts";
import { simulationPage } from "../simulation-page.ts";

/** What policies that nobody has would decide. */
export const simulateCustomPolicy: ReadOperation<typeof iam, "SimulateCustomPolicy"> = {
  name: "SimulateCustomPolicy",
  authorise: () => [{ action: "iam:SimulateCustomPolicy", resource: "*" }],
  async read(ctx, input) {
    const caller = simulatedCaller(input.CallerArn, ctx.account);
    const results = simulate({
      ...simulatedRequest(input, caller),
      identity: listedPolicies("PolicyInputList", input.PolicyInputList),
      boundary: listedPolicies(
        "PermissionsBoundaryPolicyInputList",
        input.PermissionsBoundaryPolicyInputList,
      ),
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
