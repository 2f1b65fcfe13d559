import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../dispatch/context.ts";
import { StalePreparation } from "../../dispatch/operation.ts";
import type { RoleOwner } from "../../dispatch/service.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import { globalRegion } from "../../kernel/region.ts";
import type { Tx } from "../../store/types.ts";
import { resourceArn } from "./arn.ts";
import { organizationOf } from "./organization.ts";

/** The service principal of Organizations, which its role in every account trusts. */
export const organizationsPrincipal = "organizations.amazonaws.com";

/** How making sure of the role went; the commit decides whether it matters. */
export interface RolePreparation {
  /** Why the role could not be created. */
  readonly denial?: Fault;
}

/**
 * Makes AWSServiceRoleForOrganizations in the caller's account with the caller's own identity (User Guide, "Using
 * service-linked roles": every account of an organization has it). Whether the caller may matters only if it is not there.
 */
export async function prepareRole(ctx: PrepareContext): Promise<RolePreparation> {
  try {
    await ctx
      .forward(organizationsPrincipal)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: organizationsPrincipal }));
    return {};
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return {};
    if (!isFault(error, "AccessDenied", "AccessDeniedException")) throw error;
    const denial = new Fault(
      "AccessDeniedForDependencyException",
      `The request failed because your credentials do not have permission to create the service-linked role required by AWS Organizations. ${error.message}`,
      { members: { Reason: "ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE" }, cause: error },
    );
    return { denial };
  }
}

/**
 * Makes sure, in the transaction that an account joins in, that the role is there.
 * INVARIANT: no account is in an organization without it; deleting it takes the same lock row.
 */
export async function requireRole(tx: Tx, account: AccountId, { denial }: RolePreparation): Promise<void> {
  const lock = await tx.lockRole(account, organizationsPrincipal);
  if (lock === "absent" && denial !== undefined) throw denial;
  if (lock !== "present") throw new StalePreparation(`the role of ${organizationsPrincipal} is ${lock}`);
}

/** Who needs AWSServiceRoleForOrganizations: every account that is in an organization. */
export const organizationsRoleOwner: RoleOwner = {
  servicePrincipal: organizationsPrincipal,
  createdBy: [
    "organizations:CreateOrganization",
    "organizations:CreateAccount",
    "organizations:AcceptHandshake",
  ],
  async usage(rows, account) {
    const organization = await organizationOf(rows, account);
    if (organization === undefined) return [];
    return [{ region: globalRegion, resources: [resourceArn(organization, account)] }];
  },
};
