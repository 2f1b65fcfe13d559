import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { namedPolicy } from "../named-resource.ts";
import { requireOwnPolicy, requireVersion } from "../policies.ts";
import type { IamTables } from "../store.ts";

/** Deletes a version of a customer managed policy that is not the default. */
export const deletePolicyVersion: WriteOperation<typeof iam, "DeletePolicyVersion"> = {
  name: "DeletePolicyVersion",

  authorise: (input) => [{ action: "iam:DeletePolicyVersion", ...namedPolicy(input.PolicyArn) }],

  async commit(tx, { account, now }, input) {
    requireOwnPolicy(account, input.PolicyArn, "delete policy versions for policies");
    const { policy, version } = await requireVersion(tx, account, input.PolicyArn, input.VersionId);
    if (version === policy.default_version) {
      throw new Fault("DeleteConflict", "Cannot delete the default version of a policy.");
    }
    const tables = tx.tables<IamTables>();
    await tables
      .deleteFrom("iam_policy_version")
      .where("policy_id", "=", policy.id)
      .where("version", "=", version)
      .execute();
    await tables.updateTable("iam_policy").set({ updated_at: now }).where("id", "=", policy.id).execute();
    return {};
  },
};
