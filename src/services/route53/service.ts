import * as route53 from "@aws-sdk/client-route-53";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { getChange } from "./changes.ts";
import {
  createReusableDelegationSet,
  deleteReusableDelegationSet,
  getReusableDelegationSet,
  listReusableDelegationSets,
} from "./delegation-sets.ts";
import { getGeoLocation, listGeoLocations } from "./geo/operations.ts";
import {
  createHealthCheck,
  deleteHealthCheck,
  getHealthCheck,
  getHealthCheckCount,
  getHealthCheckLastFailureReason,
  getHealthCheckStatus,
  listHealthChecks,
  updateHealthCheck,
} from "./health-checks/operations.ts";
import {
  associateVpc,
  createVpcAuthorization,
  deleteVpcAuthorization,
  disassociateVpc,
  listVpcAuthorizations,
} from "./hosted-zones/associations.ts";
import { createHostedZone } from "./hosted-zones/create-hosted-zone.ts";
import {
  deleteHostedZone,
  getDnssec,
  getHostedZone,
  getHostedZoneCount,
  updateHostedZoneComment,
} from "./hosted-zones/hosted-zone-operations.ts";
import {
  listHostedZones,
  listHostedZonesByName,
  listHostedZonesByVpc,
} from "./hosted-zones/list-hosted-zones.ts";
import { getAccountLimit, getHostedZoneLimit, getReusableDelegationSetLimit } from "./limits.ts";
import type { Route53Ports } from "./ports.ts";
import { changeResourceRecordSets } from "./record-sets/change-resource-record-sets.ts";
import { listResourceRecordSets } from "./record-sets/list-resource-record-sets.ts";
import { refused } from "./refused.ts";
import { changeTags, listTagsForResource, listTagsForResources, tagsOf } from "./tagging.ts";
import { testDnsAnswer } from "./test-dns-answer.ts";

/** Amazon Route 53: hosted zones with their records, and health checks. `edge/dns` answers by them. */
export function createRoute53Service(ports: Route53Ports): Service {
  const operations: readonly AnyOperation[] = [
    associateVpc,
    changeResourceRecordSets,
    changeTags,
    createHealthCheck(ports),
    createHostedZone,
    createReusableDelegationSet,
    createVpcAuthorization,
    deleteHealthCheck,
    deleteHostedZone,
    deleteReusableDelegationSet,
    deleteVpcAuthorization,
    disassociateVpc,
    getAccountLimit,
    getChange,
    getDnssec,
    getGeoLocation,
    getHealthCheck,
    getHealthCheckCount,
    getHealthCheckLastFailureReason,
    getHealthCheckStatus,
    getHostedZone,
    getHostedZoneCount,
    getHostedZoneLimit,
    getReusableDelegationSet,
    getReusableDelegationSetLimit,
    listGeoLocations,
    listHealthChecks,
    listHostedZones,
    listHostedZonesByName,
    listHostedZonesByVpc,
    listResourceRecordSets,
    listReusableDelegationSets,
    listTagsForResource,
    listTagsForResources,
    listVpcAuthorizations,
    testDnsAnswer(ports),
    updateHealthCheck(ports),
    updateHostedZoneComment,
  ];
  return {
    signingName: "route53",
    eventSource: "route53.amazonaws.com",
    module: route53,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    global: true,
    async resource(rows, arn) {
      const tags = await tagsOf(rows, arn);
      return { policies: [], ...(tags !== undefined && { tags }) };
    },
  };
}
