import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { leave, requireMember } from "../accounts.ts";
import { onResources, requireManaged } from "../organization.ts";

/**
 * Takes a member out of the organization. AWS asks of accounts that Organizations made to be seven days old and to have
 * a way to pay; there is nothing to pay here, so neither is asked.
 */
export const removeAccountFromOrganization: WriteOperation<
  typeof organizations,
  "RemoveAccountFromOrganization"
> = {
  name: "RemoveAccountFromOrganization",
  authorise: onResources("RemoveAccountFromOrganization", ({ AccountId }) => [AccountId]),
  async commit(tx, { account }, { AccountId: id }) {
    const organization = await requireManaged(tx, account);
    const member = await requireMember(tx, organization.id, id);
    if (member.account === organization.management) {
      throw new Fault(
        "MasterCannotLeaveOrganizationException",
        "You can't remove a management account from an organization.",
      );
    }
    await leave(tx, organization.id, member.account);
    return {};
  },
};
