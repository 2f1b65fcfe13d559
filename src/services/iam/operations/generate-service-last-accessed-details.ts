import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { type AccessReport, accessReport } from "../last-access.ts";
import { findPolicySubject } from "../policy-subject.ts";
import type { IamPorts } from "../ports.ts";
import { principalArn } from "../principals.ts";
import type { IamTables } from "../store.ts";

/** Makes a report of which services a user, group, role or policy allows and when they were last used. */
export const generateServiceLastAccessedDetails = (
  ports: IamPorts,
): WriteOperation<typeof iam, "GenerateServiceLastAccessedDetails", AccessReport> => ({
  name: "GenerateServiceLastAccessedDetails",
  authorise: (input) => [{ action: "iam:GenerateServiceLastAccessedDetails", resource: input.Arn }],
  async prepare(ctx, input) {
    const subject = await findPolicySubject(ctx.rows, ports.managedPolicies, ctx.account, input.Arn);
    if (subject === undefined) throw new Fault("NoSuchEntity", `ARN ${input.Arn} was not found.`);
    return accessReport(ctx.rows, ports.lastUse, subject, input.Granularity ?? "SERVICE_LEVEL");
  },
  async commit(tx, ctx, _input, report) {
    const jobId = uuid(ctx.random);
    await tx
      .tables<IamTables>()
      .insertInto("iam_access_report")
      .values({
        job_id: jobId,
        account: ctx.account,
        requester: principalArn(ctx.principal),
        created_at: ctx.now,
        document: JSON.stringify(report),
      })
      .execute();
    return { JobId: jobId };
  },
});
