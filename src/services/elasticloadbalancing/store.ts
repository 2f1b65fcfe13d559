import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** A load balancer, listener, rule or target group. `document` holds its kind's document (documents.ts). */
export interface ResourceRow {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  /** ARN of what it is part of: a listener's load balancer, a rule's listener; empty otherwise. */
  readonly parent: string;
  /** Name of a load balancer or target group; empty otherwise. */
  readonly name: string;
  /** Port of a listener, priority of a rule; 0 otherwise. */
  readonly position: number;
  /** Of a load balancer: grows with every change of what its traffic depends on. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON list of `Tag`. */
  readonly tags: string;
  readonly document: string;
}

/** That a listener or rule of a load balancer names a target group. */
export interface LinkRow {
  readonly target_group: string;
  readonly load_balancer: string;
}

/** A registered target. */
export interface TargetRow {
  readonly target_group: string;
  /** As it was registered: an address, an instance's id, a load balancer's ARN. */
  readonly id: string;
  readonly port: number;
  /** Where it is reached; empty for a load balancer, whose nodes are looked up. */
  readonly address: string;
  /** Availability Zone, `all`, or null when it is not known. */
  readonly zone: string | null;
  /** Epoch ms. */
  readonly registered_at: number;
  /** Epoch ms since when it drains, or null. */
  readonly draining_since: number | null;
  /** What health checks found: `initial`, `healthy`, `unhealthy`. */
  readonly state: string;
  readonly reason: string | null;
  readonly description: string | null;
}

/** The tables of Elastic Load Balancing. */
export interface ElbTables {
  elasticloadbalancing_resource: ResourceRow;
  elasticloadbalancing_link: LinkRow;
  elasticloadbalancing_target: TargetRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("elasticloadbalancing_resource")
    .addColumn("arn", text, (c) => c.primaryKey().notNull())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("parent", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("position", integer, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("elasticloadbalancing_resource_place")
    .on("elasticloadbalancing_resource")
    .unique()
    .columns(["account", "region", "kind", "parent", "name", "position"])
    .execute();
  await db.schema
    .createIndex("elasticloadbalancing_resource_parent")
    .on("elasticloadbalancing_resource")
    .columns(["parent"])
    .execute();
  await db.schema
    .createIndex("elasticloadbalancing_resource_kind")
    .on("elasticloadbalancing_resource")
    .columns(["kind", "arn", "version"])
    .execute();
  await db.schema
    .createTable("elasticloadbalancing_link")
    .addColumn("target_group", text, (c) => c.notNull())
    .addColumn("load_balancer", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("elasticloadbalancing_link_key", ["target_group", "load_balancer"])
    .execute();
  await db.schema
    .createIndex("elasticloadbalancing_link_balancer")
    .on("elasticloadbalancing_link")
    .columns(["load_balancer"])
    .execute();
  await db.schema
    .createTable("elasticloadbalancing_target")
    .addColumn("target_group", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("port", integer, (c) => c.notNull())
    .addColumn("address", "text", (c) => c.notNull())
    .addColumn("zone", "text")
    .addColumn("registered_at", integer, (c) => c.notNull())
    .addColumn("draining_since", integer)
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("reason", "text")
    .addColumn("description", "text")
    .addPrimaryKeyConstraint("elasticloadbalancing_target_key", ["target_group", "id", "port"])
    .execute();
}

export const migrations: readonly Migration[] = [
  { name: "elasticloadbalancing/001-load-balancers", up: createTables },
];
