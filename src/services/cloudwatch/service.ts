import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import {
  deleteAlarms,
  disableAlarmActions,
  enableAlarmActions,
  setAlarmState,
} from "./alarms/alarm-changes.ts";
import { describeAlarmHistory } from "./alarms/describe-alarm-history.ts";
import { describeAlarms } from "./alarms/describe-alarms.ts";
import { describeAlarmsForMetric } from "./alarms/describe-alarms-for-metric.ts";
import { putCompositeAlarm } from "./alarms/put-composite-alarm.ts";
import { putMetricAlarm } from "./alarms/put-metric-alarm.ts";
import { deleteDashboards, getDashboard, listDashboards, putDashboard } from "./dashboards/operations.ts";
import { getMetricData } from "./math/get-metric-data.ts";
import { getMetricStatistics } from "./metrics/get-metric-statistics.ts";
import { listMetrics } from "./metrics/list-metrics.ts";
import { putMetricData } from "./metrics/put-metric-data.ts";
import {
  deleteAlarmMuteRule,
  getAlarmMuteRule,
  listAlarmMuteRules,
  putAlarmMuteRule,
} from "./mute-rules/operations.ts";
import { refused } from "./refused.ts";
import { findTagged, listTagsForResource, tagResource, untagResource } from "./tagging.ts";

/** Amazon CloudWatch: metrics with metric math, alarms on them and on alarms, dashboards. */
export function createCloudWatchService(): Service {
  const operations: readonly AnyOperation[] = [
    deleteAlarmMuteRule,
    deleteAlarms,
    deleteDashboards,
    describeAlarmHistory,
    describeAlarms,
    describeAlarmsForMetric,
    disableAlarmActions,
    enableAlarmActions,
    getAlarmMuteRule,
    getDashboard,
    getMetricData,
    getMetricStatistics,
    listAlarmMuteRules,
    listDashboards,
    listMetrics,
    listTagsForResource,
    putAlarmMuteRule,
    putCompositeAlarm,
    putDashboard,
    putMetricAlarm,
    putMetricData,
    setAlarmState,
    tagResource,
    untagResource,
  ];
  return {
    signingName: "monitoring",
    arnName: "cloudwatch",
    eventSource: "monitoring.amazonaws.com",
    module: cloudwatch,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: cloudWatchFacts,
  };
}

/** The tags of the alarm or dashboard with an ARN. */
async function cloudWatchFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const found = await findTagged(rows, arn);
  return { policies: [], ...(found !== undefined && { tags: found.tags }) };
}
