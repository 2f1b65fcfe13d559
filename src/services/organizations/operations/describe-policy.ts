import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { aboutControls, onResources, requireSeen } from "../organization.ts";
import { apiPolicy, requirePolicy } from "../policies.ts";

/** One policy with its text. */
export const describePolicy: ReadOperation<typeof organizations, "DescribePolicy"> = {
  name: "DescribePolicy",
  authorise: onResources("DescribePolicy", ({ PolicyId }) => [PolicyId], aboutControls),
  async read({ rows, account }, { PolicyId: id }) {
    const organization = await requireSeen(rows, account);
    return { Policy: apiPolicy(organization, await requirePolicy(rows, organization.id, id)) };
  },
};
