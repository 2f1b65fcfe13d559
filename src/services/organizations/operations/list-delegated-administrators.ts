import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { apiAccount, closedAt, requireMember } from "../accounts.ts";
import { aboutService, onNothing, requireSeen } from "../organization.ts";
import { pageOfAll, pageRequest } from "../paging.ts";
import { administrations, requireServicePrincipal } from "../trusted-access.ts";

/** The members that administer something for the organization, or a given service. */
export const listDelegatedAdministrators: ReadOperation<typeof organizations, "ListDelegatedAdministrators"> =
  {
    name: "ListDelegatedAdministrators",
    authorise: onNothing("ListDelegatedAdministrators", aboutService),
    async read({ rows, account }, input) {
      const organization = await requireSeen(rows, account);
      const { ServicePrincipal: service } = input;
      if (service !== undefined) requireServicePrincipal(service);
      const all = await administrations(rows, organization.id);
      // AWS: an account has been an administrator since the first of its services.
      const since = new Map<string, number>();
      for (const one of all) {
        if (service !== undefined && one.service !== service) continue;
        since.set(one.account, Math.min(one.enabled_at, since.get(one.account) ?? one.enabled_at));
      }
      const page = pageOfAll([...since], pageRequest(input), ([id]) => id);
      const administrators = await Promise.all(
        page.rows.map(async ([id, at]) => {
          const member = await requireMember(rows, organization.id, id);
          const shown = apiAccount(organization, member, await closedAt(rows, member.account));
          return { ...shown, DelegationEnabledDate: new Date(at) };
        }),
      );
      return { DelegatedAdministrators: administrators, NextToken: page.NextToken };
    },
  };
