import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { namedPolicy } from "../named-resource.ts";
import { requireOwnPolicy, requirePolicy } from "../policies.ts";
import { usageOf } from "../policy-usage.ts";
import type { IamTables } from "../store.ts";

/** Deletes a customer managed policy that nobody uses and that has only its default version left. */
export const deletePolicy: WriteOperation<typeof iam, "DeletePolicy"> = {
  name: "DeletePolicy",

  authorise: (input) => [{ action: "iam:DeletePolicy", ...namedPolicy(input.PolicyArn) }],

  async commit(tx, { account }, input) {
    requireOwnPolicy(account, input.PolicyArn, "delete policies");
    const policy = await requirePolicy(tx, account, input.PolicyArn);
    const { attachments, boundaries } = await usageOf(tx, account, policy.arn);
    if (attachments + boundaries > 0) {
      throw new Fault("DeleteConflict", "Cannot delete a policy attached to entities.");
    }
    const tables = tx.tables<IamTables>();
    const versions = await tables
      .selectFrom("iam_policy_version")
      .select("version")
      .where("policy_id", "=", policy.id)
      .execute();
    if (versions.length > 1) {
      throw new Fault(
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    await tables.deleteFrom("iam_policy_version").where("policy_id", "=", policy.id).execute();
    await tables.deleteFrom("iam_policy").where("id", "=", policy.id).execute();
    return {};
  },
};
