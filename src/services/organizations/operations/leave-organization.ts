import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { leave } from "../accounts.ts";
import { onNothing, requireOrganization } from "../organization.ts";

/** Takes the caller's own account out of its organization. */
export const leaveOrganization: WriteOperation<typeof organizations, "LeaveOrganization"> = {
  name: "LeaveOrganization",
  authorise: onNothing("LeaveOrganization"),
  async commit(tx, { account }) {
    const { id, management } = await requireOrganization(tx, account);
    if (account === management) {
      throw new Fault(
        "MasterCannotLeaveOrganizationException",
        "You can't remove a management account from an organization.",
      );
    }
    await leave(tx, id, account);
    return {};
  },
};
