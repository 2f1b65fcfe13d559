import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { namedPolicy } from "../named-resource.ts";
import { requireOwnPolicy, requirePolicy } from "../policies.ts";
import { requireManagedPolicy } from "../policy-document.ts";
import { quotas } from "../quotas.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** Adds a version to a customer managed policy; version numbers are never used again. */
export const createPolicyVersion: WriteOperation<typeof iam, "CreatePolicyVersion"> = {
  name: "CreatePolicyVersion",

  authorise: (input) => [{ action: "iam:CreatePolicyVersion", ...namedPolicy(input.PolicyArn) }],

  async commit(tx, { account, now }, input) {
    requireOwnPolicy(account, input.PolicyArn, "create versions for policies");
    const policy = await requirePolicy(tx, account, input.PolicyArn);
    requireManagedPolicy(input.PolicyDocument);
    const tables = tx.tables<IamTables>();
    const version = policy.next_version;
    await tables
      .insertInto("iam_policy_version")
      .values({ policy_id: policy.id, version, document: input.PolicyDocument, created_at: now })
      .execute();
    const versions = await tables
      .selectFrom("iam_policy_version")
      .select("version")
      .where("policy_id", "=", policy.id)
      .execute();
    if (versions.length > quotas.VersionsPerPolicy) {
      throw new Fault(
        "LimitExceeded",
        `A managed policy can have up to ${quotas.VersionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const isDefault = input.SetAsDefault === true;
    await tables
      .updateTable("iam_policy")
      .set({
        next_version: version + 1,
        updated_at: now,
        default_version: isDefault ? version : policy.default_version,
      })
      .where("id", "=", policy.id)
      .execute();
    return {
      PolicyVersion: {
        VersionId: `v${version}`,
        IsDefaultVersion: isDefault,
        CreateDate: wholeSeconds(now),
      },
    };
  },
};
