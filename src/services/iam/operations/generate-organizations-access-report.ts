import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { uuid } from "../../../kernel/ids.ts";
import { type OrganizationReport, organizationReport } from "../organization-report.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

/**
 * Makes a report of which services the policies on an organization's root, unit or account allow, and when the accounts
 * there last used them. A report that cannot be made is one that failed, and says why; those words are ours.
 */
export const generateOrganizationsAccessReport = ({
  organizations,
  lastUse,
}: IamPorts): WriteOperation<typeof iam, "GenerateOrganizationsAccessReport", OrganizationReport> => ({
  name: "GenerateOrganizationsAccessReport",
  authorise: (input, { account }) => [
    {
      action: "iam:GenerateOrganizationsAccessReport",
      resource: formatArn("iam", "", account, `access-report/${input.EntityPath}`),
      context: { "iam:OrganizationsPolicyId": input.OrganizationsPolicyId },
    },
  ],
  async prepare({ rows, account }, input) {
    const scope = await organizations.scope(rows, account, input.EntityPath, input.OrganizationsPolicyId);
    if (scope !== undefined) return organizationReport(rows, lastUse, scope);
    const what = input.OrganizationsPolicyId === undefined ? "entity" : "entity or policy";
    return {
      error: {
        code: "EntityNotFound",
        message: `The caller's account manages no organization that has the ${what}: ${input.EntityPath}`,
      },
    };
  },
  async commit(tx, { account, random, now }, _input, report) {
    const jobId = uuid(random);
    await tx
      .tables<IamTables>()
      .insertInto("iam_organization_report")
      .values({ job_id: jobId, account, created_at: now, document: JSON.stringify(report) })
      .execute();
    return { JobId: jobId };
  },
});
