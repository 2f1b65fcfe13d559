import { flag, integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A session of Session Manager, under way or over. Times are epoch ms. */
export interface SessionRow {
  /** Unique everywhere: sockets name a session by nothing else. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** ARN and `aws:userid` of who started it. */
  readonly owner: string;
  readonly owner_id: string;
  readonly target: string;
  readonly document_name: string | null;
  /** JSON: the document's parameters as given. */
  readonly parameters: string;
  readonly reason: string | null;
  /** Whether it has a socket now, and ever had one: 0 or 1. */
  readonly connected: number;
  readonly claimed: number;
  readonly started_at: number;
  readonly ended_at: number | null;
  /** Until when it counts as under way; who holds its socket puts it off. */
  readonly held_until: number;
  /** SHA-256 of the token that opens its next socket, base64url; null once that is used. */
  readonly token: string | null;
  readonly token_until: number;
}

/** The tables of sessions. */
export interface SessionTables {
  ssm_session: SessionRow;
}

export const sessionMigrations: readonly Migration[] = [
  {
    name: "ssm/session/001-sessions",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ssm_session")
        .addColumn("id", text, (c) => c.primaryKey())
        .addColumn("account", text, (c) => c.notNull())
        .addColumn("region", text, (c) => c.notNull())
        .addColumn("owner", text, (c) => c.notNull())
        .addColumn("owner_id", text, (c) => c.notNull())
        .addColumn("target", text, (c) => c.notNull())
        .addColumn("document_name", text)
        .addColumn("parameters", json, (c) => c.notNull())
        .addColumn("reason", "text")
        .addColumn("connected", flag, (c) => c.notNull())
        .addColumn("claimed", flag, (c) => c.notNull())
        .addColumn("started_at", integer, (c) => c.notNull())
        .addColumn("ended_at", integer)
        .addColumn("held_until", integer, (c) => c.notNull())
        .addColumn("token", "text")
        .addColumn("token_until", integer, (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex("ssm_session_by_age")
        .on("ssm_session")
        .columns(["account", "region", "started_at", "id"])
        .execute();
      await db.schema
        .createIndex("ssm_session_by_end")
        .on("ssm_session")
        .columns(["ended_at", "held_until"])
        .execute();
    },
  },
];
