import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireMember } from "../accounts.ts";
import { notRegistered } from "../faults.ts";
import { aboutService, onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { requireServicePrincipal } from "../trusted-access.ts";

interface Registration {
  readonly AccountId: string;
  readonly ServicePrincipal: string;
}

/** Ends a member's administration of a service. */
export const deregisterDelegatedAdministrator: WriteOperation<
  typeof organizations,
  "DeregisterDelegatedAdministrator"
> = {
  name: "DeregisterDelegatedAdministrator",
  authorise: onResources(
    "DeregisterDelegatedAdministrator",
    (input: Registration) => [input.AccountId],
    aboutService,
  ),
  async commit(tx, { account }, { AccountId: id, ServicePrincipal: service }) {
    const organization = await requireManaged(tx, account);
    requireServicePrincipal(service);
    const member = await requireMember(tx, organization.id, id);
    const gone = await tx
      .tables<OrganizationsTables>()
      .deleteFrom("organizations_administrator")
      .where("organization", "=", organization.id)
      .where("account", "=", member.account)
      .where("service", "=", service)
      .returning("account")
      .executeTakeFirst();
    if (gone === undefined) throw notRegistered();
    return {};
  },
};
