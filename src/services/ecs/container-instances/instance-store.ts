import { integer, json, keyText } from "../../../store/columns.ts";
import type { Migration } from "../../../store/types.ts";

/** A container instance: a host whose agent has registered into a cluster. */
export interface InstanceRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly status: InstanceStatus;
  /** Epoch ms. */
  readonly registered_at: number;
  /** Epoch ms; null until it is deregistered. */
  readonly deregistered_at: number | null;
  /** Epoch ms until which its agent counts as connected; it is put off as long as the agent's socket is open. */
  readonly connected_until: number;
  /** Which socket of the agent counts: a UUID, null while there is none. */
  readonly connection: string | null;
  /** Grows with each change that is told in an event. */
  readonly version: number;
  /** The greatest number that any message to the agent has carried. */
  readonly sequence: number;
  /** JSON: pairs of name and value (null for an attribute without one), in the order in which they came. */
  readonly attributes: string;
  /** JSON of `InstanceResources` (resources.ts): what it registered, and what is left of it. */
  readonly registered: string;
  readonly remaining: string;
  /** JSON of an `InstanceDocument` (instance.ts). */
  readonly document: string;
}

/** AWS: managed instances are REGISTERING until their daemons run, and DEREGISTERING until they are gone. */
export type InstanceStatus = "REGISTERING" | "ACTIVE" | "DRAINING" | "DEREGISTERING" | "INACTIVE";

/** Which instance a registration has made, by the token of its agent. */
export interface RegistrationTokenRow {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly token: string;
  /** The id of the instance. */
  readonly instance: string;
}

export interface InstanceTables {
  readonly ecs_container_instance: InstanceRow;
  readonly ecs_instance_token: RegistrationTokenRow;
}

export const instanceMigrations: readonly Migration[] = [
  {
    name: "ecs/container-instance/001-instances",
    async up(db, dialect) {
      await db.schema
        .createTable("ecs_container_instance")
        .addColumn("account", keyText(dialect), (column) => column.notNull())
        .addColumn("region", keyText(dialect), (column) => column.notNull())
        .addColumn("cluster", keyText(dialect), (column) => column.notNull())
        .addColumn("id", keyText(dialect), (column) => column.notNull())
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("registered_at", integer, (column) => column.notNull())
        .addColumn("deregistered_at", integer)
        .addColumn("connected_until", integer, (column) => column.notNull())
        .addColumn("connection", "text")
        .addColumn("version", integer, (column) => column.notNull())
        .addColumn("sequence", integer, (column) => column.notNull())
        .addColumn("attributes", json, (column) => column.notNull())
        .addColumn("registered", json, (column) => column.notNull())
        .addColumn("remaining", json, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_container_instance_key", ["account", "region", "cluster", "id"])
        .execute();
    },
  },
  {
    name: "ecs/container-instance/002-tokens",
    async up(db, dialect) {
      await db.schema
        .createTable("ecs_instance_token")
        .addColumn("account", keyText(dialect), (column) => column.notNull())
        .addColumn("region", keyText(dialect), (column) => column.notNull())
        .addColumn("cluster", keyText(dialect), (column) => column.notNull())
        .addColumn("token", keyText(dialect), (column) => column.notNull())
        .addColumn("instance", keyText(dialect), (column) => column.notNull())
        .addPrimaryKeyConstraint("ecs_instance_token_key", ["account", "region", "cluster", "token"])
        .execute();
    },
  },
];
