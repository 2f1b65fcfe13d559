import type * as organizations from "@aws-sdk/client-organizations";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onNothing, requireSeen } from "../organization.ts";
import { pageOf, pageRequest } from "../paging.ts";
import type { OrganizationsTables } from "../store.ts";

/** The services with trusted access. */
export const listAWSServiceAccessForOrganization: ReadOperation<
  typeof organizations,
  "ListAWSServiceAccessForOrganization"
> = {
  name: "ListAWSServiceAccessForOrganization",
  authorise: onNothing("ListAWSServiceAccessForOrganization"),
  async read({ rows, account }, input) {
    const organization = await requireSeen(rows, account);
    const request = pageRequest(input);
    const found = await rows
      .tables<OrganizationsTables>()
      .selectFrom("organizations_service_access")
      .selectAll()
      .where("organization", "=", organization.id)
      .where("service", ">", request.after)
      .orderBy("service")
      .limit(request.limit + 1)
      .execute();
    const page = pageOf(found, request, (row) => row.service);
    return {
      EnabledServicePrincipals: page.rows.map((row) => ({
        ServicePrincipal: row.service,
        DateEnabled: new Date(row.enabled_at),
      })),
      NextToken: page.NextToken,
    };
  },
};
