import type { PolicyText } from "../../dispatch/service.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { closedAt } from "./accounts.ts";
import { resourceArn } from "./arn.ts";
import { organizationOf } from "./organization.ts";
import { findPolicy } from "./policies.ts";
import type { OrganizationsTables } from "./store.ts";
import { attachmentsOf, pathTo } from "./tree.ts";

/** AWS: nobody in an account that was closed may do anything; here the policy that explanations then show says so. */
const closed: PolicyText = {
  name: "the account was closed",
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
  }),
};

/**
 * The service control policies that bind an account: a list for the root, for each unit on the way, and for the account
 * itself (User Guide, "SCP evaluation"). `undefined` when none do: the account is in no organization, it is the
 * management account, or the type is not enabled.
 */
export async function serviceControlOf(
  rows: Rows,
  account: AccountId,
): Promise<readonly (readonly PolicyText[])[] | undefined> {
  if ((await closedAt(rows, account)) !== undefined) return [[closed]];
  const organization = await organizationOf(rows, account);
  if (organization === undefined || organization.management === account || organization.controls === 0) {
    return undefined;
  }
  const member = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account")
    .select("parent")
    .where("account", "=", account)
    .executeTakeFirst();
  // Gone between two reads: the change that took it out makes this answer stale.
  if (member === undefined) return undefined;
  const levels = [...(await pathTo(rows, organization, member.parent)), account];
  const attached = await attachmentsOf(rows, organization.id, levels);
  const texts = new Map<string, PolicyText>();
  for (const id of new Set(attached.map(({ policy }) => policy))) {
    const policy = await findPolicy(rows, organization.id, id);
    // INVARIANT: a level without policies allows nothing, so one that cannot be found never lets more through.
    if (policy !== undefined)
      texts.set(id, { name: resourceArn(organization, id), document: policy.content });
  }
  return levels.map((level) =>
    attached.flatMap(({ target, policy }) => {
      const text = target === level ? texts.get(policy) : undefined;
      return text === undefined ? [] : [text];
    }),
  );
}
