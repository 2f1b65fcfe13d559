import type { StatusType } from "@aws-sdk/client-iam";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { KeyOwner } from "./access-keys.ts";
import { mustFirst } from "./deletion.ts";
import { devicesOf } from "./mfa-devices.ts";
import type { IamTables, UserRow } from "./store.ts";

/** The credentials of users and root that are listed, switched off and on, and deleted alike. */
export type CredentialTable = "iam_signing_certificate" | "iam_ssh_public_key" | "iam_service_credential";

/** What `NoSuchEntity` says, in IAM's words. */
const notFound: Readonly<Record<CredentialTable, (id: string) => string>> = {
  iam_signing_certificate: (id) => `The Certificate with id ${id} cannot be found.`,
  iam_ssh_public_key: (id) => `The Public Key with id ${id} cannot be found.`,
  iam_service_credential: (id) => `No such credential ${id} exists`,
};

/** By what the credentials of an owner are found. */
export function ownerId(account: AccountId, owner: KeyOwner): string {
  return owner.id ?? account;
}

/** The credentials of a user or of root, in the order of their ids. */
export async function credentialsOf<Table extends CredentialTable>(
  rows: Rows,
  table: Table,
  account: AccountId,
  owner: KeyOwner,
): Promise<readonly IamTables[Table][]> {
  const found = await rows
    .tables<IamTables>()
    .selectFrom<CredentialTable>(table)
    .selectAll()
    .where("account", "=", account)
    .where("owner_id", "=", ownerId(account, owner))
    .orderBy("id")
    .execute();
  // The query's type forgets which of the tables it reads; every column of that table was selected.
  return found as readonly IamTables[Table][];
}

/** One credential of the owner. Throws `NoSuchEntity` when it is nobody's or another's. */
export async function requireCredential<Table extends CredentialTable>(
  rows: Rows,
  table: Table,
  account: AccountId,
  owner: KeyOwner,
  id: string,
): Promise<IamTables[Table]> {
  const credentials = await credentialsOf(rows, table, account, owner);
  const credential = credentials.find((each) => each.id === id);
  if (credential === undefined) throw new Fault("NoSuchEntity", notFound[table](id));
  return credential;
}

/** Switches a credential off or on. Throws `NoSuchEntity`. */
export async function setCredentialStatus(
  tx: Tx,
  table: CredentialTable,
  account: AccountId,
  owner: KeyOwner,
  { id, status }: { readonly id: string; readonly status: StatusType },
): Promise<void> {
  await requireCredential(tx, table, account, owner, id);
  await tx
    .tables<IamTables>()
    .updateTable(table)
    .set({ active: status === "Active" ? 1 : 0 })
    .where("account", "=", account)
    .where("id", "=", id)
    .execute();
}

/** Deletes a credential. Throws `NoSuchEntity`. */
export async function removeCredential(
  tx: Tx,
  table: CredentialTable,
  account: AccountId,
  owner: KeyOwner,
  id: string,
): Promise<void> {
  await requireCredential(tx, table, account, owner, id);
  await tx
    .tables<IamTables>()
    .deleteFrom(table)
    .where("account", "=", account)
    .where("id", "=", id)
    .execute();
}

/** `Active` or `Inactive`. */
export function credentialStatus({ active }: { readonly active: number }): StatusType {
  return active === 1 ? "Active" : "Inactive";
}

/** Throws `DeleteConflict` when a user still has a password, a device, or a credential other than access keys. */
export async function requireNoCredentials(tx: Tx, user: UserRow): Promise<void> {
  const { id, account } = user;
  const profile = await tx
    .tables<IamTables>()
    .selectFrom("iam_login_profile")
    .select("user_id")
    .where("user_id", "=", id)
    .executeTakeFirst();
  if (profile !== undefined) throw mustFirst("delete login profile");
  if ((await devicesOf(tx, account, id)).length > 0) throw mustFirst("delete MFA device");
  for (const [table, what] of clearedFirst) {
    if ((await credentialsOf(tx, table, account, user)).length > 0) throw mustFirst(what);
  }
}

/** What is asked for, where IAM has words of its own. */
const clearedFirst = [
  ["iam_signing_certificate", "delete signing certificates"],
  ["iam_ssh_public_key", "remove referenced objects"],
  ["iam_service_credential", "remove referenced objects"],
] as const;
