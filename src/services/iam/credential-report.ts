import type { LastUse } from "../../dispatch/trail.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { day, hour } from "../../kernel/duration.ts";
import type { Rows } from "../../store/types.ts";
import { type KeyOwner, keysOf } from "./access-keys.ts";
import { loginProfilesOf } from "./login-profiles.ts";
import { allDevices } from "./mfa-devices.ts";
import { credentialsOf } from "./owned-credentials.ts";
import { findPasswordRules } from "./password-policy.ts";
import type { IamTables, LoginProfileRow, UserRow } from "./store.ts";

/** How long a report is answered before it must be made anew (IAM User Guide, "Generate credential reports"). */
const validFor = 4 * hour;

/** Keys, and certificates, that a report has columns for: as many as one owner can have. */
const slots = [0, 1] as const;

/** The columns as reports of AWS have them. The guide's last, `additional_credentials_info`, is in none that was seen. */
const columns = [
  ...["user", "arn", "user_creation_time"],
  ...["password_enabled", "password_last_used", "password_last_changed", "password_next_rotation"],
  "mfa_active",
  ...slots.flatMap((slot) =>
    ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"].map(
      (what) => `access_key_${slot + 1}_${what}`,
    ),
  ),
  ...slots.flatMap((slot) => ["active", "last_rotated"].map((what) => `cert_${slot + 1}_${what}`)),
] as const;

const none = "N/A";

/** A report that was made. */
interface StoredReport {
  readonly created_at: number;
  readonly content: string;
}

/** The account's last report, or `undefined`. */
export function findCredentialReport(rows: Rows, account: AccountId): Promise<StoredReport | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_credential_report")
    .select(["created_at", "content"])
    .where("account", "=", account)
    .executeTakeFirst();
}

/** Whether a report is still answered. */
export function isFresh(report: StoredReport, now: number): boolean {
  return now - report.created_at <= validFor;
}

/**
 * The state of the credentials of root and of every user, as CSV: a line each, root first, without a last line break,
 * as AWS writes it.
 */
export async function credentialReport(rows: Rows, account: AccountId, lastUse: LastUse): Promise<string> {
  const users = await rows
    .tables<IamTables>()
    .selectFrom("iam_user")
    .selectAll()
    .where("account", "=", account)
    .orderBy("name_key")
    .execute();
  const profiles = new Map((await loginProfilesOf(rows, account)).map((row) => [row.user_id, row]));
  const withDevice = new Set((await allDevices(rows, account)).map(({ user_id: id }) => id));
  const maxAge = (await findPasswordRules(rows, account))?.MaxPasswordAge;

  const credentials = async (owner: KeyOwner): Promise<readonly string[]> => [
    ...(await keyFields(rows, account, owner, lastUse)),
    ...(await certificateFields(rows, account, owner)),
  ];
  const root = { id: undefined, name: undefined };
  const lines: (readonly string[])[] = [
    columns,
    // When the account was made is not recorded, and root has no password here.
    [
      "<root_account>",
      rootArn(account),
      none,
      "false",
      none,
      none,
      "not_supported",
      String(withDevice.has(account)),
      ...(await credentials(root)),
    ],
  ];
  for (const user of users) {
    lines.push([
      ...[user.name, user.arn, timeField(user.created_at)],
      ...passwordFields(profiles.get(user.id), maxAge),
      String(withDevice.has(user.id)),
      ...(await credentials(user satisfies UserRow)),
    ]);
  }
  return lines.map((line) => line.map(quoted).join(",")).join("\n");
}

function passwordFields(profile: LoginProfileRow | undefined, maxAge: number | undefined): readonly string[] {
  if (profile === undefined) return ["false", none, none, none];
  const { changed_at: changed } = profile;
  const next = maxAge === undefined ? none : timeField(changed + maxAge * day);
  // There is no console to sign in to.
  return ["true", "no_information", timeField(changed), next];
}

async function keyFields(
  rows: Rows,
  account: AccountId,
  owner: KeyOwner,
  lastUse: LastUse,
): Promise<readonly string[]> {
  const keys = await keysOf(rows, account, owner);
  const fields = slots.map(async (slot) => {
    const key = keys[slot];
    if (key === undefined) return ["false", none, none, none, none];
    const used = await lastUse.accessKey(rows, key.id);
    const use = used === undefined ? [none, none, none] : [timeField(used.at), used.region, used.service];
    return [String(key.active === 1), timeField(key.created_at), ...use];
  });
  return (await Promise.all(fields)).flat();
}

async function certificateFields(
  rows: Rows,
  account: AccountId,
  owner: KeyOwner,
): Promise<readonly string[]> {
  const certificates = await credentialsOf(rows, "iam_signing_certificate", account, owner);
  // AWS: inactive ones come first.
  const sorted = [...certificates].sort((a, b) => a.active - b.active || a.created_at - b.created_at);
  return slots.flatMap((slot) => {
    const certificate = sorted[slot];
    if (certificate === undefined) return ["false", none];
    return [String(certificate.active === 1), timeField(certificate.created_at)];
  });
}

/** `2026-09-11T10:20:28Z`. */
function timeField(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Names of users may hold commas, and never quotes or line breaks. */
function quoted(field: string): string {
  return field.includes(",") ? `"${field}"` : field;
}
