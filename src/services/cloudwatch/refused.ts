import type { Service } from "../../dispatch/service.ts";

const noModels = "there are no models of what is normal here: use an alarm with a threshold";
const noInsight = "Contributor Insights is not there: use queries of CloudWatch Logs Insights";
const noStreams = "there is no Firehose to stream to: read metrics with GetMetricData";
const noTelemetry = "OpenTelemetry is not taken in here: publish metrics with PutMetricData";

const noContributors = "an alarm here watches one time series, which has no contributors";
const noLogAlarms = "alarms here watch metrics: make one of the logs with PutMetricFilter";
const noDetail = "services publish all that they measure: there is nothing to switch on";

/** What is not there, with the reason that a caller is told. */
export const refused: Service["refused"] = {
  DeleteAnomalyDetector: noModels,
  DescribeAnomalyDetectors: noModels,
  PutAnomalyDetector: noModels,
  DeleteInsightRules: noInsight,
  DescribeInsightRules: noInsight,
  DisableInsightRules: noInsight,
  EnableInsightRules: noInsight,
  GetInsightRuleReport: noInsight,
  ListManagedInsightRules: noInsight,
  PutInsightRule: noInsight,
  PutManagedInsightRules: noInsight,
  DeleteMetricStream: noStreams,
  GetMetricStream: noStreams,
  ListMetricStreams: noStreams,
  PutMetricStream: noStreams,
  StartMetricStreams: noStreams,
  StopMetricStreams: noStreams,
  DescribeAlarmContributors: noContributors,
  PutLogAlarm: noLogAlarms,
  CreateResourceMetricsConfiguration: noDetail,
  DeleteResourceMetricsConfiguration: noDetail,
  GetResourceMetricsConfiguration: noDetail,
  UpdateResourceMetricsConfiguration: noDetail,
  GetMetricWidgetImage: "pictures of metrics are not drawn here: read their values with GetMetricData",
  AssociateDatasetKmsKey: noTelemetry,
  DisassociateDatasetKmsKey: noTelemetry,
  GetDataset: noTelemetry,
  GetOTelEnrichment: noTelemetry,
  StartOTelEnrichment: noTelemetry,
  StopOTelEnrichment: noTelemetry,
  UpdateOTelEnrichment: noTelemetry,
};
