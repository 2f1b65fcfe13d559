import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { AnyOperation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { type LogsScope, onLogs } from "../arn.ts";
import { notServed } from "../faults.ts";
import { pageOf, pageStart } from "../paging.ts";
import type { DefinitionDocument, QueryDefinitionRow, QueryTables } from "./query-store.ts";

type Logs = typeof logs;

/** CloudWatch Logs quotas: query definitions of a region. */
const mostDefinitions = 1000;

function definitionsOf(rows: Rows, { account, region }: LogsScope) {
  return rows
    .tables<QueryTables>()
    .selectFrom("logs_query_definition")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region);
}

function absent(): Fault {
  return new Fault("ResourceNotFoundException", "The specified query definition does not exist.");
}

const putQueryDefinition: WriteOperation<Logs, "PutQueryDefinition"> = {
  name: "PutQueryDefinition",
  authorise: onLogs("logs:PutQueryDefinition"),
  async commit(tx, ctx, input) {
    const { queryLanguage = "CWLI", parameters, name, queryString: text } = input;
    if (queryLanguage !== "CWLI") throw notServed(`The query language ${queryLanguage}`);
    if (parameters !== undefined && parameters.length > 0) throw notServed("A query with parameters");
    const { account, region, now } = ctx;
    const given = input.queryDefinitionId;
    const saved = await definitionsOf(tx, ctx).select("id").execute();
    if (given !== undefined && !saved.some(({ id }) => id === given)) throw absent();
    if (given === undefined && saved.length >= mostDefinitions) {
      throw new Fault("LimitExceededException", "Resource limit exceeded.");
    }
    const id = given ?? uuid(ctx.random);
    const document = JSON.stringify({ text, groups: input.logGroupNames ?? [] } satisfies DefinitionDocument);
    const columns = { name, modified_at: now, document };
    await tx
      .tables<QueryTables>()
      .insertInto("logs_query_definition")
      .values({ account, region, id, ...columns })
      .onConflict((conflict) => conflict.columns(["account", "region", "id"]).doUpdateSet(columns))
      .execute();
    return { queryDefinitionId: id };
  },
};

const definitionsPage = 1000;

const describeQueryDefinitions: ReadOperation<Logs, "DescribeQueryDefinitions"> = {
  name: "DescribeQueryDefinitions",
  authorise: onLogs("logs:DescribeQueryDefinitions"),
  async read(ctx, { queryDefinitionNamePrefix = "", maxResults = definitionsPage, nextToken: token }) {
    const [after = ""] = pageStart(token);
    const rows = await definitionsOf(ctx.rows, ctx).where("id", ">", after).orderBy("id").execute();
    const wanted = rows.filter(({ name }) => name.startsWith(queryDefinitionNamePrefix));
    const { rows: page, nextToken } = pageOf(wanted.slice(0, maxResults + 1), maxResults, ({ id }) => [id]);
    return {
      queryDefinitions: page.map(wireDefinition),
      ...(nextToken !== undefined && { nextToken }),
    };
  },
};

function wireDefinition(row: QueryDefinitionRow): logs.QueryDefinition {
  const { text, groups } = JSON.parse(row.document) as DefinitionDocument;
  return {
    queryLanguage: "CWLI",
    queryDefinitionId: row.id,
    name: row.name,
    queryString: text,
    lastModified: row.modified_at,
    logGroupNames: [...groups],
  };
}

const deleteQueryDefinition: WriteOperation<Logs, "DeleteQueryDefinition"> = {
  name: "DeleteQueryDefinition",
  authorise: onLogs("logs:DeleteQueryDefinition"),
  async commit(tx, ctx, { queryDefinitionId }) {
    const gone = await tx
      .tables<QueryTables>()
      .deleteFrom("logs_query_definition")
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("id", "=", queryDefinitionId)
      .returning("id")
      .executeTakeFirst();
    if (gone === undefined) throw absent();
    return { success: true };
  },
};

export const definitionOperations: readonly AnyOperation[] = [
  deleteQueryDefinition,
  describeQueryDefinitions,
  putQueryDefinition,
];
