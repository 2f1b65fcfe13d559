import type { Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** A trail. `document` holds a `TrailDocument` (trails/trail.ts). */
export interface TrailRow {
  readonly account: string;
  /** The home region. */
  readonly region: string;
  readonly name: string;
  /** 1 while events are delivered. */
  readonly logging: number;
  /** Events before have been delivered. Epoch ms. */
  readonly delivered_until: number;
  readonly document: string;
}

/** The tables of CloudTrail, besides the event history, which is the house's own. */
export interface CloudTrailTables {
  cloudtrail_trail: TrailRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("cloudtrail_trail")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("logging", flag, (c) => c.notNull())
    .addColumn("delivered_until", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("cloudtrail_trail_key", ["account", "region", "name"])
    .execute();
}

export const migrations: readonly Migration[] = [{ name: "cloudtrail/001-trails", up: createTables }];
