import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { isAwsManaged, policyNotFound, requirePolicy } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of a managed policy; AWS's own have none. */
export const listPolicyTags = ({
  managedPolicies,
}: IamPorts): ReadOperation<typeof iam, "ListPolicyTags"> => ({
  name: "ListPolicyTags",

  authorise: (input) => [{ action: "iam:ListPolicyTags", ...namedPolicy(input.PolicyArn) }],

  async read({ rows, account }, input) {
    const { PolicyArn: arn } = input;
    if (isAwsManaged(arn)) {
      if (managedPolicies.get(arn) === undefined) throw policyNotFound(arn);
      return { Tags: [] };
    }
    return tagPage(readTags((await requirePolicy(rows, account, arn)).tags), input);
  },
});
