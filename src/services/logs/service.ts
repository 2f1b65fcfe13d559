import * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { filterOperations } from "./filters/operations.ts";
import { insightsOperations } from "./insights/operations.ts";
import { createLogGroup } from "./operations/create-log-group.ts";
import { createLogStream } from "./operations/create-log-stream.ts";
import { deleteLogGroup } from "./operations/delete-log-group.ts";
import { deleteLogStream } from "./operations/delete-log-stream.ts";
import { deleteResourcePolicy } from "./operations/delete-resource-policy.ts";
import { deleteRetentionPolicy } from "./operations/delete-retention-policy.ts";
import { describeLogGroups } from "./operations/describe-log-groups.ts";
import { describeLogStreams } from "./operations/describe-log-streams.ts";
import { describeResourcePolicies } from "./operations/describe-resource-policies.ts";
import { filterLogEvents } from "./operations/filter-log-events.ts";
import { getLogEvents } from "./operations/get-log-events.ts";
import { getLogGroupFields } from "./operations/get-log-group-fields.ts";
import { listLogGroups } from "./operations/list-log-groups.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { listTagsLogGroup } from "./operations/list-tags-log-group.ts";
import { putLogEvents } from "./operations/put-log-events.ts";
import { putLogGroupDeletionProtection } from "./operations/put-log-group-deletion-protection.ts";
import { putResourcePolicy } from "./operations/put-resource-policy.ts";
import { putRetentionPolicy } from "./operations/put-retention-policy.ts";
import { startLiveTail } from "./operations/start-live-tail.ts";
import { tagLogGroup } from "./operations/tag-log-group.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { testMetricFilter } from "./operations/test-metric-filter.ts";
import { untagLogGroup } from "./operations/untag-log-group.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { refused } from "./refused.ts";
import { logGroupFacts } from "./resource-facts.ts";

const operations: readonly AnyOperation[] = [
  createLogGroup,
  createLogStream,
  deleteLogGroup,
  deleteLogStream,
  deleteResourcePolicy,
  deleteRetentionPolicy,
  describeLogGroups,
  describeLogStreams,
  describeResourcePolicies,
  filterLogEvents,
  getLogEvents,
  getLogGroupFields,
  listLogGroups,
  listTagsForResource,
  listTagsLogGroup,
  putLogEvents,
  putLogGroupDeletionProtection,
  putResourcePolicy,
  putRetentionPolicy,
  startLiveTail,
  tagLogGroup,
  tagResource,
  testMetricFilter,
  untagLogGroup,
  untagResource,
  ...filterOperations,
  ...insightsOperations,
];

/** Amazon CloudWatch Logs: log groups, their streams and events, and who else may write to them. */
export function createLogsService(): Service {
  return {
    signingName: "logs",
    eventSource: "logs.amazonaws.com",
    module: logs,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: logGroupFacts,
  };
}
