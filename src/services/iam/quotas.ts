import { Fault } from "../../kernel/fault.ts";

/**
 * What one account, user, group, role or policy may have at most (IAM User Guide, "IAM and STS quotas", the defaults),
 * by the names that GetAccountSummary and the faults use.
 */
export const quotas = {
  AccessKeysPerUser: 2,
  AssumeRolePolicySize: 2048,
  AttachedPoliciesPerGroup: 10,
  AttachedPoliciesPerRole: 10,
  AttachedPoliciesPerUser: 10,
  ClientIdsPerOpenIdConnectProvider: 100,
  GroupPolicySize: 5120,
  Groups: 300,
  GroupsPerUser: 10,
  InstanceProfiles: 1000,
  OpenIdConnectProviders: 100,
  Policies: 1500,
  PolicySize: 6144,
  PolicyVersionsInUse: 10_000,
  RolePolicySize: 10_240,
  Roles: 1000,
  SAMLProviders: 100,
  ServerCertificates: 20,
  SigningCertificatesPerUser: 2,
  UserPolicySize: 2048,
  Users: 5000,
  VersionsPerPolicy: 5,
} as const;

/** `LimitExceeded`, in IAM's words. */
export function quotaExceeded(name: string, limit: number): Fault {
  return new Fault("LimitExceeded", `Cannot exceed quota for ${name}: ${limit}`);
}
