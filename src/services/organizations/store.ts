import type { Kysely } from "kysely";
import type { AccountId } from "../../kernel/brand.ts";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import { type TrustedAccessTables, trustedAccessMigration } from "./trusted-access-store.ts";

/** An organization with its one root. */
export interface OrganizationRow {
  /** `o-…`. */
  readonly id: string;
  readonly management: AccountId;
  /** `r-…`. */
  readonly root_id: string;
  /** Whether service control policies are enabled in the root. */
  readonly controls: 0 | 1;
}

/** An organizational unit. */
export interface UnitRow {
  readonly organization: string;
  /** `ou-…`. */
  readonly id: string;
  /** The root or another unit. */
  readonly parent: string;
  readonly name: string;
}

/** A member of an organization, the management account among them. An account is in one organization at most. */
export interface AccountRow {
  readonly account: AccountId;
  readonly organization: string;
  /** The root or a unit. */
  readonly parent: string;
  readonly name: string;
  readonly email: string;
  readonly joined_method: "CREATED" | "INVITED";
  /** Epoch ms. */
  readonly joined_at: number;
}

/** A service control policy of an organization's own. */
export interface PolicyRow {
  readonly organization: string;
  /** `p-…`. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** JSON, as given. */
  readonly content: string;
}

/** A policy (AWS's own among them) on a root, a unit or an account. */
export interface AttachmentRow {
  readonly organization: string;
  readonly target: string;
  readonly policy: string;
}

/** The tags of a root, a unit, an account or a policy: JSON of `Tag[]`. Absent when there are none. */
export interface TagsRow {
  readonly organization: string;
  readonly resource: string;
  readonly tags: string;
}

/** A request to make an account, and how it went. */
export interface CreationRow {
  readonly organization: string;
  /** `car-…`. */
  readonly id: string;
  readonly state: "IN_PROGRESS" | "SUCCEEDED" | "FAILED";
  /** Epoch ms. */
  readonly requested_at: number;
  /** Epoch ms; null while it is in progress. */
  readonly completed_at: number | null;
  /** The id that the account gets; told once it is there. */
  readonly account: AccountId;
  readonly name: string;
  readonly email: string;
  readonly role_name: string;
  /** JSON of `Tag[]`. */
  readonly tags: string;
  readonly failure: "EMAIL_ALREADY_EXISTS" | "INTERNAL_FAILURE" | null;
}

/** An invitation to join. */
export interface HandshakeRow {
  readonly organization: string;
  /** `h-…`. */
  readonly id: string;
  /** The account that is invited. */
  readonly account: AccountId;
  /** One that is `OPEN` past its time has expired (handshake.ts). */
  readonly state: "OPEN" | "ACCEPTED" | "CANCELED" | "DECLINED";
  /** Epoch ms. */
  readonly requested_at: number;
  /** Epoch ms. */
  readonly expires_at: number;
  readonly notes: string | null;
  /** JSON of `Tag[]`: what the account is tagged with when it joins. */
  readonly tags: string;
}

/** The tables of AWS Organizations. */
export interface OrganizationsTables extends TrustedAccessTables {
  organizations_organization: OrganizationRow;
  organizations_unit: UnitRow;
  organizations_account: AccountRow;
  organizations_policy: PolicyRow;
  organizations_attachment: AttachmentRow;
  organizations_tags: TagsRow;
  organizations_creation: CreationRow;
  organizations_handshake: HandshakeRow;
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("organizations_organization")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("management", text, (c) => c.notNull().unique())
    .addColumn("root_id", text, (c) => c.notNull())
    .addColumn("controls", flag, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("organizations_unit")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("parent", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("organizations_unit_key", ["organization", "id"])
    .addUniqueConstraint("organizations_unit_name", ["organization", "parent", "name"])
    .execute();
  await db.schema
    .createTable("organizations_account")
    .addColumn("account", text, (c) => c.primaryKey())
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("parent", text, (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("joined_method", "text", (c) => c.notNull())
    .addColumn("joined_at", integer, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("organizations_policy")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("content", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("organizations_policy_key", ["organization", "id"])
    .addUniqueConstraint("organizations_policy_name", ["organization", "name"])
    .execute();
  await db.schema
    .createTable("organizations_attachment")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("target", text, (c) => c.notNull())
    .addColumn("policy", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("organizations_attachment_key", ["organization", "target", "policy"])
    .execute();
  await db.schema
    .createTable("organizations_tags")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("resource", text, (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("organizations_tags_key", ["organization", "resource"])
    .execute();
  await db.schema
    .createTable("organizations_creation")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("requested_at", integer, (c) => c.notNull())
    .addColumn("completed_at", integer)
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("email", "text", (c) => c.notNull())
    .addColumn("role_name", "text", (c) => c.notNull())
    .addColumn("tags", json, (c) => c.notNull())
    .addColumn("failure", "text")
    .addPrimaryKeyConstraint("organizations_creation_key", ["organization", "id"])
    .execute();
  await db.schema
    .createTable("organizations_handshake")
    .addColumn("organization", text, (c) => c.notNull())
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("requested_at", integer, (c) => c.notNull())
    .addColumn("expires_at", integer, (c) => c.notNull())
    .addColumn("notes", "text")
    .addColumn("tags", json, (c) => c.notNull())
    .execute();

  const index = (name: string, on: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(on).columns(columns).execute();
  await index(
    "organizations_account_by_parent",
    "organizations_account",
    "organization",
    "parent",
    "account",
  );
  await index("organizations_account_by_email", "organizations_account", "email");
  await index(
    "organizations_attachment_by_policy",
    "organizations_attachment",
    "organization",
    "policy",
    "target",
  );
  await index("organizations_handshake_by_account", "organizations_handshake", "account", "id");
  await index("organizations_handshake_by_sender", "organizations_handshake", "organization", "id");
}

export const migrations: readonly Migration[] = [
  { name: "organizations/001-tree", up: createTables },
  trustedAccessMigration,
];
