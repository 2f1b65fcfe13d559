import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Trail } from "../../dispatch/trail.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { lookupEvents } from "./operations/lookup-events.ts";
import { type TrailPorts, trailOperations } from "./trails/operations.ts";
import { findTrail } from "./trails/trail.ts";

const noLake = "there is no CloudTrail Lake here: use LookupEvents, or a trail to a bucket or a log group";
const noChannels = "there are no channels here: events come from the services themselves";
const noDashboards = "there are no dashboards of CloudTrail Lake here";
const noInsights = "there are no models here of what is usual";
const noOrganizationTrails = "there are no trails of an organization here";

/** What is not there, with the reason that a caller is told. */
const refused: Service["refused"] = {
  CancelQuery: noLake,
  CreateEventDataStore: noLake,
  DeleteEventDataStore: noLake,
  DescribeQuery: noLake,
  DisableFederation: noLake,
  EnableFederation: noLake,
  GenerateQuery: noLake,
  GetEventConfiguration: noLake,
  GetEventDataStore: noLake,
  GetImport: noLake,
  GetQueryResults: noLake,
  ListEventDataStores: noLake,
  ListImportFailures: noLake,
  ListImports: noLake,
  ListQueries: noLake,
  PutEventConfiguration: noLake,
  RestoreEventDataStore: noLake,
  SearchSampleQueries: noLake,
  StartEventDataStoreIngestion: noLake,
  StartImport: noLake,
  StartQuery: noLake,
  StopEventDataStoreIngestion: noLake,
  StopImport: noLake,
  UpdateEventDataStore: noLake,
  CreateChannel: noChannels,
  DeleteChannel: noChannels,
  GetChannel: noChannels,
  ListChannels: noChannels,
  UpdateChannel: noChannels,
  DeleteResourcePolicy: noChannels,
  GetResourcePolicy: noChannels,
  PutResourcePolicy: noChannels,
  CreateDashboard: noDashboards,
  DeleteDashboard: noDashboards,
  GetDashboard: noDashboards,
  ListDashboards: noDashboards,
  StartDashboardRefresh: noDashboards,
  UpdateDashboard: noDashboards,
  GetInsightSelectors: noInsights,
  ListInsightsData: noInsights,
  ListInsightsMetricData: noInsights,
  PutInsightSelectors: noInsights,
  DeregisterOrganizationDelegatedAdmin: noOrganizationTrails,
  RegisterOrganizationDelegatedAdmin: noOrganizationTrails,
  ListPublicKeys: "log files are not signed here: there are no keys to validate them with",
};

/** AWS CloudTrail: the event history of an account and region, and trails that deliver it. */
export function createCloudTrailService(ports: { readonly trail: Trail } & TrailPorts): Service {
  const operations: readonly AnyOperation[] = [lookupEvents(ports.trail), ...trailOperations(ports)];
  return {
    signingName: "cloudtrail",
    eventSource: "cloudtrail.amazonaws.com",
    module: cloudtrail,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: trailFacts,
  };
}

/** The tags of the trail with an ARN. */
async function trailFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const parts = parseArn(arn);
  const [, name] = /^trail\/(.+)$/.exec(parts?.resource ?? "") ?? [];
  if (parts === undefined || name === undefined || name === "*") return { policies: [] };
  const key = { account: parts.account as AccountId, region: parts.region as Region, name };
  const found = await findTrail(rows, key);
  return { policies: [], ...(found !== undefined && { tags: found.document.tags }) };
}
