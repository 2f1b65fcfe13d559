import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { namedPolicy } from "../named-resource.ts";
import { invalidMarker, pageMembers, pageRequest } from "../paging.ts";
import { isAwsManaged, policyNotFound, requirePolicy, versionNumber } from "../policies.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** The versions of a managed policy, newest first, without their documents. */
export const listPolicyVersions = ({
  managedPolicies,
}: IamPorts): ReadOperation<typeof iam, "ListPolicyVersions"> => ({
  name: "ListPolicyVersions",

  authorise: (input) => [{ action: "iam:ListPolicyVersions", ...namedPolicy(input.PolicyArn) }],

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
    const {
      after: [last],
      limit,
    } = pageRequest(input);
    const before = last === undefined ? policy.next_version : versionNumber(last);
    if (before === undefined) throw invalidMarker();
    const fetched = await rows
      .tables<IamTables>()
      .selectFrom("iam_policy_version")
      .select(["version", "created_at"])
      .where("policy_id", "=", policy.id)
      .where("version", "<", before)
      .orderBy("version", "desc")
      .limit(limit + 1)
      .execute();
    const page = cutPage(fetched, limit, ({ version }) => [`v${version}`]);
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
