import * as organizations from "@aws-sdk/client-organizations";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { acceptHandshake } from "./operations/accept-handshake.ts";
import { attachPolicy } from "./operations/attach-policy.ts";
import { cancelHandshake } from "./operations/cancel-handshake.ts";
import { createAccount } from "./operations/create-account.ts";
import { createOrganization } from "./operations/create-organization.ts";
import { createOrganizationalUnit } from "./operations/create-organizational-unit.ts";
import { createPolicy } from "./operations/create-policy.ts";
import { declineHandshake } from "./operations/decline-handshake.ts";
import { deleteOrganization } from "./operations/delete-organization.ts";
import { deleteOrganizationalUnit } from "./operations/delete-organizational-unit.ts";
import { deletePolicy } from "./operations/delete-policy.ts";
import { describeAccount } from "./operations/describe-account.ts";
import { describeCreateAccountStatus } from "./operations/describe-create-account-status.ts";
import { describeHandshake } from "./operations/describe-handshake.ts";
import { describeOrganization } from "./operations/describe-organization.ts";
import { describeOrganizationalUnit } from "./operations/describe-organizational-unit.ts";
import { describePolicy } from "./operations/describe-policy.ts";
import { detachPolicy } from "./operations/detach-policy.ts";
import { disablePolicyType } from "./operations/disable-policy-type.ts";
import { enablePolicyType } from "./operations/enable-policy-type.ts";
import { inviteAccountToOrganization } from "./operations/invite-account-to-organization.ts";
import { leaveOrganization } from "./operations/leave-organization.ts";
import { listAccounts } from "./operations/list-accounts.ts";
import { listAccountsForParent } from "./operations/list-accounts-for-parent.ts";
import { listChildren } from "./operations/list-children.ts";
import { listCreateAccountStatus } from "./operations/list-create-account-status.ts";
import { listHandshakesForAccount } from "./operations/list-handshakes-for-account.ts";
import { listHandshakesForOrganization } from "./operations/list-handshakes-for-organization.ts";
import { listOrganizationalUnitsForParent } from "./operations/list-organizational-units-for-parent.ts";
import { listParents } from "./operations/list-parents.ts";
import { listPolicies } from "./operations/list-policies.ts";
import { listPoliciesForTarget } from "./operations/list-policies-for-target.ts";
import { listRoots } from "./operations/list-roots.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { listTargetsForPolicy } from "./operations/list-targets-for-policy.ts";
import { moveAccount } from "./operations/move-account.ts";
import { removeAccountFromOrganization } from "./operations/remove-account-from-organization.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateOrganizationalUnit } from "./operations/update-organizational-unit.ts";
import { updatePolicy } from "./operations/update-policy.ts";
import { resourceFacts } from "./resource-facts.ts";
import { organizationsRoleOwner } from "./service-role.ts";

const operations: readonly AnyOperation[] = [
  acceptHandshake,
  attachPolicy,
  cancelHandshake,
  createAccount,
  createOrganization,
  createOrganizationalUnit,
  createPolicy,
  declineHandshake,
  deleteOrganization,
  deleteOrganizationalUnit,
  deletePolicy,
  describeAccount,
  describeCreateAccountStatus,
  describeHandshake,
  describeOrganization,
  describeOrganizationalUnit,
  describePolicy,
  detachPolicy,
  disablePolicyType,
  enablePolicyType,
  inviteAccountToOrganization,
  leaveOrganization,
  listAccounts,
  listAccountsForParent,
  listChildren,
  listCreateAccountStatus,
  listHandshakesForAccount,
  listHandshakesForOrganization,
  listOrganizationalUnitsForParent,
  listParents,
  listPolicies,
  listPoliciesForTarget,
  listRoots,
  listTagsForResource,
  listTargetsForPolicy,
  moveAccount,
  removeAccountFromOrganization,
  tagResource,
  untagResource,
  updateOrganizationalUnit,
  updatePolicy,
];

/** AWS Organizations, enough of it for service control policies: organization, units, accounts, policies, attachments. */
export function createOrganizationsService(): Service {
  return {
    signingName: "organizations",
    eventSource: "organizations.amazonaws.com",
    module: organizations,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    global: true,
    decidesAccess: true,
    resource: resourceFacts,
    roleOwners: [organizationsRoleOwner],
  };
}
