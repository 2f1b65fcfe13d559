import type { Kysely } from "kysely";
import { flag, integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration } from "../../../store/types.ts";

/** A hosted zone. */
export interface HostedZoneRow {
  /** `Z…`. */
  readonly id: string;
  readonly account: string;
  /** Canonical (`kernel/dns/name.ts`). */
  readonly name: string;
  /** The name's sort key. */
  readonly name_key: string;
  /** 0 or 1. */
  readonly private: number;
  readonly caller_reference: string;
  /** The id of the reusable delegation set whose name servers it has, or null. */
  readonly delegation_set: string | null;
  readonly record_count: number;
  /** Counts the changes of its records. */
  readonly version: number;
  /** Epoch ms. */
  readonly created_at: number;
  /** A `HostedZoneDocument` (hosted-zone.ts). */
  readonly document: string;
}

/** A VPC in which a private zone answers, or that may be associated with it. */
export interface ZoneVpcRow {
  readonly zone: string;
  readonly vpc: string;
  readonly region: string;
  /** 1 once it is associated; 0 while that is only authorised. */
  readonly associated: number;
  /** 1 when the VPC of another account may be associated. */
  readonly authorised: number;
}

/** A reusable delegation set. */
export interface DelegationSetRow {
  /** `N…`. */
  readonly id: string;
  readonly account: string;
  readonly caller_reference: string;
  /** JSON list of names. */
  readonly name_servers: string;
}

/** A change of records or VPCs, for GetChange. */
export interface ChangeRow {
  /** `C…`. */
  readonly id: string;
  readonly account: string;
  /** Epoch ms. */
  readonly submitted_at: number;
  readonly comment: string | null;
}

export interface HostedZoneTables {
  route53_zone: HostedZoneRow;
  route53_zone_vpc: ZoneVpcRow;
  route53_delegation_set: DelegationSetRow;
  route53_change: ChangeRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("route53_zone")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull())
    .addColumn("private", flag, (c) => c.notNull())
    .addColumn("caller_reference", text, (c) => c.notNull())
    .addColumn("delegation_set", text)
    .addColumn("record_count", integer, (c) => c.notNull())
    .addColumn("version", integer, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("document", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("route53_zone_reference")
    .on("route53_zone")
    .unique()
    .columns(["account", "caller_reference"])
    .execute();
  await db.schema
    .createIndex("route53_zone_name")
    .on("route53_zone")
    .columns(["account", "name_key", "id"])
    .execute();
  await db.schema
    .createTable("route53_zone_vpc")
    .addColumn("zone", text, (c) => c.notNull())
    .addColumn("vpc", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("associated", flag, (c) => c.notNull())
    .addColumn("authorised", flag, (c) => c.notNull())
    .addPrimaryKeyConstraint("route53_zone_vpc_key", ["zone", "vpc"])
    .execute();
  await db.schema.createIndex("route53_zone_vpc_vpc").on("route53_zone_vpc").columns(["vpc"]).execute();
  await db.schema
    .createTable("route53_delegation_set")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("caller_reference", text, (c) => c.notNull())
    .addColumn("name_servers", json, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("route53_delegation_set_reference")
    .on("route53_delegation_set")
    .unique()
    .columns(["account", "caller_reference"])
    .execute();
  await db.schema
    .createTable("route53_change")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("submitted_at", integer, (c) => c.notNull())
    .addColumn("comment", "text")
    .execute();
}

export const hostedZoneMigrations: readonly Migration[] = [{ name: "route53/001-zones", up: createTables }];
