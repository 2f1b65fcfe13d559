import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { namespaceArn } from "../arn.ts";
import { onAll } from "../authorise.ts";
import { badNextToken, operationNotFound } from "../faults.ts";
import { readFilters } from "../filters.ts";
import { findService } from "../services/cloud-map-service.ts";
import type { CloudMapTables } from "../store.ts";
import { describeOperation, findOperation, operationOfRow } from "./operation.ts";

export const getOperation: ReadOperation<typeof servicediscovery, "GetOperation"> = {
  name: "GetOperation",
  async authorise({ OperationId: id = "" }, ctx) {
    const { account, region } = ctx;
    const targets = (await findOperation(ctx.rows, { account, region, id }))?.targets;
    const service =
      targets?.service === undefined
        ? undefined
        : await findService(ctx.rows, { account, region, id: targets.service });
    const namespace = targets?.namespace ?? service?.namespaceId ?? "*";
    return [
      { action: "servicediscovery:GetOperation", resource: namespaceArn({ account, region, id: namespace }) },
    ];
  },
  async read({ rows, account, region }, { OperationId: id = "" }) {
    const found = await findOperation(rows, { account, region, id });
    if (found === undefined) throw operationNotFound(id);
    return { Operation: describeOperation(found) };
  },
};

const pageSize = 100;

const conditions = {
  NAMESPACE_ID: ["EQ"],
  SERVICE_ID: ["EQ"],
  STATUS: ["EQ", "IN"],
  TYPE: ["EQ", "IN"],
  UPDATE_DATE: ["BETWEEN"],
} as const;

const columns = {
  NAMESPACE_ID: "namespace_id",
  SERVICE_ID: "service_id",
  STATUS: "status",
  TYPE: "type",
} as const;

export const listOperations: ReadOperation<typeof servicediscovery, "ListOperations"> = {
  name: "ListOperations",
  authorise: () => onAll("ListOperations"),
  async read(ctx, { NextToken, MaxResults, Filters }) {
    const { after, limit } = pageAfter(NextToken, MaxResults ?? pageSize, badNextToken);
    let query = ctx.rows
      .tables<CloudMapTables>()
      .selectFrom("servicediscovery_operation")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("id", ">", after);
    for (const { name, values } of readFilters(Filters, conditions)) {
      if (name === "UPDATE_DATE") {
        const [from = 0, to = 0] = values.map((seconds) => Math.trunc(Number(seconds) * 1000) || 0);
        query = query.where("updated_at", ">=", from).where("updated_at", "<=", to);
      } else {
        query = query.where(columns[name], "in", values);
      }
    }
    const rows = await query
      .orderBy("id")
      .limit(limit + 1)
      .execute();
    const page = cutPage(rows, limit, ({ id }) => [id]);
    return {
      Operations: page.rows.map(operationOfRow).map(({ key, status }) => ({ Id: key.id, Status: status })),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};
