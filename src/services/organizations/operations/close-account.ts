import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { closedAt, requireMember } from "../accounts.ts";
import { constraintViolation } from "../faults.ts";
import { onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";

/**
 * Closes a member: from the next call on, none of its principals may do anything (service-control.ts). It stays in the
 * organization, suspended, and what it has is kept; AWS deletes that after ninety days.
 */
export const closeAccount: WriteOperation<typeof organizations, "CloseAccount"> = {
  name: "CloseAccount",
  authorise: onResources("CloseAccount", ({ AccountId }) => [AccountId]),
  async commit(tx, { account, now }, { AccountId: id }) {
    const organization = await requireManaged(tx, account);
    const member = await requireMember(tx, organization.id, id);
    if (member.account === organization.management) {
      throw constraintViolation(
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
        "You attempted to close the management account.",
      );
    }
    if ((await closedAt(tx, member.account)) !== undefined) {
      throw new Fault(
        "AccountAlreadyClosedException",
        "You attempted to close an account that is already closed.",
      );
    }
    await tx
      .tables<OrganizationsTables>()
      .insertInto("organizations_closed_account")
      .values({ organization: organization.id, account: member.account, closed_at: now })
      .execute();
    await tx.bumpEpoch(member.account);
    return {};
  },
};
