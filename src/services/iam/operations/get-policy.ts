import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import {
  apiPolicy,
  isAwsManaged,
  policyNotFound,
  requirePolicy,
  requirePolicyArn,
  summaryOf,
} from "../policies.ts";
import { usageOf } from "../policy-usage.ts";
import type { IamPorts } from "../ports.ts";
import { apiTags, readTags } from "../tags.ts";

/** A managed policy and how often the account uses it. */
export const getPolicy = ({ managedPolicies }: IamPorts): ReadOperation<typeof iam, "GetPolicy"> => ({
  name: "GetPolicy",

  authorise: (input) => [{ action: "iam:GetPolicy", ...namedPolicy(input.PolicyArn) }],

  async read({ rows, account }, input) {
    const arn = requirePolicyArn(input.PolicyArn);
    const usage = await usageOf(rows, account, arn);
    if (isAwsManaged(arn)) {
      const policy = managedPolicies.get(arn);
      if (policy === undefined) throw policyNotFound(arn);
      return { Policy: { ...apiPolicy(policy, usage), Tags: [] } };
    }
    const row = await requirePolicy(rows, account, arn);
    return {
      Policy: {
        ...apiPolicy(summaryOf(row), usage),
        Description: row.description ?? undefined,
        Tags: apiTags(readTags(row.tags)),
      },
    };
  },
});
