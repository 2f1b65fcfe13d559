const transfers =
  "billing responsibility is passed between organizations on AWS's side, and nothing is billed here.";
const managementPolicies =
  "effective policies are those of management policies (tag, backup and others), and only service control policies are served here.";
const delegation =
  "a policy that hands the management of policies to member accounts would decide nothing here: the management account manages them, and delegated administrators of services read.";

/** Operations of Organizations that have no meaning here (`Service.refused`). */
export const refused: Readonly<Record<string, string>> = {
  CreateGovCloudAccount: "there is no AWS GovCloud (US) partition here in which the account could be.",
  DeleteResourcePolicy: delegation,
  DescribeResourcePolicy: delegation,
  PutResourcePolicy: delegation,
  DescribeEffectivePolicy: managementPolicies,
  ListAccountsWithInvalidEffectivePolicy: managementPolicies,
  ListEffectivePolicyValidationErrors: managementPolicies,
  DescribeResponsibilityTransfer: transfers,
  InviteOrganizationToTransferResponsibility: transfers,
  ListInboundResponsibilityTransfers: transfers,
  ListOutboundResponsibilityTransfers: transfers,
  TerminateResponsibilityTransfer: transfers,
  UpdateResponsibilityTransfer: transfers,
};
