import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { dashboardArn } from "../arn.ts";
import { badNextToken, dashboardNotFound } from "../faults.ts";
import { readTags, tagContext } from "../tags.ts";
import { checkBody } from "./body.ts";
import { findDashboard, keepDashboard } from "./dashboard.ts";
import type { DashboardTables } from "./dashboard-store.ts";

const pageSize = 1_000;

/** Makes or replaces a dashboard. */
export const putDashboard: WriteOperation<typeof cloudwatch, "PutDashboard"> = {
  name: "PutDashboard",
  authorise: ({ DashboardName = "*", Tags }, { account }) => [
    {
      action: "cloudwatch:PutDashboard",
      resource: dashboardArn(account, DashboardName),
      context: tagContext(Tags),
    },
  ],
  async commit(tx, ctx, { DashboardName: name = "", DashboardBody: body = "", Tags }) {
    checkBody(body);
    const have = await findDashboard(tx, ctx.account, name);
    const tags = have?.tags ?? readTags([], Tags ?? []);
    await keepDashboard(tx, { account: ctx.account, name, body, tags, modifiedAt: ctx.now });
    return { DashboardValidationMessages: [] };
  },
};

export const getDashboard: ReadOperation<typeof cloudwatch, "GetDashboard"> = {
  name: "GetDashboard",
  authorise: ({ DashboardName = "*" }, { account }) => [
    { action: "cloudwatch:GetDashboard", resource: dashboardArn(account, DashboardName) },
  ],
  async read(ctx, { DashboardName: name = "" }) {
    const found = await findDashboard(ctx.rows, ctx.account, name);
    if (found === undefined) throw dashboardNotFound(name);
    return { DashboardArn: dashboardArn(ctx.account, name), DashboardBody: found.body, DashboardName: name };
  },
};

export const listDashboards: ReadOperation<typeof cloudwatch, "ListDashboards"> = {
  name: "ListDashboards",
  authorise: () => [{ action: "cloudwatch:ListDashboards", resource: "*" }],
  async read(ctx, { DashboardNamePrefix: prefix = "", NextToken }) {
    const { after } = pageAfter(NextToken, pageSize, badNextToken);
    const rows = await ctx.rows
      .tables<DashboardTables>()
      .selectFrom("cloudwatch_dashboard")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("name", ">", after)
      .where("name", ">=", prefix)
      .$if(prefix !== "", (select) => select.where("name", "<", `${prefix}\u{10ffff}`))
      .orderBy("name")
      .limit(pageSize + 1)
      .execute();
    const page = cutPage(rows, pageSize, ({ name }) => [name]);
    return {
      DashboardEntries: page.rows.map(({ name, body, modified_at: modified }) => ({
        DashboardName: name,
        DashboardArn: dashboardArn(ctx.account, name),
        LastModified: new Date(modified),
        Size: Buffer.byteLength(body),
      })),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};

/** AWS: all of them or, where one is not there, none. */
export const deleteDashboards: WriteOperation<typeof cloudwatch, "DeleteDashboards"> = {
  name: "DeleteDashboards",
  authorise: ({ DashboardNames = [] }, { account }) =>
    (DashboardNames.length === 0 ? ["*"] : DashboardNames).map((name) => ({
      action: "cloudwatch:DeleteDashboards",
      resource: dashboardArn(account, name),
    })),
  async commit(tx, ctx, { DashboardNames = [] }) {
    const missing: string[] = [];
    for (const name of DashboardNames)
      if ((await findDashboard(tx, ctx.account, name)) === undefined) missing.push(name);
    if (missing.length > 0) {
      throw new Fault(
        "DashboardNotFoundError",
        `The specified dashboard does not exist. [${missing.join(", ")}]`,
      );
    }
    if (DashboardNames.length > 0) {
      await tx
        .tables<DashboardTables>()
        .deleteFrom("cloudwatch_dashboard")
        .where("account", "=", ctx.account)
        .where("name", "in", DashboardNames)
        .execute();
    }
    return {};
  },
};
