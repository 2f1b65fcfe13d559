import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect } from "../../../store/types.ts";

/** A connection. `document` holds a `ConnectionDocument` (connection.ts); what is secret lies in Secrets Manager. */
export interface ConnectionRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The UUID at the end of its ARN. */
  readonly id: string;
  readonly state: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** An API destination. `document` holds an `ApiDestinationDocument` (api-destinations/api-destination.ts). */
export interface ApiDestinationRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** The UUID at the end of its ARN. */
  readonly id: string;
  /** The ARN of its connection. */
  readonly connection: string;
  /** Epoch ms. */
  readonly created_at: number;
  readonly document: string;
}

/** The tables of HTTP endpoints. */
export interface ConnectionTables {
  events_connection: ConnectionRow;
  events_api_destination: ApiDestinationRow;
}

/** Makes them: a migration of EventBridge. */
export async function createConnectionTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("events_connection")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_connection_key", ["account", "region", "name"])
    .execute();
  await db.schema
    .createTable("events_api_destination")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("connection", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_api_destination_key", ["account", "region", "name"])
    .execute();
}
