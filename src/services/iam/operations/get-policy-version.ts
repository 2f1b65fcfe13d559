import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { namedPolicy } from "../named-resource.ts";
import { isAwsManaged, requireVersion, versionNotFound } from "../policies.ts";
import { encodedDocument } from "../policy-document.ts";
import type { IamPorts } from "../ports.ts";
import { wholeSeconds } from "../time.ts";

/** A version of a managed policy with its document. Of AWS managed policies there is the default version only. */
export const getPolicyVersion = ({
  managedPolicies,
}: IamPorts): ReadOperation<typeof iam, "GetPolicyVersion"> => ({
  name: "GetPolicyVersion",

  authorise: (input) => [{ action: "iam:GetPolicyVersion", ...namedPolicy(input.PolicyArn) }],

  async read({ rows, account }, { PolicyArn: arn, VersionId: versionId }) {
    if (isAwsManaged(arn)) {
      const managed = managedPolicies.get(arn);
      if (managed?.defaultVersion !== versionId) throw versionNotFound(arn, versionId);
      return {
        PolicyVersion: {
          Document: encodedDocument(managed.document),
          VersionId: versionId,
          IsDefaultVersion: true,
          CreateDate: wholeSeconds(managed.updatedAt),
        },
      };
    }
    const {
      policy,
      version,
      document,
      created_at: createdAt,
    } = await requireVersion(rows, account, arn, versionId);
    return {
      PolicyVersion: {
        Document: encodedDocument(document),
        VersionId: versionId,
        IsDefaultVersion: version === policy.default_version,
        CreateDate: wholeSeconds(createdAt),
      },
    };
  },
});
