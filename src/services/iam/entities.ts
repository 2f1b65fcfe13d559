import { formatArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import type {
  EntityKind,
  GroupRow,
  IamTables,
  InstanceProfileRow,
  PolicyRow,
  RoleRow,
  ServerCertificateRow,
  UserRow,
} from "./store.ts";

/** IAM compares names without regard to case and keeps the case in which they were given. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/** The resource types whose ARNs hold a path and a name. */
export type EntityType = EntityKind | "policy" | "instance-profile" | "server-certificate";

/** `arn:aws:iam::<account>:<type><path><name>`; the path begins and ends with `/`. */
export function entityArn(account: AccountId, type: EntityType, path: string, name: string): Arn {
  return formatArn("iam", "", account, `${type}${path}${name}`);
}

/** The user of that name, or `undefined`. */
export function findUser(rows: Rows, account: AccountId, name: string): Promise<UserRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_user")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
}

/** The group of that name, or `undefined`. */
export function findGroup(rows: Rows, account: AccountId, name: string): Promise<GroupRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_group")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
}

/** The role of that name, or `undefined`. */
export function findRole(rows: Rows, account: AccountId, name: string): Promise<RoleRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_role")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
}

/** The instance profile of that name, or `undefined`. */
export function findInstanceProfile(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<InstanceProfileRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_instance_profile")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
}

/** The server certificate of that name, or `undefined`. */
export function findServerCertificate(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<ServerCertificateRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_server_certificate")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", "=", nameKey(name))
    .executeTakeFirst();
}

/** The customer managed policy of that ARN, if it is the account's own. */
export function findPolicy(rows: Rows, account: AccountId, arn: string): Promise<PolicyRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_policy")
    .selectAll()
    .where("account", "=", account)
    .where("arn", "=", arn as Arn)
    .executeTakeFirst();
}

/** The user; throws `NoSuchEntity`. */
export async function requireUser(rows: Rows, account: AccountId, name: string): Promise<UserRow> {
  return (await findUser(rows, account, name)) ?? missing("user", name);
}

/** The group; throws `NoSuchEntity`. */
export async function requireGroup(rows: Rows, account: AccountId, name: string): Promise<GroupRow> {
  return (await findGroup(rows, account, name)) ?? missing("group", name);
}

/** The role; throws `NoSuchEntity`. */
export async function requireRole(rows: Rows, account: AccountId, name: string): Promise<RoleRow> {
  return (await findRole(rows, account, name)) ?? missing("role", name);
}

/** The instance profile; throws `NoSuchEntity`. */
export async function requireInstanceProfile(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<InstanceProfileRow> {
  const found = await findInstanceProfile(rows, account, name);
  if (found === undefined) throw new Fault("NoSuchEntity", `Instance Profile ${name} cannot be found.`);
  return found;
}

/** The server certificate; throws `NoSuchEntity`. */
export async function requireServerCertificate(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<ServerCertificateRow> {
  const found = await findServerCertificate(rows, account, name);
  if (found === undefined) {
    throw new Fault("NoSuchEntity", `The Server Certificate with name ${name} cannot be found.`);
  }
  return found;
}

function missing(kind: EntityKind, name: string): never {
  throw new Fault("NoSuchEntity", `The ${kind} with name ${name} cannot be found.`);
}

/**
 * ARN of the entity that a call names, for its authorisation: as it exists, with its path and its own spelling, so
 * that no policy is evaded by another case; directly under `/` when there is none.
 */
export async function arnNamed(
  rows: Rows,
  account: AccountId,
  type: Exclude<EntityType, "policy">,
  name: string,
): Promise<Arn> {
  const row = await finders[type](rows, account, name);
  return row?.arn ?? entityArn(account, type, "/", name);
}

const finders = {
  user: findUser,
  group: findGroup,
  role: findRole,
  "instance-profile": findInstanceProfile,
  "server-certificate": findServerCertificate,
} as const;

/**
 * Throws `EntityAlreadyExists` for the names of users, groups and roles, in IAM's words.
 * @param kind `User`, `Group` or `Role`.
 */
export function alreadyExists(kind: "User" | "Group" | "Role", name: string): Fault {
  return new Fault("EntityAlreadyExists", `${kind} with name ${name} already exists.`);
}

/** `EntityAlreadyExists` for the name of a server certificate, in IAM's words. */
export function certificateExists(name: string): Fault {
  return new Fault("EntityAlreadyExists", `The Server Certificate with name ${name} already exists.`);
}
