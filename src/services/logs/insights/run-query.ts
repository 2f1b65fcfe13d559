import type { InternalOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Job, Jobs, NewJob, Rows, Tx } from "../../../store/types.ts";
import type { LogsScope } from "../arn.ts";
import { logGroupById } from "../groups.ts";
import { readQuery } from "./query.ts";
import type { QueryDocument, QueryRow, QueryTables } from "./query-store.ts";
import type { Line } from "./run.ts";
import { search } from "./search.ts";

/** The queue of queries that run. */
const queryQueue = "logs.queries";

/** CloudWatch Logs in its own name. */
const logsPrincipal = "logs.amazonaws.com";

/** Has a query run. */
export function queryJob({ account, region }: LogsScope, id: string): NewJob {
  return { queue: queryQueue, key: id, account, region, payload: { id } };
}

/** The query, or `undefined`. */
export async function findQuery(rows: Rows, place: LogsScope, id: string): Promise<QueryRow | undefined> {
  return rows
    .tables<QueryTables>()
    .selectFrom("logs_query")
    .selectAll()
    .where("account", "=", place.account)
    .where("region", "=", place.region)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Reads a row. */
export function documentOf(row: QueryRow): QueryDocument {
  return JSON.parse(row.document) as QueryDocument;
}

/** Writes what became of a query. */
export async function writeQuery(
  tx: Tx,
  { account, region, id }: QueryRow,
  document: QueryDocument,
  lines: readonly Line[] = [],
): Promise<void> {
  await tx
    .tables<QueryTables>()
    .updateTable("logs_query")
    .set({ document: JSON.stringify(document), results: JSON.stringify(lines) })
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "=", id)
    .execute();
}

interface Ran {
  readonly lines: readonly Line[];
  /** How it ended, and its figures. */
  readonly outcome: Pick<QueryDocument, "status"> & Partial<QueryDocument>;
}

/** Runs a query, unless it was stopped meanwhile, and ends its job. */
const runQuery = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, Ran | undefined, boolean> => ({
  service: "logs",
  name: "RunQuery",
  onlyFor: logsPrincipal,
  unrecorded: true,
  // StartQuery asked for the permission; this is bookkeeping of the service in its own tables.
  authorise: () => [],
  async prepare(ctx, { job }) {
    const { id } = job.payload as { readonly id: string };
    const goesOn = async () => {
      const row = await findQuery(ctx.rows, job, id);
      return row !== undefined && documentOf(row).status === "Running";
    };
    const row = await findQuery(ctx.rows, job, id);
    const document = row && documentOf(row);
    if (document?.plan === undefined) return undefined;
    const { groupIds, from, to, most } = document.plan;
    const groups = await Promise.all(groupIds.map((groupId) => logGroupById(ctx.rows, groupId)));
    const here = groups.filter((group) => group !== undefined);
    try {
      const commands = readQuery(document.text);
      const found = await search(ctx.rows, { commands, groups: here, from, to, most }, ctx, goesOn);
      if (found === undefined) return undefined;
      const { lines, ...figures } = found;
      return { lines, outcome: { status: "Complete", ...figures } };
    } catch (error) {
      if (!isFault(error)) throw error;
      return { lines: [], outcome: { status: "Failed" } };
    }
  },
  async commit(tx, _ctx, { job }, ran) {
    if (!(await jobs.finish(tx, job))) return false;
    const { id } = job.payload as { readonly id: string };
    const row = await findQuery(tx, job, id);
    if (row === undefined || ran === undefined) return true;
    const { plan: _, ...document } = documentOf(row);
    if (document.status === "Running") await writeQuery(tx, row, { ...document, ...ran.outcome }, ran.lines);
    return true;
  },
});

/** What CloudWatch Logs does by itself when a query was started. */
export function querySchedule(ports: { readonly jobs: Jobs }) {
  return { queue: queryQueue, servicePrincipal: logsPrincipal, conclude: runQuery(ports) };
}
