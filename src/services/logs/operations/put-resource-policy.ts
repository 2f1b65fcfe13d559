import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onLogs } from "../arn.ts";
import { invalidParameter, limitExceeded, notServed } from "../faults.ts";
import { keptPolicy } from "../resource-policy.ts";
import type { LogsTables } from "../store.ts";

/** CloudWatch Logs quotas: resource policies of an account in a region. */
const mostPolicies = 10;

/** Lets other services, `events.amazonaws.com` for one, write to log groups of the account in this region. */
export const putResourcePolicy: WriteOperation<typeof logs, "PutResourcePolicy"> = {
  name: "PutResourcePolicy",
  authorise: onLogs("logs:PutResourcePolicy"),
  async commit(tx, ctx, input) {
    if (input.resourceArn !== undefined || input.expectedRevisionId !== undefined) {
      throw notServed("A policy of a single resource (resourceArn, expectedRevisionId)");
    }
    const { policyName: name = "", policyDocument = "" } = input;
    if (!/^[\w+=,.@-]{1,255}$/.test(name)) throw invalidParameter("policyName is not valid.");
    const document = keptPolicy(policyDocument);
    const tables = tx.tables<LogsTables>();
    await tables
      .insertInto("logs_resource_policy")
      .values({ account: ctx.account, region: ctx.region, name, document, updated_at: ctx.now })
      .onConflict((conflict) =>
        conflict.columns(["account", "region", "name"]).doUpdateSet({ document, updated_at: ctx.now }),
      )
      .execute();
    const { count } = await tables
      .selectFrom("logs_resource_policy")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .executeTakeFirstOrThrow();
    if (Number(count) > mostPolicies) throw limitExceeded("Resource limit exceeded.");
    await tx.bumpEpoch(ctx.account);
    return {
      resourcePolicy: {
        policyName: name,
        policyDocument: document,
        lastUpdatedTime: ctx.now,
        policyScope: "ACCOUNT",
      },
    };
  },
};
