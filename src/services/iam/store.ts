import type { CreateTableBuilder, Kysely } from "kysely";
import type { AccountId, Arn, RoleId } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import { flag, integer, json, keyText } from "../../store/columns.ts";
import type { Dialect, Migration } from "../../store/types.ts";
import { type AccountFeatureTables, accountFeatureMigration } from "./account-feature-store.ts";
import { pathIndexMigration } from "./path-index.ts";
import { type ProviderTables, providerMigration } from "./provider-store.ts";

/**
 * IAM's tables. Every entity has an `id` that outlives renaming and dies with the entity; whatever hangs on an entity
 * (membership, policies, keys) hangs on its id, so a user re-created under an old name inherits nothing.
 * `name_key` is the name in lower case: IAM keeps the case of names and ignores it when it compares them.
 */
export interface IamTables extends ProviderTables, AccountFeatureTables {
  iam_account: AccountRow;
  iam_user: UserRow;
  iam_group: GroupRow;
  iam_group_member: GroupMemberRow;
  iam_role: RoleRow;
  iam_policy: PolicyRow;
  iam_policy_version: PolicyVersionRow;
  iam_attachment: AttachmentRow;
  iam_inline_policy: InlinePolicyRow;
  iam_access_key: AccessKeyRow;
  iam_instance_profile: InstanceProfileRow;
  iam_deletion_task: DeletionTaskRow;
  iam_access_report: AccessReportRow;
  iam_login_profile: LoginProfileRow;
  iam_password_policy: PasswordPolicyRow;
  iam_mfa_device: MfaDeviceRow;
  iam_signing_certificate: SigningCertificateRow;
  iam_ssh_public_key: SshPublicKeyRow;
  iam_service_credential: ServiceCredentialRow;
  iam_server_certificate: ServerCertificateRow;
  iam_credential_report: CredentialReportRow;
}

/** Facts of an account that were set; an account without a row has none. */
interface AccountRow {
  account: AccountId;
  /** Unique in the whole installation. */
  alias: string | null;
}

/** What every named entity has. */
export interface EntityRow {
  account: AccountId;
  name_key: string;
  name: string;
  path: string;
  id: string;
  arn: Arn;
  /** Epoch milliseconds. */
  created_at: number;
}

export interface UserRow extends EntityRow {
  /** ARN of the permissions boundary. */
  boundary: Arn | null;
  /** JSON: `Tag[]`. */
  tags: string;
}

export type GroupRow = EntityRow;

interface GroupMemberRow {
  account: AccountId;
  group_id: string;
  user_id: string;
}

export interface RoleRow extends EntityRow {
  id: RoleId;
  boundary: Arn | null;
  /** The service that alone may use the role, when it is service-linked. */
  service_principal: string | null;
  /** JSON: `RoleDocument`. */
  document: string;
}

/** The part of a role that no query asks for. */
export interface RoleDocument {
  /** The trust policy as it is kept (trust-policy.ts): users and roles by their unique ids. */
  readonly trustPolicy: string;
  readonly description?: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly tags: readonly Tag[];
}

/** A customer managed policy. AWS managed policies are not rows: see `managed-policy-catalogue.ts`. */
export interface PolicyRow extends EntityRow {
  default_version: number;
  /** The number that the next version gets: numbers are never used again. */
  next_version: number;
  /** When versions last changed; epoch milliseconds. */
  updated_at: number;
  description: string | null;
  /** JSON: `Tag[]`. */
  tags: string;
}

export interface PolicyVersionRow {
  policy_id: string;
  version: number;
  /** The policy, as given. */
  document: string;
  created_at: number;
}

/** Who can have policies of its own. */
export type EntityKind = "user" | "group" | "role";

interface AttachmentRow {
  account: AccountId;
  entity_kind: EntityKind;
  entity_id: string;
  policy_arn: Arn;
}

export interface InlinePolicyRow {
  entity_id: string;
  name_key: string;
  name: string;
  document: string;
}

export interface AccessKeyRow {
  id: string;
  account: AccountId;
  /** `null` for a key of the account's root. */
  user_id: string | null;
  /** Sealed for the purpose `iam.access-key`. */
  secret: string;
  /** 0 or 1. */
  active: number;
  created_at: number;
}

export interface InstanceProfileRow extends EntityRow {
  role_id: RoleId | null;
  /** JSON: `Tag[]`. */
  tags: string;
}

/** A deletion of a service-linked role, under way or ended. */
export interface DeletionTaskRow {
  /** `task/aws-service-role/<principal>/<role name>/<uuid>`. */
  id: string;
  account: AccountId;
  service_principal: string;
  role_id: RoleId;
  role_name: string;
  status: string;
  /** JSON: why it failed and what uses the role; `null` unless it failed. */
  reason: string | null;
  created_at: number;
}

/** A report of last-accessed data, as it was when it was asked for. */
export interface AccessReportRow {
  /** A UUID. */
  job_id: string;
  account: AccountId;
  /** Who asked for it and may read it. */
  requester: string;
  created_at: number;
  /** JSON. */
  document: string;
}

/** A user's console password. */
export interface LoginProfileRow {
  user_id: string;
  account: AccountId;
  /** The password's hash, and the salt of this and all earlier ones; see `passwords.ts`. */
  hash: string;
  salt: string;
  /** JSON: hashes of the passwords before, newest first. */
  previous: string;
  reset_required: number;
  created_at: number;
  /** When the password was last set. */
  changed_at: number;
}

interface PasswordPolicyRow {
  account: AccountId;
  /** JSON: `PasswordRules`. */
  document: string;
}

/** A virtual MFA device; its ARN is its serial number. */
export interface MfaDeviceRow {
  arn: Arn;
  account: AccountId;
  /** Sealed for the purpose `iam.mfa-device`. */
  seed: string;
  /** `null` while the device is assigned to nobody. */
  user_id: string | null;
  enabled_at: number | null;
  /** The step of the newest code that was used: no code of this step or an earlier one is taken again. */
  last_step: number;
  /** How many steps the device is ahead of our clock, as learned by ResyncMFADevice. */
  drift: number;
  created_at: number;
  /** JSON: `Tag[]`. */
  tags: string;
}

/** What the credentials that a user or root owns, and that can be switched off, have in common. */
export interface OwnedCredentialRow {
  id: string;
  account: AccountId;
  /** The user's id, or the account's for root. */
  owner_id: string;
  /** 0 or 1. */
  active: number;
  created_at: number;
}

export interface SigningCertificateRow extends OwnedCredentialRow {
  /** PEM, as given. */
  body: string;
}

export interface SshPublicKeyRow extends OwnedCredentialRow {
  /** As given. */
  body: string;
  fingerprint: string;
}

export interface ServiceCredentialRow extends OwnedCredentialRow {
  /** `codecommit.amazonaws.com`. */
  service: string;
  /** The name by which the credential signs in. */
  alias: string;
  /** Sealed for the purpose `iam.service-credential`. */
  secret: string;
  expires_at: number | null;
}

export interface ServerCertificateRow extends EntityRow {
  /** PEM. */
  body: string;
  chain: string | null;
  /** Sealed for the purpose `iam.server-certificate`. */
  private_key: string;
  expires_at: number;
  /** JSON: `Tag[]`. */
  tags: string;
}

interface CredentialReportRow {
  account: AccountId;
  created_at: number;
  /** CSV. */
  content: string;
}

/** Columns and keys that every named entity has. */
async function entityTable(
  db: Kysely<unknown>,
  dialect: Dialect,
  table: string,
  more: (builder: CreateTableBuilder<string, string>) => CreateTableBuilder<string, string>,
): Promise<void> {
  const text = keyText(dialect);
  const builder = db.schema
    .createTable(table)
    .addColumn("account", text, (column) => column.notNull())
    .addColumn("name_key", text, (column) => column.notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("path", text, (column) => column.notNull())
    .addColumn("id", text, (column) => column.notNull().unique())
    .addColumn("arn", text, (column) => column.notNull().unique())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ["account", "name_key"]);
  await more(builder).execute();
}

/** Columns and keys of a table of credentials that a user or root owns. */
async function credentialTable(
  db: Kysely<unknown>,
  dialect: Dialect,
  table: string,
  more: (builder: CreateTableBuilder<string, string>) => CreateTableBuilder<string, string>,
): Promise<void> {
  const text = keyText(dialect);
  const builder = db.schema
    .createTable(table)
    .addColumn("account", text, (column) => column.notNull())
    .addColumn("id", text, (column) => column.notNull())
    .addColumn("owner_id", text, (column) => column.notNull())
    .addColumn("active", flag, (column) => column.notNull())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ["account", "id"]);
  await more(builder).execute();
  await db.schema.createIndex(`${table}_owner`).on(table).columns(["account", "owner_id"]).execute();
}

export const migrations: readonly Migration[] = [
  {
    name: "iam/001-entities",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("iam_account")
        .addColumn("account", text, (column) => column.primaryKey())
        .addColumn("alias", text, (column) => column.unique())
        .execute();
      await entityTable(db, dialect, "iam_user", (table) =>
        table.addColumn("boundary", text).addColumn("tags", json, (column) => column.notNull()),
      );
      await entityTable(db, dialect, "iam_group", (table) => table);
      await db.schema
        .createTable("iam_group_member")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("group_id", text, (column) => column.notNull())
        .addColumn("user_id", text, (column) => column.notNull())
        .addPrimaryKeyConstraint("iam_group_member_key", ["group_id", "user_id"])
        .execute();
      await db.schema.createIndex("iam_group_member_user").on("iam_group_member").column("user_id").execute();
      await entityTable(db, dialect, "iam_role", (table) =>
        table
          .addColumn("boundary", text)
          .addColumn("service_principal", text)
          .addColumn("document", json, (column) => column.notNull()),
      );
      await db.schema
        .createIndex("iam_role_service")
        .on("iam_role")
        .columns(["account", "service_principal"])
        .execute();
      await entityTable(db, dialect, "iam_instance_profile", (table) =>
        table.addColumn("role_id", text).addColumn("tags", json, (column) => column.notNull()),
      );
      await db.schema
        .createIndex("iam_instance_profile_role")
        .on("iam_instance_profile")
        .column("role_id")
        .execute();
    },
  },
  {
    name: "iam/002-policies",
    async up(db, dialect) {
      const text = keyText(dialect);
      await entityTable(db, dialect, "iam_policy", (table) =>
        table
          .addColumn("default_version", integer, (column) => column.notNull())
          .addColumn("next_version", integer, (column) => column.notNull())
          .addColumn("updated_at", integer, (column) => column.notNull())
          .addColumn("description", "text")
          .addColumn("tags", json, (column) => column.notNull()),
      );
      await db.schema
        .createTable("iam_policy_version")
        .addColumn("policy_id", text, (column) => column.notNull())
        .addColumn("version", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addPrimaryKeyConstraint("iam_policy_version_key", ["policy_id", "version"])
        .execute();
      await db.schema
        .createTable("iam_attachment")
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("entity_kind", text, (column) => column.notNull())
        .addColumn("entity_id", text, (column) => column.notNull())
        .addColumn("policy_arn", text, (column) => column.notNull())
        .addPrimaryKeyConstraint("iam_attachment_key", ["entity_id", "policy_arn"])
        .execute();
      await db.schema
        .createIndex("iam_attachment_policy")
        .on("iam_attachment")
        .columns(["account", "policy_arn"])
        .execute();
      await db.schema
        .createTable("iam_inline_policy")
        .addColumn("entity_id", text, (column) => column.notNull())
        .addColumn("name_key", text, (column) => column.notNull())
        .addColumn("name", text, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .addPrimaryKeyConstraint("iam_inline_policy_key", ["entity_id", "name_key"])
        .execute();
    },
  },
  {
    name: "iam/003-keys-and-jobs",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("iam_access_key")
        .addColumn("id", text, (column) => column.primaryKey())
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("user_id", text)
        .addColumn("secret", "text", (column) => column.notNull())
        .addColumn("active", flag, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("iam_access_key_user")
        .on("iam_access_key")
        .columns(["account", "user_id"])
        .execute();
      await db.schema
        .createTable("iam_deletion_task")
        .addColumn("id", text, (column) => column.primaryKey())
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("service_principal", text, (column) => column.notNull())
        .addColumn("role_id", text, (column) => column.notNull())
        .addColumn("role_name", text, (column) => column.notNull())
        .addColumn("status", text, (column) => column.notNull())
        .addColumn("reason", json)
        .addColumn("created_at", integer, (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("iam_deletion_task_role")
        .on("iam_deletion_task")
        .columns(["account", "role_id"])
        .execute();
      await db.schema
        .createTable("iam_access_report")
        .addColumn("job_id", text, (column) => column.primaryKey())
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("requester", text, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
    },
  },
  {
    name: "iam/004-credentials",
    async up(db, dialect) {
      const text = keyText(dialect);
      await db.schema
        .createTable("iam_login_profile")
        .addColumn("user_id", text, (column) => column.primaryKey())
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("hash", "text", (column) => column.notNull())
        .addColumn("salt", "text", (column) => column.notNull())
        .addColumn("previous", json, (column) => column.notNull())
        .addColumn("reset_required", flag, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("changed_at", integer, (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("iam_login_profile_account")
        .on("iam_login_profile")
        .column("account")
        .execute();
      await db.schema
        .createTable("iam_password_policy")
        .addColumn("account", text, (column) => column.primaryKey())
        .addColumn("document", json, (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("iam_mfa_device")
        .addColumn("arn", text, (column) => column.primaryKey())
        .addColumn("account", text, (column) => column.notNull())
        .addColumn("seed", "text", (column) => column.notNull())
        .addColumn("user_id", text)
        .addColumn("enabled_at", integer)
        .addColumn("last_step", integer, (column) => column.notNull())
        .addColumn("drift", integer, (column) => column.notNull())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("tags", json, (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex("iam_mfa_device_user")
        .on("iam_mfa_device")
        .columns(["account", "user_id"])
        .execute();
      await credentialTable(db, dialect, "iam_signing_certificate", (table) =>
        table.addColumn("body", "text", (column) => column.notNull()),
      );
      await credentialTable(db, dialect, "iam_ssh_public_key", (table) =>
        table
          .addColumn("body", "text", (column) => column.notNull())
          .addColumn("fingerprint", text, (column) => column.notNull()),
      );
      await credentialTable(db, dialect, "iam_service_credential", (table) =>
        table
          .addColumn("service", text, (column) => column.notNull())
          .addColumn("alias", text, (column) => column.notNull())
          .addColumn("secret", "text", (column) => column.notNull())
          .addColumn("expires_at", integer),
      );
      await entityTable(db, dialect, "iam_server_certificate", (table) =>
        table
          .addColumn("body", "text", (column) => column.notNull())
          .addColumn("chain", "text")
          .addColumn("private_key", "text", (column) => column.notNull())
          .addColumn("expires_at", integer, (column) => column.notNull())
          .addColumn("tags", json, (column) => column.notNull()),
      );
      await db.schema
        .createTable("iam_credential_report")
        .addColumn("account", text, (column) => column.primaryKey())
        .addColumn("created_at", integer, (column) => column.notNull())
        .addColumn("content", "text", (column) => column.notNull())
        .execute();
    },
  },
  providerMigration,
  accountFeatureMigration,
  pathIndexMigration,
];
