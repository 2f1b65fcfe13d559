import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { AnyOperation, InputOf, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { type LogsScope, logGroupOf, logStreamArn, onLogGroup, onLogs } from "../arn.ts";
import { invalidParameter, notServed } from "../faults.ts";
import { type LogGroup, needLogGroup } from "../groups.ts";
import { pageOf, pageStart } from "../paging.ts";
import { checkQuery } from "./check.ts";
import { definitionOperations } from "./definitions.ts";
import { readQuery } from "./query.ts";
import type { QueryDocument, QueryRow, QueryTables } from "./query-store.ts";
import { getLogRecord } from "./record.ts";
import type { Line } from "./run.ts";
import { documentOf, findQuery, queryJob, writeQuery } from "./run-query.ts";

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

/** Starts a query, which runs by itself: whoever asks for its results finds it running, or what it found. */
const startQuery: WriteOperation<Logs, "StartQuery", string> = {
  name: "StartQuery",
  authorise(input, ctx) {
    const named = groupsNamed(input);
    const asked = named.length === 0 ? [{}] : named;
    return asked.flatMap((group) => onLogGroup("logs:StartQuery")(group, ctx));
  },
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, id) {
    if (input.queryLanguage !== undefined && input.queryLanguage !== "CWLI") {
      throw notServed(`The query language ${input.queryLanguage}`);
    }
    const named = groupsNamed(input);
    if (named.length === 0) throw invalidParameter("At least one log group must be specified.");
    if (named.length > mostGroups) throw invalidParameter(`A query takes at most ${mostGroups} log groups.`);
    checkQuery(readQuery(input.queryString));
    const groups: LogGroup[] = [];
    for (const group of named) groups.push(await needLogGroup(tx, logGroupOf(group, ctx)));
    const from = inMilliseconds(input.startTime);
    const to = inMilliseconds(input.endTime);
    if (from > to) throw invalidParameter("The query's end time is before its start time.");
    const document: QueryDocument = {
      status: "Running",
      plan: { groupIds: groups.map((group) => group.id), from, to, most: input.limit ?? usualLines },
      text: input.queryString,
      groups: groups.map(({ name }) => name),
      user: "arn" in ctx.principal ? ctx.principal.arn : "",
      ...{ duration: 0, matched: 0, scanned: 0, bytes: 0 },
    };
    const { account, region, now } = ctx;
    const tables = tx.tables<QueryTables>();
    await tables
      .deleteFrom("logs_query")
      .where("account", "=", account)
      .where("region", "=", region)
      .where("created_at", "<", now - keptFor)
      .execute();
    await tables
      .insertInto("logs_query")
      .values({ account, region, id, created_at: now, document: JSON.stringify(document), results: "[]" })
      .execute();
    await tx.enqueue(queryJob(ctx, id));
    return { queryId: id };
  },
};

/** AWS: times are seconds; the console sends milliseconds, which are taken for what they are. */
function inMilliseconds(time: number): number {
  return time < 100_000_000_000 ? time * 1000 : time;
}

async function needQuery(rows: Rows, place: LogsScope, id: string): Promise<QueryRow> {
  const row = await findQuery(rows, place, id);
  if (row !== undefined) return row;
  throw new Fault("ResourceNotFoundException", `Query with ID ${id} does not exist`);
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
    const { status = "Complete", matched, scanned, bytes, groups } = documentOf(row);
    const lines = JSON.parse(row.results) as readonly Line[];
    return {
      queryLanguage: "CWLI",
      status,
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

const stopQuery: WriteOperation<Logs, "StopQuery"> = {
  name: "StopQuery",
  authorise: onLogs("logs:StopQuery"),
  async commit(tx, ctx, { queryId }) {
    const row = await needQuery(tx, ctx, queryId);
    const { plan: _, ...document } = documentOf(row);
    // AWS: what has ended cannot be stopped.
    if (document.status !== "Running") throw invalidParameter(`Query with ID ${queryId} is already complete`);
    await writeQuery(tx, row, { ...document, status: "Cancelled" });
    return { success: true };
  },
};

const listLogGroupsForQuery: ReadOperation<Logs, "ListLogGroupsForQuery"> = {
  name: "ListLogGroupsForQuery",
  authorise: onLogs("logs:ListLogGroupsForQuery"),
  async read(ctx, { queryId, maxResults = mostGroups, nextToken: token }) {
    const { groups } = documentOf(await needQuery(ctx.rows, ctx, queryId));
    const [after = ""] = pageStart(token);
    const wanted = [...groups].sort().filter((name) => name > after);
    const { rows: page, nextToken } = pageOf(wanted.slice(0, maxResults + 1), maxResults, (name) => [name]);
    return { logGroupIdentifiers: [...page], ...(nextToken !== undefined && { nextToken }) };
  },
};

const queriesPage = 1000;

const describeQueries: ReadOperation<Logs, "DescribeQueries"> = {
  name: "DescribeQueries",
  authorise: onLogs("logs:DescribeQueries"),
  async read(ctx, { logGroupName, status, maxResults = queriesPage, nextToken: token }) {
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
    const wanted = rows.filter((row) => {
      const query = documentOf(row);
      const asked = status === undefined || (query.status ?? "Complete") === status;
      return asked && (logGroupName === undefined || query.groups.includes(logGroupName));
    });
    const { rows: page, nextToken } = pageOf(wanted.slice(0, maxResults + 1), maxResults, (row) => [
      String(row.created_at),
    ]);
    return {
      queries: page.map((row) => {
        const { status: reached = "Complete", text, groups, user, bytes, duration } = documentOf(row);
        return {
          queryLanguage: "CWLI" as const,
          queryId: row.id,
          queryString: text,
          status: reached,
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
  getLogRecord,
  getQueryResults,
  listLogGroupsForQuery,
  startQuery,
  stopQuery,
  ...definitionOperations,
];
