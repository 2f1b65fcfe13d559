import type * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { day, hour } from "../../../kernel/duration.ts";
import { cutPage, readPageToken } from "../../../kernel/page.ts";
import { badNextToken, notServed } from "../faults.ts";
import { apiDimensions, type Dimension } from "./metric.ts";
import type { MetricTables } from "./metric-store.ts";

/** Metrics of one answer (API Reference, "ListMetrics"). */
const pageSize = 500;
/** Rows looked at for one answer where dimensions are asked for, which no index serves. */
const mostLookedAt = 5_000;
/** AWS: a metric without new data for two weeks is not listed. */
const listedFor = 14 * day;
const recent = 3 * hour;

/** Lists metrics: all, of a namespace, of a name, with dimensions, or those that data came for within three hours. */
export const listMetrics: ReadOperation<typeof cloudwatch, "ListMetrics"> = {
  name: "ListMetrics",
  authorise: () => [{ action: "cloudwatch:ListMetrics", resource: "*" }],
  async read(ctx, input) {
    const { Namespace, MetricName, Dimensions = [], RecentlyActive } = input;
    if (input.IncludeLinkedAccounts === true)
      throw notServed("Cross-account observability (IncludeLinkedAccounts)");
    const after = input.NextToken === undefined ? ["", "", ""] : readPageToken(input.NextToken);
    if (after?.length !== 3) throw badNextToken();
    const [namespace = "", name = "", id = ""] = after;
    const rows = await ctx.rows
      .tables<MetricTables>()
      .selectFrom("cloudwatch_metric")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .$if(Namespace !== undefined, (select) => select.where("namespace", "=", Namespace ?? ""))
      .$if(MetricName !== undefined, (select) => select.where("name", "=", MetricName ?? ""))
      .where("last_at", ">=", ctx.now - (RecentlyActive === "PT3H" ? recent : listedFor))
      .where(({ eb, or, and }) =>
        or([
          eb("namespace", ">", namespace),
          and([eb("namespace", "=", namespace), eb("name", ">", name)]),
          and([eb("namespace", "=", namespace), eb("name", "=", name), eb("id", ">", id)]),
        ]),
      )
      .orderBy("namespace")
      .orderBy("name")
      .orderBy("id")
      .limit(Dimensions.length > 0 ? mostLookedAt : pageSize + 1)
      .execute();
    const found = rows
      .map((row) => ({ row, dimensions: JSON.parse(row.dimensions) as readonly Dimension[] }))
      .filter(({ dimensions }) =>
        Dimensions.every(({ Name, Value }) =>
          dimensions.some((one) => one.name === Name && (Value === undefined || one.value === Value)),
        ),
      );
    const page = cutPage(found, pageSize, ({ row }) => [row.namespace, row.name, row.id]);
    // A search that has not seen every metric goes on where it stopped looking.
    const last = Dimensions.length > 0 && rows.length === mostLookedAt ? rows.at(-1) : undefined;
    const NextToken =
      page.next ??
      (last === undefined
        ? undefined
        : cutPage([last, last], 1, (row) => [row.namespace, row.name, row.id]).next);
    return {
      Metrics: page.rows.map(({ row, dimensions }) => ({
        Namespace: row.namespace,
        MetricName: row.name,
        Dimensions: apiDimensions(dimensions),
      })),
      ...(NextToken !== undefined && { NextToken }),
    };
  },
};
