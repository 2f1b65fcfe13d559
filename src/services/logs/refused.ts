/** Operations of one kind, with the reason why they have no meaning here. */
function because(reason: string, ...names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, reason] as const);
}

/** Operations of CloudWatch Logs that have no meaning here (`Service.refused`). */
export const refused: Readonly<Record<string, string>> = Object.fromEntries([
  ...because(
    "log events lie in the database as they were written: encrypt the disk that it is on.",
    "AssociateKmsKey",
    "DisassociateKmsKey",
  ),
  ...because(
    "log events are exported to Amazon S3 and imported from it, which is not there: read them with FilterLogEvents.",
    ...["CreateExportTask", "CancelExportTask", "DescribeExportTasks"],
    ...["CreateImportTask", "CancelImportTask", "DescribeImportTasks", "DescribeImportTaskBatches"],
  ),
  ...because(
    "a destination is a stream of Amazon Kinesis or Firehose, neither of which is there: subscribe a log group.",
    ...["PutDestination", "PutDestinationPolicy", "DeleteDestination", "DescribeDestinations"],
  ),
  ...because(
    "deliveries carry logs of services that are not there: those that are write to log groups themselves.",
    ...[
      "CreateDelivery",
      "DeleteDelivery",
      "DescribeDeliveries",
      "GetDelivery",
      "UpdateDeliveryConfiguration",
    ],
    ...["PutDeliveryDestination", "DeleteDeliveryDestination", "DescribeDeliveryDestinations"],
    ...["GetDeliveryDestination", "PutDeliveryDestinationPolicy", "DeleteDeliveryDestinationPolicy"],
    ...["GetDeliveryDestinationPolicy", "PutDeliverySource", "DeleteDeliverySource", "GetDeliverySource"],
    ...["DescribeDeliverySources", "DescribeConfigurationTemplates"],
  ),
  ...because(
    "anomalies are found by models of AWS that nobody else has: count what you look for with a metric filter.",
    ...["CreateLogAnomalyDetector", "DeleteLogAnomalyDetector", "GetLogAnomalyDetector"],
    ...["ListLogAnomalyDetectors", "UpdateLogAnomalyDetector", "ListAnomalies", "UpdateAnomaly"],
  ),
  ...because(
    "events are kept as they were written: nothing in them is found and masked.",
    ...["PutDataProtectionPolicy", "GetDataProtectionPolicy", "DeleteDataProtectionPolicy"],
  ),
  ...because(
    "events are kept as they were written: transform them before they are sent, or with parse in a query.",
    ...["PutTransformer", "GetTransformer", "DeleteTransformer", "TestTransformer"],
  ),
  ...because(
    "a query reads all events of its time: there are no indexes of fields to name.",
    ...["PutIndexPolicy", "DeleteIndexPolicy", "DescribeIndexPolicies", "DescribeFieldIndexes"],
  ),
  ...because(
    "account policies are about masking, indexes, transformers and streams, none of which is there.",
    ...["PutAccountPolicy", "DeleteAccountPolicy", "DescribeAccountPolicies"],
  ),
  ...because(
    "integrations are with Amazon OpenSearch Service, which is not there.",
    ...["PutIntegration", "GetIntegration", "DeleteIntegration", "ListIntegrations"],
  ),
  ...because(
    "log groups are not tables of Amazon S3 here.",
    ...["AssociateSourceToS3TableIntegration", "DisassociateSourceFromS3TableIntegration"],
    "ListSourcesForS3TableIntegration",
  ),
  ...because(
    "queries are run when they are asked for: have a schedule of EventBridge run a task that asks.",
    ...["CreateScheduledQuery", "DeleteScheduledQuery", "GetScheduledQuery", "GetScheduledQueryHistory"],
    ...["ListScheduledQueries", "UpdateScheduledQuery"],
  ),
  ...because(
    "queries look at log groups only: there are no tables to look values up in.",
    ...["CreateLookupTable", "DeleteLookupTable", "DescribeLookupTables", "GetLookupTable"],
    "UpdateLookupTable",
  ),
  ...because(
    "events come by PutLogEvents alone: no listener takes syslog or bearer tokens.",
    ...["PutSyslogConfiguration", "DeleteSyslogConfiguration", "ListSyslogConfigurations"],
    "PutBearerTokenAuthentication",
  ),
  ...because(
    "all events lie in one place at one price.",
    ...["GetStorageTierPolicy", "PutStorageTierPolicy"],
  ),
  ...because(
    "events are not sorted into data sources, and none is so large that it is kept as an object.",
    ...["GetLogFields", "GetLogObject", "ListAggregateLogGroupSummaries"],
  ),
]);
