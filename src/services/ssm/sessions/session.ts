import { createHash, timingSafeEqual } from "node:crypto";
import type { CallContext } from "../../../dispatch/context.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { day, minute } from "../../../kernel/duration.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Random } from "../../../kernel/random.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { SessionRow, SessionTables } from "./session-store.ts";

/** In whose name Systems Manager keeps its books of sessions. */
export const ssmPrincipal = "ssm.amazonaws.com";

/** Ours: how long a token waits for the socket that it opens. */
const tokenLength = 5 * minute;
/** How long a session counts as under way after its socket was last seen, with or without a client. */
export const leaseLength = 2 * minute;
/** AWS: how long sessions that are over are listed (API Reference, "DescribeSessions"). */
const historyLength = 30 * day;

interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

export function sessionArn({ account, region }: Scope, id: string): Arn {
  return formatArn("ssm", region, account, `session/${id}`);
}

/**
 * A new session's id. AWS: the name of who starts it, a hyphen, and 17 hexadecimal digits of which the first is 0
 * (`ecs-execute-command-0b1c…`).
 */
export function sessionId(principal: Principal, random: Random): string {
  return `${nameOf(principal)}-0${random.bytes(8).toString("hex")}`;
}

function nameOf(principal: Principal): string {
  if (principal.type === "IAMUser") return principal.userName;
  if (principal.type === "AssumedRole") return principal.sessionName;
  return principal.type === "FederatedUser" ? principal.name : "root";
}

/** ARN and `aws:userid` of who starts a session. */
export function ownerOf(principal: Principal): { readonly owner: string; readonly ownerId: string } {
  if (principal.type === "IAMUser") return { owner: principal.arn, ownerId: principal.userId };
  if (principal.type === "AssumedRole") {
    return { owner: principal.arn, ownerId: `${principal.roleId}:${principal.sessionName}` };
  }
  if (principal.type === "FederatedUser") {
    return { owner: principal.arn, ownerId: `${principal.account}:${principal.name}` };
  }
  return {
    owner: "arn" in principal ? principal.arn : "",
    ownerId: "account" in principal ? principal.account : "",
  };
}

/** A token for one socket, and what is kept of it. */
export function newToken(ctx: Pick<CallContext, "random" | "now">) {
  const token = ctx.random.bytes(48).toString("base64url");
  const until = ctx.now + tokenLength;
  return { token, columns: { token: digest(token).toString("base64url"), token_until: until } };
}

/** Whether a token is the one that a session's next socket is opened with. */
export function isToken(row: SessionRow, token: string, now: number): boolean {
  if (row.token === null || row.token_until <= now) return false;
  return timingSafeEqual(digest(token), Buffer.from(row.token, "base64url"));
}

const digest = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Whether a session is under way. @param now epoch ms. */
export function isActive({ ended_at, held_until }: SessionRow, now: number): boolean {
  return ended_at === null && held_until > now;
}

/** When a session ended; undefined while it is under way. */
export function endOf({ ended_at, held_until }: SessionRow, now: number): number | undefined {
  return ended_at ?? (held_until <= now ? held_until : undefined);
}

export async function findSession(rows: Rows, id: string): Promise<SessionRow | undefined> {
  return await rows
    .tables<SessionTables>()
    .selectFrom("ssm_session")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
}

/** A session of this account and region; one of another is not there. */
export async function ownSession(rows: Rows, scope: Scope, id: string): Promise<SessionRow | undefined> {
  const found = await findSession(rows, id);
  return found?.account === scope.account && found.region === scope.region ? found : undefined;
}

export async function insertSession(tx: Tx, row: SessionRow): Promise<void> {
  await tx.tables<SessionTables>().insertInto("ssm_session").values(row).execute();
}

export async function changeSession(tx: Tx, id: string, columns: Partial<SessionRow>): Promise<void> {
  await tx.tables<SessionTables>().updateTable("ssm_session").set(columns).where("id", "=", id).execute();
}

/** How many sessions with a target are under way. */
export async function countActive(rows: Rows, scope: Scope, target: string, now: number): Promise<number> {
  const { count } = await rows
    .tables<SessionTables>()
    .selectFrom("ssm_session")
    .select((row) => row.fn.countAll<number | string>().as("count"))
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("target", "=", target)
    .where("ended_at", "is", null)
    .where("held_until", ">", now)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Forgets the sessions of an account that were over long ago. */
export async function forgetOld(tx: Tx, scope: Scope, now: number): Promise<void> {
  await tx
    .tables<SessionTables>()
    .deleteFrom("ssm_session")
    .where("account", "=", scope.account)
    .where("region", "=", scope.region)
    .where("started_at", "<", now - historyLength)
    .where("held_until", "<", now - historyLength)
    .execute();
}
