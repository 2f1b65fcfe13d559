import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { apiEntityInfo, entitiesLastAccessed, requireReport } from "../last-access.ts";
import { pageMembers, pageRequest } from "../paging.ts";
import { principalArn } from "../principals.ts";
import { wholeSeconds } from "../time.ts";

/** Who of a report used one service, and when. */
export const getServiceLastAccessedDetailsWithEntities: ReadOperation<
  typeof iam,
  "GetServiceLastAccessedDetailsWithEntities"
> = {
  name: "GetServiceLastAccessedDetailsWithEntities",
  authorise: () => [{ action: "iam:GetServiceLastAccessedDetailsWithEntities", resource: "*" }],
  async read(ctx, input) {
    const requester = principalArn(ctx.principal);
    const { row, report } = await requireReport(ctx.rows, ctx.account, requester, input.JobId);
    const { after, limit } = pageRequest(input);
    const entities = report.services.includes(input.ServiceNamespace)
      ? entitiesLastAccessed(report, input.ServiceNamespace)
      : [];
    // A report never changes, so the place of an entity in it is as good a key as any.
    const from = Number(after[0] ?? 0);
    const page = cutPage(entities.slice(from, from + limit + 1), limit, () => [String(from + limit)]);
    return {
      JobStatus: "COMPLETED",
      JobCreationDate: wholeSeconds(row.created_at),
      JobCompletionDate: wholeSeconds(row.created_at),
      EntityDetailsList: page.rows.map(({ actor, at }) => ({
        EntityInfo: apiEntityInfo(actor),
        ...(at === undefined ? {} : { LastAuthenticated: wholeSeconds(at) }),
      })),
      ...pageMembers(page),
    };
  },
};
