import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** An express gateway service: what ECS makes around a service that bears the same name. */
export interface ExpressServiceRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
  readonly status: ExpressStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of an `ExpressDocument` (express-service.ts). */
  readonly document: string;
}

/** AWS: `ExpressGatewayServiceStatusCode`. */
export type ExpressStatus = "ACTIVE" | "DRAINING" | "INACTIVE";

export interface ExpressTables {
  ecs_express_service: ExpressServiceRow;
}

export const expressMigrations: readonly Migration[] = [
  {
    name: "ecs/express/001",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("ecs_express_service")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("region", text, (column) => column.notNull())
        .addColumn("cluster", text, (column) => column.notNull())
        .addColumn("name", text, (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_express_service_key", ["account", "region", "cluster", "name"])
        .execute();
    },
  },
];
