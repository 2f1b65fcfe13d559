import { integer, keyText } from "../store/columns.ts";
import type { Migration } from "../store/types.ts";

/** One row a call and receiving account. `resources` is a JSON list of `{type, name}`. */
export interface AuditEventRow {
  id: string;
  account: string;
  region: string;
  /** Epoch ms. */
  time: number;
  name: string;
  source: string;
  read_only: number;
  access_key: string | null;
  username: string | null;
  resources: string;
  /** The CloudTrail record, JSON. */
  record: string;
}

/** The newest use of a service's action by an identity: an access key id, a user id, a role id, an account id. */
export interface AuditLastUseRow {
  identity: string;
  service: string;
  action: string;
  at: number;
  region: string;
}

export interface AuditTables {
  audit_event: AuditEventRow;
  audit_last_use: AuditLastUseRow;
}

export const migrations: readonly Migration[] = [
  {
    name: "audit/001-events",
    async up(db, dialect) {
      const key = keyText(dialect);
      await db.schema
        .createTable("audit_event")
        .addColumn("id", key, (c) => c.notNull())
        .addColumn("account", key, (c) => c.notNull())
        .addColumn("region", key, (c) => c.notNull())
        .addColumn("time", integer, (c) => c.notNull())
        .addColumn("name", key, (c) => c.notNull())
        .addColumn("source", key, (c) => c.notNull())
        .addColumn("read_only", integer, (c) => c.notNull())
        .addColumn("access_key", key)
        .addColumn("username", key)
        .addColumn("resources", "text", (c) => c.notNull())
        .addColumn("record", "text", (c) => c.notNull())
        .addPrimaryKeyConstraint("audit_event_pk", ["account", "region", "time", "id"])
        .execute();
      await db.schema
        .createTable("audit_last_use")
        .addColumn("identity", key, (c) => c.notNull())
        .addColumn("service", key, (c) => c.notNull())
        .addColumn("action", key, (c) => c.notNull())
        .addColumn("at", integer, (c) => c.notNull())
        .addColumn("region", key, (c) => c.notNull())
        .addPrimaryKeyConstraint("audit_last_use_pk", ["identity", "service", "action"])
        .execute();
    },
  },
];
