import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { notFound } from "../faults.ts";
import { kindOf } from "../ids.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import type { OrganizationsTables } from "../store.ts";
import { findUnit } from "../tree.ts";

/** What an account or a unit is directly beneath: the root or a unit. */
export const listParents: ReadOperation<typeof organizations, "ListParents"> = {
  name: "ListParents",
  authorise: onResources("ListParents", ({ ChildId }) => [ChildId]),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const { ChildId: child } = input;
    const found =
      kindOf(child) === "account"
        ? await rows
            .tables<OrganizationsTables>()
            .selectFrom("organizations_account")
            .select("parent")
            .where("organization", "=", organization.id)
            .where("account", "=", child as AccountId)
            .executeTakeFirst()
        : await findUnit(rows, organization.id, child);
    if (found === undefined) throw notFound("Child");
    const { rows: parents, NextToken } = pageOfAll([found.parent], pageRequest(input), (id) => id);
    return {
      Parents: parents.map((id) => ({
        Id: id,
        Type: id === organization.root_id ? ("ROOT" as const) : ("ORGANIZATIONAL_UNIT" as const),
      })),
      NextToken,
    };
  },
};
