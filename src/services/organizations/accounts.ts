import type { Account } from "@aws-sdk/client-organizations";
import type { AccountId } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type InOrganization, resourceArn } from "./arn.ts";
import { alreadyInOrganization, notFound, stillAdministers } from "./faults.ts";
import { fullAccess } from "./policies.ts";
import type { AccountRow, OrganizationRow, OrganizationsTables } from "./store.ts";
import { writeTags } from "./tags.ts";

/** The address of an account that Organizations did not make: any twelve digits are an account here, and have none. */
export function emailOf(account: AccountId): string {
  return `${account}@accounts.example.com`;
}

/** The member of that id. Throws `AccountNotFoundException`. */
export async function requireMember(rows: Rows, organization: string, account: string): Promise<AccountRow> {
  const row = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account")
    .selectAll()
    .where("organization", "=", organization)
    .where("account", "=", account as AccountId)
    .executeTakeFirst();
  if (row === undefined) throw notFound("Account");
  return row;
}

/**
 * Puts an account into an organization, beneath its root, bound by the policies from the next call on.
 * @throws Fault `AlreadyInOrganizationException`.
 */
export async function join(
  tx: Tx,
  organization: OrganizationRow,
  member: Pick<AccountRow, "account" | "name" | "email" | "joined_method" | "joined_at">,
  tags: readonly Tag[] = [],
): Promise<void> {
  const tables = tx.tables<OrganizationsTables>();
  const joined = await tables
    .insertInto("organizations_account")
    .values({ ...member, organization: organization.id, parent: organization.root_id })
    .onConflict((conflict) => conflict.doNothing())
    .returning("account")
    .executeTakeFirst();
  if (joined === undefined) throw alreadyInOrganization();
  if (organization.controls === 1) {
    await tables
      .insertInto("organizations_attachment")
      .values({ organization: organization.id, target: member.account, policy: fullAccess.id })
      .execute();
  }
  await writeTags(tx, organization.id, member.account, tags);
  await tx.bumpEpoch(member.account);
}

/**
 * Takes an account out of its organization: no policy of it binds the account any longer.
 * @throws Fault `ConstraintViolationException` when it administers a service for the organization.
 */
export async function leave(tx: Tx, organization: string, account: AccountId): Promise<void> {
  const tables = tx.tables<OrganizationsTables>();
  const administers = await tables
    .selectFrom("organizations_administrator")
    .select("service")
    .where("organization", "=", organization)
    .where("account", "=", account)
    .limit(1)
    .executeTakeFirst();
  if (administers !== undefined) throw stillAdministers();
  await tables.deleteFrom("organizations_account").where("account", "=", account).execute();
  await tables
    .deleteFrom("organizations_attachment")
    .where("organization", "=", organization)
    .where("target", "=", account)
    .execute();
  await writeTags(tx, organization, account, []);
  await tx.bumpEpoch(account);
}

/** When a member was closed (epoch ms), or `undefined`. */
export async function closedAt(rows: Rows, account: AccountId): Promise<number | undefined> {
  const [at] = (await closings(rows, [account])).values();
  return at;
}

/** When members were closed (epoch ms), by account; those that were not are left out. */
export async function closings(
  rows: Rows,
  accounts: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, number>> {
  if (accounts.length === 0) return new Map();
  const closed = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_closed_account")
    .selectAll()
    .where("account", "in", accounts)
    .execute();
  return new Map(closed.map((row) => [row.account, row.closed_at]));
}

/**
 * As the API answers it.
 * @param closed when it was closed, if it was.
 */
export function apiAccount(
  organization: InOrganization,
  row: AccountRow,
  closed: number | undefined,
): Account {
  return {
    Id: row.account,
    Arn: resourceArn(organization, row.account),
    Email: row.email,
    Name: row.name,
    Status: closed === undefined ? "ACTIVE" : "SUSPENDED",
    State: closed === undefined ? "ACTIVE" : "CLOSED",
    JoinedMethod: row.joined_method,
    JoinedTimestamp: new Date(row.joined_at),
  };
}
