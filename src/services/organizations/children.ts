import type { AccountId } from "../../kernel/brand.ts";
import type { PageRequest } from "../../kernel/page.ts";
import type { Rows } from "../../store/types.ts";
import type { AccountRow, OrganizationsTables, UnitRow } from "./store.ts";

/** The units directly beneath a parent: `limit + 1` of them, so that the page knows whether there are more. */
export async function unitsBeneath(
  rows: Rows,
  organization: string,
  parent: string,
  { after, limit }: PageRequest,
): Promise<readonly UnitRow[]> {
  return await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_unit")
    .selectAll()
    .where("organization", "=", organization)
    .where("parent", "=", parent)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit + 1)
    .execute();
}

/** The accounts directly beneath a parent, or all of the organization's: `limit + 1` of them. */
export async function accountsBeneath(
  rows: Rows,
  organization: string,
  parent: string | undefined,
  { after, limit }: PageRequest,
): Promise<readonly AccountRow[]> {
  const all = rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account")
    .selectAll()
    .where("organization", "=", organization)
    .where("account", ">", after as AccountId)
    .orderBy("account")
    .limit(limit + 1);
  return await (parent === undefined ? all : all.where("parent", "=", parent)).execute();
}
