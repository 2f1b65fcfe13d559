import type { OrganizationPlace } from "../../dispatch/identity.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { organizationOf } from "./organization.ts";
import type { OrganizationsTables } from "./store.ts";
import { pathTo } from "./tree.ts";

/**
 * Where an account is, for `aws:PrincipalOrgPaths` and its like: `o-…/r-…/ou-…/` (IAM User Guide, "View Organizations
 * access information": entity paths). Whatever moves an account bumps its epoch, so what is cached of it ends.
 */
export async function placeOf(rows: Rows, account: AccountId): Promise<OrganizationPlace | undefined> {
  const organization = await organizationOf(rows, account);
  const member = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account")
    .select("parent")
    .where("account", "=", account)
    .executeTakeFirst();
  // Gone between two reads: the change that took it out makes this answer stale.
  if (organization === undefined || member === undefined) return undefined;
  const path = [organization.id, ...(await pathTo(rows, organization, member.parent))];
  return { id: organization.id, management: organization.management, path: `${path.join("/")}/` };
}
