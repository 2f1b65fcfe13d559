const delegation =
  "a delegation request names a policy template that AWS has registered for a product provider, and there are no such templates here.";
const templates = "role templates are published by AWS services, and none publishes one here.";
const properties = "account properties are settings of IAM's Role Manager, which there is none of here.";

/** Operations of IAM that have no meaning here (`Service.refused`). */
export const refused: Readonly<Record<string, string>> = {
  AcceptDelegationRequest: delegation,
  AssociateDelegationRequest: delegation,
  CreateDelegationRequest: delegation,
  GetDelegationRequest: delegation,
  ListDelegationRequests: delegation,
  RejectDelegationRequest: delegation,
  SendDelegationToken: delegation,
  UpdateDelegationRequest: delegation,
  GetHumanReadableSummary:
    "summaries are written by a language model of AWS's, and only about delegation requests, of which there are none here.",
  AcquireRole: templates,
  GetRoleTemplateVersion: templates,
  GetAccountProperties: properties,
  PutAccountProperties: properties,
};
