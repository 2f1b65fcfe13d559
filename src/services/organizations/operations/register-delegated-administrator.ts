import type * as organizations from "@aws-sdk/client-organizations";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { closedAt, requireMember } from "../accounts.ts";
import { constraintViolation } from "../faults.ts";
import { aboutService, onResources, requireManaged } from "../organization.ts";
import type { OrganizationsTables } from "../store.ts";
import { hasAccess, requireServicePrincipal } from "../trusted-access.ts";

interface Registration {
  readonly AccountId: string;
  readonly ServicePrincipal: string;
}

/** Has a member administer a service for the organization; it may then also see the organization. */
export const registerDelegatedAdministrator: WriteOperation<
  typeof organizations,
  "RegisterDelegatedAdministrator"
> = {
  name: "RegisterDelegatedAdministrator",
  authorise: onResources(
    "RegisterDelegatedAdministrator",
    (input: Registration) => [input.AccountId],
    aboutService,
  ),
  async commit(tx, { account, now }, { AccountId: id, ServicePrincipal: service }) {
    const organization = await requireManaged(tx, account);
    requireServicePrincipal(service);
    const member = await requireMember(tx, organization.id, id);
    if (member.account === organization.management) {
      throw constraintViolation(
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register master account as delegated administrator for your organization.",
      );
    }
    if ((await closedAt(tx, member.account)) !== undefined) {
      throw constraintViolation(
        "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register a suspended account as a delegated administrator.",
      );
    }
    if (!(await hasAccess(tx, organization.id, service))) {
      throw constraintViolation(
        "SERVICE_ACCESS_NOT_ENABLED",
        "You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.",
      );
    }
    const made = await tx
      .tables<OrganizationsTables>()
      .insertInto("organizations_administrator")
      .values({ organization: organization.id, account: member.account, service, enabled_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .returning("account")
      .executeTakeFirst();
    if (made === undefined) {
      throw new Fault(
        "AccountAlreadyRegisteredException",
        "The provided account is already a delegated administrator for your organization.",
      );
    }
    return {};
  },
};
