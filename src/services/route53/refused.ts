import type { Service } from "../../dispatch/service.ts";

const noSigning = "zones are not signed here: answers carry no DNSSEC records";
const noPolicies = "traffic policies are not there: write the records that they would make";
const noCidr =
  "where a question comes from on the internet is not known here, so CIDR routing has no meaning";
const noQueryLog = "queries are not logged: roadstead's own log tells what DNS refused";

const noProtections =
  "no permission is known for it yet: a policy on ChangeResourceRecordSets with its condition keys keeps records as they are";

/** What is not there, with the reason that a caller is told. */
export const refused: Service["refused"] = {
  ActivateKeySigningKey: noSigning,
  CreateKeySigningKey: noSigning,
  DeactivateKeySigningKey: noSigning,
  DeleteKeySigningKey: noSigning,
  DisableHostedZoneDNSSEC: noSigning,
  EnableHostedZoneDNSSEC: noSigning,
  CreateTrafficPolicy: noPolicies,
  CreateTrafficPolicyInstance: noPolicies,
  CreateTrafficPolicyVersion: noPolicies,
  DeleteTrafficPolicy: noPolicies,
  DeleteTrafficPolicyInstance: noPolicies,
  GetTrafficPolicy: noPolicies,
  GetTrafficPolicyInstance: noPolicies,
  GetTrafficPolicyInstanceCount: noPolicies,
  ListTrafficPolicies: noPolicies,
  ListTrafficPolicyInstances: noPolicies,
  ListTrafficPolicyInstancesByHostedZone: noPolicies,
  ListTrafficPolicyInstancesByPolicy: noPolicies,
  ListTrafficPolicyVersions: noPolicies,
  UpdateTrafficPolicyComment: noPolicies,
  UpdateTrafficPolicyInstance: noPolicies,
  ChangeCidrCollection: noCidr,
  CreateCidrCollection: noCidr,
  DeleteCidrCollection: noCidr,
  ListCidrBlocks: noCidr,
  ListCidrCollections: noCidr,
  ListCidrLocations: noCidr,
  CreateQueryLoggingConfig: noQueryLog,
  DeleteQueryLoggingConfig: noQueryLog,
  GetQueryLoggingConfig: noQueryLog,
  ListQueryLoggingConfigs: noQueryLog,
  CreateResourceRecordSetProtections: noProtections,
  DeleteResourceRecordSetProtections: noProtections,
  ListResourceRecordSetProtections: noProtections,
  GetCheckerIpRanges: "health checks are made from this machine and not from AWS's ranges",
  UpdateHostedZoneFeatures: "there is no second control plane to which a zone could fail over",
};
