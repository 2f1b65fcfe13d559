import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { findCredentialReport, isFresh } from "../credential-report.ts";
import { wholeSeconds } from "../time.ts";

/** The credential report that was written last. */
export const getCredentialReport: ReadOperation<typeof iam, "GetCredentialReport"> = {
  name: "GetCredentialReport",

  authorise: () => [{ action: "iam:GetCredentialReport", resource: "*" }],

  async read({ rows, account, now }) {
    const report = await findCredentialReport(rows, account);
    if (report === undefined) throw new Fault("ReportNotPresent", "Unknown");
    if (!isFresh(report, now)) throw new Fault("ReportExpired", "Unknown");
    return {
      Content: Buffer.from(report.content),
      ReportFormat: "text/csv",
      GeneratedTime: wholeSeconds(report.created_at),
    };
  },
};
