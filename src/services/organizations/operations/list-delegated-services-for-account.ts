import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireMember } from "../accounts.ts";
import { notRegistered } from "../faults.ts";
import { onResources, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { administrations } from "../trusted-access.ts";

/** The services that a member administers for the organization. */
export const listDelegatedServicesForAccount: ReadOperation<
  typeof organizations,
  "ListDelegatedServicesForAccount"
> = {
  name: "ListDelegatedServicesForAccount",
  authorise: onResources("ListDelegatedServicesForAccount", ({ AccountId }) => [AccountId]),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const member = await requireMember(rows, organization.id, input.AccountId);
    const all = await administrations(rows, organization.id, member.account);
    if (all.length === 0) throw notRegistered();
    const page = pageOfAll(all, pageRequest(input), (row) => row.service);
    return {
      DelegatedServices: page.rows.map((row) => ({
        ServicePrincipal: row.service,
        DelegationEnabledDate: new Date(row.enabled_at),
      })),
      NextToken: page.NextToken,
    };
  },
};
