import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { credentialReport, findCredentialReport, isFresh } from "../credential-report.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

/** Writes down the state of everyone's credentials, unless that was done in the last four hours. */
export const generateCredentialReport = ({
  lastUse,
}: IamPorts): WriteOperation<typeof iam, "GenerateCredentialReport", string | undefined> => ({
  name: "GenerateCredentialReport",

  authorise: () => [{ action: "iam:GenerateCredentialReport", resource: "*" }],

  async prepare({ rows, account, now }) {
    const existing = await findCredentialReport(rows, account);
    if (existing !== undefined && isFresh(existing, now)) return undefined;
    return credentialReport(rows, account, lastUse);
  },

  async commit(tx, { account, now }, _input, content) {
    const existing = await findCredentialReport(tx, account);
    if (content === undefined || (existing !== undefined && isFresh(existing, now))) {
      return { State: "COMPLETE" };
    }
    await tx
      .tables<IamTables>()
      .insertInto("iam_credential_report")
      .values({ account, created_at: now, content })
      .onConflict((conflict) => conflict.column("account").doUpdateSet({ created_at: now, content }))
      .execute();
    // AWS: the first answer is never COMPLETE. Here the report is there already when it arrives.
    if (existing !== undefined) return { State: "STARTED" };
    return { State: "STARTED", Description: "No report exists. Starting a new report generation task" };
  },
});
