import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { requireMember } from "../accounts.ts";
import { notFound } from "../faults.ts";
import { onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { requireParent } from "../tree.ts";

/** Moves an account beneath another unit or the root. From the next call on it is bound by what binds there. */
export const moveAccount: WriteOperation<typeof organizations, "MoveAccount"> = {
  name: "MoveAccount",
  authorise: onResources("MoveAccount", (input) => [
    input.AccountId,
    input.SourceParentId,
    input.DestinationParentId,
  ]),
  async commit(tx, { account }, { AccountId: id, SourceParentId: from, DestinationParentId: to }) {
    const organization = await requireManaged(tx, account);
    const member = await requireMember(tx, organization.id, id);
    await requireParent(tx, organization, from, "SourceParent");
    await requireParent(tx, organization, to, "DestinationParent");
    if (member.parent !== from) throw notFound("SourceParent");
    if (from === to) {
      throw new Fault(
        "DuplicateAccountException",
        "That account is already present in the specified destination.",
      );
    }
    await tx
      .tables<OrganizationsTables>()
      .updateTable("organizations_account")
      .set({ parent: to })
      .where("account", "=", member.account)
      .execute();
    await tx.bumpEpoch(member.account);
    return {};
  },
};
