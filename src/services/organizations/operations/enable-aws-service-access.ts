import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { aboutService, onNothing, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { requireServicePrincipal } from "../trusted-access.ts";

/** Lets a service work in the organization (trusted access). Twice is as good as once. */
export const enableAWSServiceAccess: WriteOperation<typeof organizations, "EnableAWSServiceAccess"> = {
  name: "EnableAWSServiceAccess",
  authorise: onNothing("EnableAWSServiceAccess", aboutService),
  async commit(tx, { account, now }, { ServicePrincipal: service }) {
    const organization = await requireManaged(tx, account);
    requireServicePrincipal(service);
    await tx
      .tables<OrganizationsTables>()
      .insertInto("organizations_service_access")
      .values({ organization: organization.id, service, enabled_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return {};
  },
};
