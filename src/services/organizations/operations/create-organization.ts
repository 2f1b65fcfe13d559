import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { emailOf, join } from "../accounts.ts";
import { alreadyInOrganization, invalidInput } from "../faults.ts";
import { newId } from "../ids.ts";
import { apiOrganization, onNothing, organizationOf } from "../organization.ts";
import { prepareRole, type RolePreparation, requireRole } from "../service-role.ts";
import type { OrganizationRow, OrganizationsTables } from "../store.ts";

/**
 * Makes the caller's account the management account of a new organization with all features. As on AWS, service control
 * policies are to be enabled in its root before they bind anybody (EnablePolicyType).
 */
export const createOrganization: WriteOperation<typeof organizations, "CreateOrganization", RolePreparation> =
  {
    name: "CreateOrganization",
    authorise: onNothing("CreateOrganization"),
    async prepare(ctx, { FeatureSet: features = "ALL" }) {
      // The text is ours: consolidated billing is about bills, of which there are none.
      if (features !== "ALL") {
        throw invalidInput("INVALID_ENUM", "FeatureSet must be ALL: organizations here have all features.");
      }
      if ((await organizationOf(ctx.rows, ctx.account)) !== undefined) throw alreadyInOrganization();
      return await prepareRole(ctx);
    },
    async commit(tx, { account, now, random }, _input, role) {
      if ((await organizationOf(tx, account)) !== undefined) throw alreadyInOrganization();
      await requireRole(tx, account, role);
      const organization: OrganizationRow = {
        id: newId("o-", 10, random),
        management: account,
        root_id: newId("r-", 4, random),
        controls: 0,
      };
      await tx
        .tables<OrganizationsTables>()
        .insertInto("organizations_organization")
        .values(organization)
        .execute();
      // AWS: the management account shows as one that was invited.
      await join(tx, organization, {
        account,
        name: account,
        email: emailOf(account),
        joined_method: "INVITED",
        joined_at: now,
      });
      return { Organization: apiOrganization(organization) };
    },
  };
