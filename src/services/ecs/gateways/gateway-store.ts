import type { GatewayRouteStatus, GatewayStatus } from "@aws-sdk/client-ecs";
import type { CreateTableBuilder, Kysely } from "kysely";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A gateway; a deleted one has no row. */
export interface GatewayRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** 32 hexadecimal digits, as in its ARN. */
  readonly id: string;
  readonly status: GatewayStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `GatewayDocument` (gateway.ts). */
  readonly document: string;
}

/** A cluster whose services may use a gateway. */
export interface GatewayClusterRow {
  readonly account: string;
  readonly region: string;
  /** Its name. */
  readonly gateway: string;
  readonly cluster: string;
  readonly status: AssociationStatus;
}

/** An association that has ended has no row. */
export type AssociationStatus = "ACTIVE" | "DISASSOCIATING";

/** How a service is reached through a gateway. */
export interface GatewayRouteRow {
  readonly account: string;
  readonly region: string;
  readonly gateway: string;
  readonly cluster: string;
  readonly service: string;
  /** 32 hexadecimal digits, as in its ARN. */
  readonly id: string;
  readonly status: GatewayRouteStatus;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON of a `RouteDocument` (route.ts). */
  readonly document: string;
}

export interface GatewayTables {
  ecs_gateway: GatewayRow;
  ecs_gateway_cluster: GatewayClusterRow;
  ecs_gateway_route: GatewayRouteRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const table = (name: string, keys: readonly string[]) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const key of keys) builder = builder.addColumn(key, keyText(dialect), (c) => c.notNull());
    return builder
      .addColumn("status", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint(`${name}_key`, [...keys]);
  };
  await table("ecs_gateway", ["account", "region", "name"])
    .addColumn("id", "text", (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await table("ecs_gateway_cluster", ["account", "region", "gateway", "cluster"]).execute();
  await table("ecs_gateway_route", ["account", "region", "gateway", "cluster", "service"])
    .addColumn("id", keyText(dialect), (c) => c.notNull().unique())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
}

export const gatewayMigrations: readonly Migration[] = [{ name: "ecs/gateway/001", up: createTables }];
