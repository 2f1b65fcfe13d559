import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiServiceLastAccessed, requireReport } from "../last-access.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { principalArn } from "../principals.ts";
import { wholeSeconds } from "../time.ts";

/** A report of last-accessed data, by service. It is complete as soon as it exists. */
export const getServiceLastAccessedDetails: ReadOperation<typeof iam, "GetServiceLastAccessedDetails"> = {
  name: "GetServiceLastAccessedDetails",
  authorise: () => [{ action: "iam:GetServiceLastAccessedDetails", resource: "*" }],
  async read(ctx, input) {
    const requester = principalArn(ctx.principal);
    const { row, report } = await requireReport(ctx.rows, ctx.account, requester, input.JobId);
    const page = pageOfSorted(report.services, (service) => service, pageRequest(input));
    return {
      JobStatus: "COMPLETED",
      JobType: report.granularity,
      JobCreationDate: wholeSeconds(row.created_at),
      JobCompletionDate: wholeSeconds(row.created_at),
      ServicesLastAccessed: page.rows.map((service) => apiServiceLastAccessed(report, service)),
      ...pageMembers(page),
    };
  },
};
