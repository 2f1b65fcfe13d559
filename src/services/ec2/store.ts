import type { Kysely } from "kysely";
import { integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";

/** One resource of a region. `document` holds its kind's document (documents.ts). */
export interface ResourceRow {
  readonly account: string;
  readonly region: string;
  /** Resource type of its ARN: `subnet`. */
  readonly kind: string;
  readonly id: string;
  /** The VPC that it belongs to, or null. */
  readonly vpc: string | null;
  /** What it is inside of besides the VPC (an interface's subnet, a rule's security group), or null. */
  readonly parent: string | null;
  /** The idempotency token of the request that made it, or null. */
  readonly token: string | null;
  /** Epoch ms. */
  readonly created_at: number;
  /** JSON list of `Tag`. */
  readonly tags: string;
  readonly document: string;
}

/** An IPv4 address of a subnet that an interface holds; the key keeps two interfaces from holding the same. */
export interface AddressRow {
  readonly subnet: string;
  /** The address as a number. */
  readonly address: number;
  readonly interface: string;
}

/** That the default VPC of a region has been made, once and for all. */
export interface FurnishedRow {
  readonly account: string;
  readonly region: string;
  /** Epoch ms. */
  readonly created_at: number;
}

/** The tables of EC2. */
export interface Ec2Tables {
  ec2_resource: ResourceRow;
  ec2_address: AddressRow;
  ec2_furnished: FurnishedRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("ec2_resource")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("vpc", text)
    .addColumn("parent", text)
    .addColumn("token", text)
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("ec2_resource_key", ["account", "region", "kind", "id"])
    .execute();
  await db.schema
    .createIndex("ec2_resource_token")
    .on("ec2_resource")
    .unique()
    .columns(["account", "region", "kind", "token"])
    .execute();
  await db.schema.createIndex("ec2_resource_vpc").on("ec2_resource").columns(["vpc", "kind"]).execute();
  await db.schema.createIndex("ec2_resource_parent").on("ec2_resource").columns(["parent", "kind"]).execute();
  await db.schema
    .createTable("ec2_address")
    .addColumn("subnet", text, (c) => c.notNull())
    .addColumn("address", integer, (c) => c.notNull())
    .addColumn("interface", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("ec2_address_key", ["subnet", "address"])
    .execute();
  await db.schema.createIndex("ec2_address_interface").on("ec2_address").columns(["interface"]).execute();
  await db.schema
    .createTable("ec2_furnished")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addPrimaryKeyConstraint("ec2_furnished_key", ["account", "region"])
    .execute();
}

export const migrations: readonly Migration[] = [{ name: "ec2/001-networks", up: createTables }];
