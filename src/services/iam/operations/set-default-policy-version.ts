import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { requireOwnPolicy, requireVersion } from "../policies.ts";
import type { IamTables } from "../store.ts";

/** Makes a version the one in force. */
export const setDefaultPolicyVersion: WriteOperation<typeof iam, "SetDefaultPolicyVersion"> = {
  name: "SetDefaultPolicyVersion",

  authorise: (input) => [{ action: "iam:SetDefaultPolicyVersion", ...namedPolicy(input.PolicyArn) }],

  async commit(tx, { account, now }, input) {
    requireOwnPolicy(account, input.PolicyArn, "update policies");
    const { policy, version } = await requireVersion(tx, account, input.PolicyArn, input.VersionId);
    await tx
      .tables<IamTables>()
      .updateTable("iam_policy")
      .set({ default_version: version, updated_at: now })
      .where("id", "=", policy.id)
      .execute();
    return {};
  },
};
