import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { aboutService, onNothing, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { requireServicePrincipal } from "../trusted-access.ts";

/**
 * Ends a service's trusted access. Nobody administers for the organization what may no longer work in it: its delegated
 * administrators are deregistered (the API Reference does not say).
 */
export const disableAWSServiceAccess: WriteOperation<typeof organizations, "DisableAWSServiceAccess"> = {
  name: "DisableAWSServiceAccess",
  authorise: onNothing("DisableAWSServiceAccess", aboutService),
  async commit(tx, { account }, { ServicePrincipal: service }) {
    const organization = await requireManaged(tx, account);
    requireServicePrincipal(service);
    for (const table of ["organizations_service_access", "organizations_administrator"] as const) {
      await tx
        .tables<OrganizationsTables>()
        .deleteFrom(table)
        .where("organization", "=", organization.id)
        .where("service", "=", service)
        .execute();
    }
    return {};
  },
};
