import * as tagging from "@aws-sdk/client-resource-groups-tagging-api";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { readOperations } from "./get-resources.ts";
import { writeOperations } from "./tag-resources.ts";
import type { TaggingPorts } from "./tagged-resource.ts";

const noTagPolicies = "there are no tag policies here that resources could comply with";

/** AWS Resource Groups Tagging API: the tags of all services in one place. */
export function createTaggingService(ports: TaggingPorts): Service {
  const operations: readonly AnyOperation[] = [...readOperations(ports), ...writeOperations];
  return {
    signingName: "tagging",
    arnName: "tag",
    eventSource: "tagging.amazonaws.com",
    module: tagging,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused: {
      DescribeReportCreation: noTagPolicies,
      GetComplianceSummary: noTagPolicies,
      ListRequiredTags: noTagPolicies,
      StartReportCreation: noTagPolicies,
    },
  };
}
