import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import { isAwsManaged, policyNotFound, requirePolicy, requirePolicyArn } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** The versions of a managed policy, newest first, without their documents. */
export const listPolicyVersions = ({
  managedPolicies,
}: IamPorts): ReadOperation<typeof iam, "ListPolicyVersions"> => ({
  name: "ListPolicyVersions",

  authorise: (input) => [{ action: "iam:ListPolicyVersions", resource: requirePolicyArn(input.PolicyArn) }],

  async read({ rows, account }, input) {
    const { PolicyArn: arn } = input;
    if (isAwsManaged(arn)) {
      const policy = managedPolicies.get(arn);
      if (policy === undefined) throw policyNotFound(arn);
      const CreateDate = wholeSeconds(policy.updatedAt);
      const only = { VersionId: policy.defaultVersion, IsDefaultVersion: true, CreateDate };
      return { Versions: [only], IsTruncated: false };
    }
    const policy = await requirePolicy(rows, account, arn);
    const { after, limit } = pageRequest(input);
    const fetched = await rows
      .tables<IamTables>()
      .selectFrom("iam_policy_version")
      .select(["version", "created_at"])
      .where("policy_id", "=", policy.id)
      .where("version", "<", Number(after[0] ?? policy.next_version))
      .orderBy("version", "desc")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, ({ version }) => [String(version)]);
    return {
      Versions: page.rows.map((row) => ({
        VersionId: `v${row.version}`,
        IsDefaultVersion: row.version === policy.default_version,
        CreateDate: wholeSeconds(row.created_at),
      })),
      ...pageMembers(page),
    };
  },
});
