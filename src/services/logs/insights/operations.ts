import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { AnyOperation, InputOf, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { type LogsScope, logGroupOf, logStreamArn, onLogGroup, onLogs } from "../arn.ts";
import { invalidParameter, notServed } from "../faults.ts";
import { needLogGroup } from "../groups.ts";
import { pageOf, pageStart } from "../paging.ts";
import { checkQuery } from "./check.ts";
import { definitionOperations } from "./definitions.ts";
import { readQuery } from "./query.ts";
import type { QueryDocument, QueryRow, QueryTables } from "./query-store.ts";
import type { Line } from "./run.ts";
import { type Found, search } from "./search.ts";

type Logs = typeof logs;
type StartQueryInput = InputOf<Logs, "StartQuery">;

/** CloudWatch Logs quotas: groups of a query; how long results are kept; lines that it answers without a limit. */
const mostGroups = 50;
const keptFor = 7 * day;
const usualLines = 10_000;

function groupsNamed(
  input: StartQueryInput,
): readonly { logGroupIdentifier?: string; logGroupName?: string }[] {
  return [
    ...(input.logGroupName === undefined ? [] : [{ logGroupName: input.logGroupName }]),
    ...(input.logGroupNames ?? []).map((logGroupName) => ({ logGroupName })),
    ...(input.logGroupIdentifiers ?? []).map((logGroupIdentifier) => ({
      logGroupIdentifier: logGroupIdentifier.replace(/:\*$/, ""),
    })),
  ];
}

interface Ran {
  readonly id: string;
  readonly groups: readonly string[];
  readonly found: Found;
}

/** Runs a query. It is done when it is answered: what asks for its results finds them at once. */
const startQuery: WriteOperation<Logs, "StartQuery", Ran> = {
  name: "StartQuery",
  authorise(input, ctx) {
    const named = groupsNamed(input);
    const asked = named.length === 0 ? [{}] : named;
    return asked.flatMap((group) => onLogGroup("logs:StartQuery")(group, ctx));
  },
  async prepare(ctx, input) {
    if (input.queryLanguage !== undefined && input.queryLanguage !== "CWLI") {
      throw notServed(`The query language ${input.queryLanguage}`);
    }
    const named = groupsNamed(input);
    if (named.length === 0) throw invalidParameter("At least one log group must be specified.");
    if (named.length > mostGroups) throw invalidParameter(`A query takes at most ${mostGroups} log groups.`);
    const commands = readQuery(input.queryString);
    checkQuery(commands);
    const groups = await Promise.all(named.map((group) => needLogGroup(ctx.rows, logGroupOf(group, ctx))));
    const from = inMilliseconds(input.startTime);
    const to = inMilliseconds(input.endTime);
    if (from > to) throw invalidParameter("The query's end time is before its start time.");
    const most = input.limit ?? usualLines;
    const found = await search(ctx.rows, { commands, groups, from, to, most }, ctx);
    return { id: uuid(ctx.random), groups: groups.map(({ name }) => name), found };
  },
  async commit(tx, ctx, input, { id, groups, found }) {
    const document: QueryDocument = {
      text: input.queryString,
      groups,
      user: "arn" in ctx.principal ? ctx.principal.arn : "",
      duration: 0,
      matched: found.matched,
      scanned: found.scanned,
      bytes: found.bytes,
    };
    const { account, region, now } = ctx;
    const tables = tx.tables<QueryTables>();
    await tables
      .deleteFrom("logs_query")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("created_at", "<", now - keptFor)
      .execute();
    const results = JSON.stringify(found.lines);
    await tables
      .insertInto("logs_query")
      .values({ account, region, id, created_at: now, document: JSON.stringify(document), results })
      .execute();
    return { queryId: id };
  },
};

/** AWS: times are seconds; the console sends milliseconds, which are taken for what they are. */
function inMilliseconds(time: number): number {
  return time < 100_000_000_000 ? time * 1000 : time;
}

async function findQuery(rows: Rows, place: LogsScope, id: string): Promise<QueryRow | undefined> {
  return rows
    .tables<QueryTables>()
    .selectFrom("logs_query")
    .selectAll()
    .where("account", "=", place.account)
    .where("region", "=", place.region)
    .where("id", "=", id)
    .executeTakeFirst();
}

async function needQuery(rows: Rows, place: LogsScope, id: string): Promise<QueryRow> {
  const row = await findQuery(rows, place, id);
  if (row !== undefined) return row;
  throw new Fault("ResourceNotFoundException", `Query with ID ${id} does not exist`);
}

function documentOf(row: QueryRow): QueryDocument {
  return JSON.parse(row.document) as QueryDocument;
}

const getQueryResults: ReadOperation<Logs, "GetQueryResults"> = {
  name: "GetQueryResults",
  dataEvent: true,
  async authorise({ queryId }, ctx) {
    const row = await findQuery(ctx.rows, ctx, queryId);
    const groups = row === undefined ? ["*"] : documentOf(row).groups;
    const { account, region } = ctx;
    return groups.map((name) => ({
      action: "logs:GetQueryResults",
      resource: logStreamArn({ account, region, name }, ""),
    }));
  },
  async read(ctx, { queryId }) {
    const row = await needQuery(ctx.rows, ctx, queryId);
    const { matched, scanned, bytes, groups } = documentOf(row);
    const lines = JSON.parse(row.results) as readonly Line[];
    return {
      queryLanguage: "CWLI",
      status: "Complete",
      results: lines.map((line) => line.map(({ field, value }) => ({ field, value }))),
      statistics: {
        recordsMatched: matched,
        recordsScanned: scanned,
        bytesScanned: bytes,
        estimatedRecordsSkipped: 0,
        estimatedBytesSkipped: 0,
        logGroupsScanned: groups.length,
      },
    };
  },
};

const stopQuery: ReadOperation<Logs, "StopQuery"> = {
  name: "StopQuery",
  authorise: onLogs("logs:StopQuery"),
  async read(ctx: PrepareContext, { queryId }) {
    await needQuery(ctx.rows, ctx, queryId);
    // AWS: what has ended cannot be stopped.
    throw invalidParameter(`Query with ID ${queryId} is already complete`);
  },
};

const queriesPage = 1000;

const describeQueries: ReadOperation<Logs, "DescribeQueries"> = {
  name: "DescribeQueries",
  authorise: onLogs("logs:DescribeQueries"),
  async read(ctx, { logGroupName, status, maxResults = queriesPage, nextToken: token }) {
    if (status !== undefined && status !== "Complete") return { queries: [] };
    const [before] = pageStart(token);
    const rows = await ctx.rows
      .tables<QueryTables>()
      .selectFrom("logs_query")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("created_at", "<", before === undefined ? Number.MAX_SAFE_INTEGER : Number(before))
      .orderBy("created_at", "desc")
      .execute();
    const wanted = rows.filter(
      (row) => logGroupName === undefined || documentOf(row).groups.includes(logGroupName),
    );
    const { rows: page, nextToken } = pageOf(wanted.slice(0, maxResults + 1), maxResults, (row) => [
      String(row.created_at),
    ]);
    return {
      queries: page.map((row) => {
        const { text, groups, user, bytes, duration } = documentOf(row);
        return {
          queryLanguage: "CWLI" as const,
          queryId: row.id,
          queryString: text,
          status: "Complete" as const,
          createTime: row.created_at,
          logGroupName: groups[0],
          queryDuration: duration,
          bytesScanned: bytes,
          userIdentity: user,
        };
      }),
      ...(nextToken !== undefined && { nextToken }),
    };
  },
};

/** CloudWatch Logs Insights. */
export const insightsOperations: readonly AnyOperation[] = [
  describeQueries,
  getQueryResults,
  startQuery,
  stopQuery,
  ...definitionOperations,
];
