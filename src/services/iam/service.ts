import * as iam from "@aws-sdk/client-iam";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { addClientIDToOpenIDConnectProvider } from "./operations/add-client-id-to-open-id-connect-provider.ts";
import { addRoleToInstanceProfile } from "./operations/add-role-to-instance-profile.ts";
import { addUserToGroup } from "./operations/add-user-to-group.ts";
import { attachGroupPolicy } from "./operations/attach-group-policy.ts";
import { attachRolePolicy } from "./operations/attach-role-policy.ts";
import { attachUserPolicy } from "./operations/attach-user-policy.ts";
import { changePassword } from "./operations/change-password.ts";
import { createAccessKey } from "./operations/create-access-key.ts";
import { createAccountAlias } from "./operations/create-account-alias.ts";
import { createGroup } from "./operations/create-group.ts";
import { createInstanceProfile } from "./operations/create-instance-profile.ts";
import { createLoginProfile } from "./operations/create-login-profile.ts";
import { createOpenIDConnectProvider } from "./operations/create-open-id-connect-provider.ts";
import { createPolicy } from "./operations/create-policy.ts";
import { createPolicyVersion } from "./operations/create-policy-version.ts";
import { createRole } from "./operations/create-role.ts";
import { createSAMLProvider } from "./operations/create-saml-provider.ts";
import { createServiceLinkedRole } from "./operations/create-service-linked-role.ts";
import { createServiceSpecificCredential } from "./operations/create-service-specific-credential.ts";
import { createUser } from "./operations/create-user.ts";
import { createVirtualMFADevice } from "./operations/create-virtual-mfa-device.ts";
import { deactivateMFADevice } from "./operations/deactivate-mfa-device.ts";
import { deleteAccessKey } from "./operations/delete-access-key.ts";
import { deleteAccountAlias } from "./operations/delete-account-alias.ts";
import { deleteAccountPasswordPolicy } from "./operations/delete-account-password-policy.ts";
import { deleteGroup } from "./operations/delete-group.ts";
import { deleteGroupPolicy } from "./operations/delete-group-policy.ts";
import { deleteInstanceProfile } from "./operations/delete-instance-profile.ts";
import { deleteLoginProfile } from "./operations/delete-login-profile.ts";
import { deleteOpenIDConnectProvider } from "./operations/delete-open-id-connect-provider.ts";
import { deletePolicy } from "./operations/delete-policy.ts";
import { deletePolicyVersion } from "./operations/delete-policy-version.ts";
import { deleteRole } from "./operations/delete-role.ts";
import { deleteRolePermissionsBoundary } from "./operations/delete-role-permissions-boundary.ts";
import { deleteRolePolicy } from "./operations/delete-role-policy.ts";
import { deleteSAMLProvider } from "./operations/delete-saml-provider.ts";
import { deleteServerCertificate } from "./operations/delete-server-certificate.ts";
import { deleteServiceLinkedRole } from "./operations/delete-service-linked-role.ts";
import { deleteServiceSpecificCredential } from "./operations/delete-service-specific-credential.ts";
import { deleteSigningCertificate } from "./operations/delete-signing-certificate.ts";
import { deleteSSHPublicKey } from "./operations/delete-ssh-public-key.ts";
import { deleteUser } from "./operations/delete-user.ts";
import { deleteUserPermissionsBoundary } from "./operations/delete-user-permissions-boundary.ts";
import { deleteUserPolicy } from "./operations/delete-user-policy.ts";
import { deleteVirtualMFADevice } from "./operations/delete-virtual-mfa-device.ts";
import { detachGroupPolicy } from "./operations/detach-group-policy.ts";
import { detachRolePolicy } from "./operations/detach-role-policy.ts";
import { detachUserPolicy } from "./operations/detach-user-policy.ts";
import { disableOrganizationsRootCredentialsManagement } from "./operations/disable-organizations-root-credentials-management.ts";
import { disableOrganizationsRootSessions } from "./operations/disable-organizations-root-sessions.ts";
import { disableOutboundWebIdentityFederation } from "./operations/disable-outbound-web-identity-federation.ts";
import { enableMFADevice } from "./operations/enable-mfa-device.ts";
import { enableOrganizationsRootCredentialsManagement } from "./operations/enable-organizations-root-credentials-management.ts";
import { enableOrganizationsRootSessions } from "./operations/enable-organizations-root-sessions.ts";
import { enableOutboundWebIdentityFederation } from "./operations/enable-outbound-web-identity-federation.ts";
import { generateCredentialReport } from "./operations/generate-credential-report.ts";
import { generateOrganizationsAccessReport } from "./operations/generate-organizations-access-report.ts";
import { generateServiceLastAccessedDetails } from "./operations/generate-service-last-accessed-details.ts";
import { getAccessKeyLastUsed } from "./operations/get-access-key-last-used.ts";
import { getAccountAuthorizationDetails } from "./operations/get-account-authorization-details.ts";
import { getAccountPasswordPolicy } from "./operations/get-account-password-policy.ts";
import { getAccountSummary } from "./operations/get-account-summary.ts";
import { getContextKeysForCustomPolicy } from "./operations/get-context-keys-for-custom-policy.ts";
import { getContextKeysForPrincipalPolicy } from "./operations/get-context-keys-for-principal-policy.ts";
import { getCredentialReport } from "./operations/get-credential-report.ts";
import { getGroup } from "./operations/get-group.ts";
import { getGroupPolicy } from "./operations/get-group-policy.ts";
import { getInstanceProfile } from "./operations/get-instance-profile.ts";
import { getLoginProfile } from "./operations/get-login-profile.ts";
import { getMFADevice } from "./operations/get-mfa-device.ts";
import { getOpenIDConnectProvider } from "./operations/get-open-id-connect-provider.ts";
import { getOrganizationsAccessReport } from "./operations/get-organizations-access-report.ts";
import { getOutboundWebIdentityFederationInfo } from "./operations/get-outbound-web-identity-federation-info.ts";
import { getPolicy } from "./operations/get-policy.ts";
import { getPolicyVersion } from "./operations/get-policy-version.ts";
import { getRole } from "./operations/get-role.ts";
import { getRolePolicy } from "./operations/get-role-policy.ts";
import { getSAMLProvider } from "./operations/get-saml-provider.ts";
import { getServerCertificate } from "./operations/get-server-certificate.ts";
import { getServiceLastAccessedDetails } from "./operations/get-service-last-accessed-details.ts";
import { getServiceLastAccessedDetailsWithEntities } from "./operations/get-service-last-accessed-details-with-entities.ts";
import { getServiceLinkedRoleDeletionStatus } from "./operations/get-service-linked-role-deletion-status.ts";
import { getSSHPublicKey } from "./operations/get-ssh-public-key.ts";
import { getUser } from "./operations/get-user.ts";
import { getUserPolicy } from "./operations/get-user-policy.ts";
import { listAccessKeys } from "./operations/list-access-keys.ts";
import { listAccountAliases } from "./operations/list-account-aliases.ts";
import { listAttachedGroupPolicies } from "./operations/list-attached-group-policies.ts";
import { listAttachedRolePolicies } from "./operations/list-attached-role-policies.ts";
import { listAttachedUserPolicies } from "./operations/list-attached-user-policies.ts";
import { listEntitiesForPolicy } from "./operations/list-entities-for-policy.ts";
import { listGroupPolicies } from "./operations/list-group-policies.ts";
import { listGroups } from "./operations/list-groups.ts";
import { listGroupsForUser } from "./operations/list-groups-for-user.ts";
import { listInstanceProfileTags } from "./operations/list-instance-profile-tags.ts";
import { listInstanceProfiles } from "./operations/list-instance-profiles.ts";
import { listInstanceProfilesForRole } from "./operations/list-instance-profiles-for-role.ts";
import { listMFADeviceTags } from "./operations/list-mfa-device-tags.ts";
import { listMFADevices } from "./operations/list-mfa-devices.ts";
import { listOpenIDConnectProviderTags } from "./operations/list-open-id-connect-provider-tags.ts";
import { listOpenIDConnectProviders } from "./operations/list-open-id-connect-providers.ts";
import { listOrganizationsFeatures } from "./operations/list-organizations-features.ts";
import { listPolicies } from "./operations/list-policies.ts";
import { listPoliciesGrantingServiceAccess } from "./operations/list-policies-granting-service-access.ts";
import { listPolicyTags } from "./operations/list-policy-tags.ts";
import { listPolicyVersions } from "./operations/list-policy-versions.ts";
import { listRolePolicies } from "./operations/list-role-policies.ts";
import { listRoleTags } from "./operations/list-role-tags.ts";
import { listRoles } from "./operations/list-roles.ts";
import { listSAMLProviderTags } from "./operations/list-saml-provider-tags.ts";
import { listSAMLProviders } from "./operations/list-saml-providers.ts";
import { listServerCertificateTags } from "./operations/list-server-certificate-tags.ts";
import { listServerCertificates } from "./operations/list-server-certificates.ts";
import { listServiceSpecificCredentials } from "./operations/list-service-specific-credentials.ts";
import { listSigningCertificates } from "./operations/list-signing-certificates.ts";
import { listSSHPublicKeys } from "./operations/list-ssh-public-keys.ts";
import { listUserPolicies } from "./operations/list-user-policies.ts";
import { listUserTags } from "./operations/list-user-tags.ts";
import { listUsers } from "./operations/list-users.ts";
import { listVirtualMFADevices } from "./operations/list-virtual-mfa-devices.ts";
import { putGroupPolicy } from "./operations/put-group-policy.ts";
import { putRolePermissionsBoundary } from "./operations/put-role-permissions-boundary.ts";
import { putRolePolicy } from "./operations/put-role-policy.ts";
import { putUserPermissionsBoundary } from "./operations/put-user-permissions-boundary.ts";
import { putUserPolicy } from "./operations/put-user-policy.ts";
import { removeClientIDFromOpenIDConnectProvider } from "./operations/remove-client-id-from-open-id-connect-provider.ts";
import { removeRoleFromInstanceProfile } from "./operations/remove-role-from-instance-profile.ts";
import { removeUserFromGroup } from "./operations/remove-user-from-group.ts";
import { resetServiceSpecificCredential } from "./operations/reset-service-specific-credential.ts";
import { resyncMFADevice } from "./operations/resync-mfa-device.ts";
import { setDefaultPolicyVersion } from "./operations/set-default-policy-version.ts";
import { setSecurityTokenServicePreferences } from "./operations/set-security-token-service-preferences.ts";
import { simulateCustomPolicy } from "./operations/simulate-custom-policy.ts";
import { simulatePrincipalPolicy } from "./operations/simulate-principal-policy.ts";
import { tagInstanceProfile } from "./operations/tag-instance-profile.ts";
import { tagMFADevice } from "./operations/tag-mfa-device.ts";
import { tagOpenIDConnectProvider } from "./operations/tag-open-id-connect-provider.ts";
import { tagPolicy } from "./operations/tag-policy.ts";
import { tagRole } from "./operations/tag-role.ts";
import { tagSAMLProvider } from "./operations/tag-saml-provider.ts";
import { tagServerCertificate } from "./operations/tag-server-certificate.ts";
import { tagUser } from "./operations/tag-user.ts";
import { untagInstanceProfile } from "./operations/untag-instance-profile.ts";
import { untagMFADevice } from "./operations/untag-mfa-device.ts";
import { untagOpenIDConnectProvider } from "./operations/untag-open-id-connect-provider.ts";
import { untagPolicy } from "./operations/untag-policy.ts";
import { untagRole } from "./operations/untag-role.ts";
import { untagSAMLProvider } from "./operations/untag-saml-provider.ts";
import { untagServerCertificate } from "./operations/untag-server-certificate.ts";
import { untagUser } from "./operations/untag-user.ts";
import { updateAccessKey } from "./operations/update-access-key.ts";
import { updateAccountPasswordPolicy } from "./operations/update-account-password-policy.ts";
import { updateAssumeRolePolicy } from "./operations/update-assume-role-policy.ts";
import { updateGroup } from "./operations/update-group.ts";
import { updateLoginProfile } from "./operations/update-login-profile.ts";
import { updateOpenIDConnectProviderThumbprint } from "./operations/update-open-id-connect-provider-thumbprint.ts";
import { updateRole } from "./operations/update-role.ts";
import { updateRoleDescription } from "./operations/update-role-description.ts";
import { updateSAMLProvider } from "./operations/update-saml-provider.ts";
import { updateServerCertificate } from "./operations/update-server-certificate.ts";
import { updateServiceSpecificCredential } from "./operations/update-service-specific-credential.ts";
import { updateSigningCertificate } from "./operations/update-signing-certificate.ts";
import { updateSSHPublicKey } from "./operations/update-ssh-public-key.ts";
import { updateUser } from "./operations/update-user.ts";
import { uploadServerCertificate } from "./operations/upload-server-certificate.ts";
import { uploadSigningCertificate } from "./operations/upload-signing-certificate.ts";
import { uploadSSHPublicKey } from "./operations/upload-ssh-public-key.ts";
import type { IamPorts } from "./ports.ts";
import { refused } from "./refused.ts";
import { resourceFacts } from "./resource-facts.ts";
import { closedToWeakSessions } from "./session-restrictions.ts";

/** AWS Identity and Access Management: global to an account, and every change of it may change a decision. */
export function createIamService(ports: IamPorts): Service {
  return {
    signingName: "iam",
    eventSource: "iam.amazonaws.com",
    module: iam,
    refused,
    global: true,
    decidesAccess: true,
    operations: Object.fromEntries(
      operations(ports).map((operation) => [operation.name, closedToWeakSessions(operation)]),
    ),
    resource: resourceFacts,
  };
}

/** One line per operation, in groups as in the API's documentation. */
function operations(ports: IamPorts): readonly AnyOperation[] {
  return [
    // Users
    createUser(ports),
    getUser,
    listUsers,
    updateUser,
    deleteUser,
    tagUser,
    untagUser,
    listUserTags,
    // Groups
    createGroup,
    getGroup,
    listGroups,
    updateGroup,
    deleteGroup,
    addUserToGroup,
    removeUserFromGroup,
    listGroupsForUser,
    // Access keys
    createAccessKey(ports),
    listAccessKeys,
    updateAccessKey,
    deleteAccessKey,
    getAccessKeyLastUsed(ports),
    // Policies
    createPolicy,
    getPolicy(ports),
    listPolicies(ports),
    deletePolicy,
    createPolicyVersion,
    getPolicyVersion(ports),
    listPolicyVersions(ports),
    deletePolicyVersion,
    setDefaultPolicyVersion,
    tagPolicy,
    untagPolicy,
    listPolicyTags(ports),
    listEntitiesForPolicy(ports),
    putUserPolicy,
    getUserPolicy,
    deleteUserPolicy,
    listUserPolicies,
    attachUserPolicy(ports),
    detachUserPolicy,
    listAttachedUserPolicies,
    putUserPermissionsBoundary(ports),
    deleteUserPermissionsBoundary,
    putGroupPolicy,
    getGroupPolicy,
    deleteGroupPolicy,
    listGroupPolicies,
    attachGroupPolicy(ports),
    detachGroupPolicy,
    listAttachedGroupPolicies,
    // Instance profiles
    createInstanceProfile,
    getInstanceProfile,
    listInstanceProfiles,
    deleteInstanceProfile,
    addRoleToInstanceProfile,
    removeRoleFromInstanceProfile,
    listInstanceProfilesForRole,
    tagInstanceProfile,
    untagInstanceProfile,
    listInstanceProfileTags,
    // Account
    createAccountAlias,
    listAccountAliases,
    deleteAccountAlias,
    getAccountSummary,
    // Passwords
    createLoginProfile,
    getLoginProfile,
    updateLoginProfile,
    deleteLoginProfile,
    changePassword,
    getAccountPasswordPolicy,
    updateAccountPasswordPolicy,
    deleteAccountPasswordPolicy,
    // MFA devices
    createVirtualMFADevice(ports),
    enableMFADevice(ports),
    resyncMFADevice(ports),
    deactivateMFADevice,
    deleteVirtualMFADevice,
    listMFADevices,
    listVirtualMFADevices,
    getMFADevice,
    tagMFADevice,
    untagMFADevice,
    listMFADeviceTags,
    // Certificates and SSH keys
    uploadSigningCertificate,
    listSigningCertificates,
    updateSigningCertificate,
    deleteSigningCertificate,
    uploadSSHPublicKey,
    getSSHPublicKey,
    listSSHPublicKeys,
    updateSSHPublicKey,
    deleteSSHPublicKey,
    uploadServerCertificate(ports),
    getServerCertificate,
    listServerCertificates,
    updateServerCertificate,
    deleteServerCertificate(ports),
    tagServerCertificate,
    untagServerCertificate,
    listServerCertificateTags,
    // Service-specific credentials
    createServiceSpecificCredential(ports),
    listServiceSpecificCredentials,
    resetServiceSpecificCredential(ports),
    updateServiceSpecificCredential,
    deleteServiceSpecificCredential,
    // Credential report
    generateCredentialReport(ports),
    getCredentialReport,
    // Identity providers
    addClientIDToOpenIDConnectProvider,
    createOpenIDConnectProvider(ports),
    createSAMLProvider,
    deleteOpenIDConnectProvider,
    deleteSAMLProvider,
    getOpenIDConnectProvider,
    getSAMLProvider,
    listOpenIDConnectProviderTags,
    listOpenIDConnectProviders,
    listSAMLProviderTags,
    listSAMLProviders,
    removeClientIDFromOpenIDConnectProvider,
    tagOpenIDConnectProvider,
    tagSAMLProvider,
    untagOpenIDConnectProvider,
    untagSAMLProvider,
    updateOpenIDConnectProviderThumbprint,
    updateSAMLProvider,
    // Organizations, and tokens for others
    disableOrganizationsRootCredentialsManagement(ports),
    disableOrganizationsRootSessions(ports),
    disableOutboundWebIdentityFederation,
    enableOrganizationsRootCredentialsManagement(ports),
    enableOrganizationsRootSessions(ports),
    enableOutboundWebIdentityFederation(ports),
    generateOrganizationsAccessReport(ports),
    getOrganizationsAccessReport,
    getOutboundWebIdentityFederationInfo(ports),
    listOrganizationsFeatures(ports),
    setSecurityTokenServicePreferences,
    // Roles
    createRole(ports),
    getRole(ports),
    listRoles,
    updateRole,
    updateRoleDescription,
    updateAssumeRolePolicy,
    deleteRole,
    tagRole,
    untagRole,
    listRoleTags,
    attachRolePolicy(ports),
    detachRolePolicy,
    listAttachedRolePolicies,
    putRolePolicy,
    getRolePolicy,
    deleteRolePolicy,
    listRolePolicies,
    putRolePermissionsBoundary(ports),
    deleteRolePermissionsBoundary,
    // Service-linked roles
    createServiceLinkedRole(ports),
    deleteServiceLinkedRole,
    getServiceLinkedRoleDeletionStatus,
    // Last-accessed data and simulation
    generateServiceLastAccessedDetails(ports),
    getServiceLastAccessedDetails,
    getServiceLastAccessedDetailsWithEntities,
    listPoliciesGrantingServiceAccess(ports),
    getAccountAuthorizationDetails(ports),
    simulatePrincipalPolicy(ports),
    simulateCustomPolicy,
    getContextKeysForPrincipalPolicy(ports),
    getContextKeysForCustomPolicy,
  ];
}
