import type { Session, SessionFilter } from "@aws-sdk/client-ssm";
import type { CallContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, readPageToken } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import type { Ssm } from "../contract.ts";
import { badNextToken, validation } from "../faults.ts";
import type { SessionPorts } from "./ports.ts";
import { endOf, isActive } from "./session.ts";
import type { SessionRow, SessionTables } from "./session-store.ts";
import { targetArn } from "./target.ts";

const page = 50;

/** Lists sessions, newest first: those under way, or those that ended within thirty days. */
export const describeSessions: ReadOperation<Ssm, "DescribeSessions"> = {
  name: "DescribeSessions",
  authorise: () => [{ action: "ssm:DescribeSessions", resource: "*" }],
  async read(ctx, { State, Filters = [], MaxResults = page, NextToken }) {
    let query = ofScope(ctx.rows, ctx);
    query =
      State === "Active"
        ? query.where("ended_at", "is", null).where("held_until", ">", ctx.now)
        : query.where((is) => is.or([is("ended_at", "is not", null), is("held_until", "<=", ctx.now)]));
    for (const filter of Filters) query = filtered(query, filter, State === "Active");
    if (NextToken !== undefined) {
      const { startedAt, id } = placeOf(NextToken);
      query = query.where((is) =>
        is.or([
          is("started_at", "<", startedAt),
          is.and([is("started_at", "=", startedAt), is("id", "<", id)]),
        ]),
      );
    }
    const found = await query
      .orderBy("started_at", "desc")
      .orderBy("id", "desc")
      .limit(MaxResults + 1)
      .execute();
    const { rows, next } = cutPage(found, MaxResults, (row) => [String(row.started_at), row.id]);
    return {
      Sessions: rows.map((row) => describeSession(row, ctx.now)),
      ...(next !== undefined && { NextToken: next }),
    };
  },
};

const ofScope = (rows: Rows, { account, region }: Pick<CallContext, "account" | "region">) =>
  rows
    .tables<SessionTables>()
    .selectFrom("ssm_session")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region);

type Query = ReturnType<typeof ofScope>;

/** Whether an agent is reached at a target. */
export function getConnectionStatus(ports: SessionPorts): ReadOperation<Ssm, "GetConnectionStatus"> {
  return {
    name: "GetConnectionStatus",
    authorise: ({ Target }, ctx) => [{ action: "ssm:GetConnectionStatus", resource: targetArn(Target, ctx) }],
    async read(ctx, { Target }) {
      const connected = await ports.isConnected(ctx, Target);
      return { Target, Status: connected ? "connected" : "notconnected" };
    },
  };
}

function describeSession(row: SessionRow, now: number): Session {
  const end = endOf(row, now);
  return {
    SessionId: row.id,
    Target: row.target,
    Status: statusOf(row, now),
    StartDate: new Date(row.started_at),
    ...(end !== undefined && { EndDate: new Date(end) }),
    DocumentName: row.document_name ?? "SSM-SessionManagerRunShell",
    Owner: row.owner,
    ...(row.reason !== null && { Reason: row.reason }),
  };
}

function statusOf(row: SessionRow, now: number): NonNullable<Session["Status"]> {
  if (!isActive(row, now)) return "Terminated";
  if (row.connected === 1) return "Connected";
  return row.claimed === 1 ? "Disconnected" : "Connecting";
}

/** API Reference, "SessionFilter". Throws `ValidationException`; the text is ours. */
function filtered(query: Query, { key, value = "" }: SessionFilter, active: boolean): Query {
  switch (key) {
    case "InvokedAfter":
    case "InvokedBefore": {
      const time = Date.parse(value);
      if (Number.isNaN(time)) throw validation(`The value of the filter ${key} is not a time.`);
      return query.where("started_at", key === "InvokedAfter" ? ">" : "<", time);
    }
    case "Target":
      return query.where("target", "=", value);
    case "Owner":
      return query.where("owner", "=", value);
    case "SessionId":
      return query.where("id", "=", value);
    case "Status":
      return active ? ofStatus(query, value) : value === "Terminated" ? query : none(query);
    default:
      // Every session here is an ordinary one.
      return value === "Standard" ? query : none(query);
  }
}

/** Of the sessions under way, as `statusOf` tells them apart. */
function ofStatus(query: Query, status: string): Query {
  if (status === "Connected") return query.where("connected", "=", 1);
  if (status !== "Connecting" && status !== "Disconnected") return none(query);
  return query.where("connected", "=", 0).where("claimed", "=", status === "Disconnected" ? 1 : 0);
}

const none = (query: Query): Query => query.where("id", "is", null);

function placeOf(token: string): { readonly startedAt: number; readonly id: string } {
  const [startedAt = "", id] = readPageToken(token) ?? [];
  if (id === undefined || !/^\d{1,15}$/.test(startedAt)) throw badNextToken();
  return { startedAt: Number(startedAt), id };
}
