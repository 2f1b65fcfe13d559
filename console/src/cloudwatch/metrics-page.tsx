import { CloudWatchClient, type Metric, paginateListMetrics } from "@aws-sdk/client-cloudwatch";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { everyPage, useQuery } from "../aws/query.ts";
import { ButtonRow } from "../parts/button-row.tsx";
import { textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { TimeRangeSelect, useTimeRange } from "../parts/time-range.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { periodFor, titleOf } from "./metric-data.ts";

/** Lines that one chart shows. */
const mostLines = 10;
const stats = ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"];

const columns: readonly Column<Metric>[] = [
  textColumn("Metric name", (one) => one.MetricName),
  textColumn("Dimensions", dimensionsOf),
  textColumn("Namespace", (one) => one.Namespace),
];

/** CloudWatch → All metrics: what is measured, and up to ten of it as a chart. */
export function MetricsPage() {
  const client = useClient(CloudWatchClient);
  const [parameters, setParameters] = useSearchParams();
  const range = useTimeRange();
  const [selected, setSelected] = useState<readonly Metric[]>([]);
  const namespace = parameters.get("namespace") ?? "";
  const stat = stats.find((one) => one === parameters.get("stat")) ?? "Average";
  const query = useQuery(
    () => everyPage(paginateListMetrics({ client }, {}), (page) => page.Metrics),
    [client],
    { every: 60_000 },
  );
  const all = query.value ?? [];
  const namespaces = [...new Set(all.map((one) => one.Namespace ?? ""))].sort();
  const shown = namespace === "" ? all : all.filter((one) => one.Namespace === namespace);
  const choose = (name: string, value: string): void =>
    setParameters((before) => {
      if (value === "") before.delete(name);
      else before.set(name, value);
      return before;
    });
  const everything = { value: "", label: "All namespaces" };
  const options = [everything, ...namespaces.map((value) => ({ value, label: value }))];

  return (
    <SpaceBetween size="l">
      {selected.length > 0 && (
        <Container
          header={
            <Header
              variant="h2"
              description={
                selected.length > mostLines ? `The first ${mostLines} of the selected.` : undefined
              }
              actions={
                <ButtonRow>
                  <Select
                    ariaLabel="Statistic"
                    options={stats.map((value) => ({ value, label: value }))}
                    selectedOption={{ value: stat, label: stat }}
                    onChange={({ detail }) => choose("stat", detail.selectedOption.value ?? "")}
                  />
                  <TimeRangeSelect range={range} />
                </ButtonRow>
              }
            >
              Chart
            </Header>
          }
        >
          <MetricChart
            name="Selected metrics"
            range={range}
            metrics={selected.slice(0, mostLines).map((metric) => ({
              ...{ metric, stat, period: periodFor(range.seconds), title: titleOf(metric) },
            }))}
          />
        </Container>
      )}
      <FormField label="Namespace">
        <Select
          options={options}
          selectedOption={options.find(({ value }) => value === namespace) ?? everything}
          onChange={({ detail }) => choose("namespace", detail.selectedOption.value ?? "")}
        />
      </FormField>
      <ResourceTable
        title="Metrics"
        name="cloudwatch.metrics"
        description="Select some to see them as a chart."
        query={{ ...query, value: query.value === undefined ? undefined : shown }}
        columns={columns}
        idOf={(one) => `${one.Namespace} ${one.MetricName} ${dimensionsOf(one)}`}
        empty="Nothing is measured in this region yet"
        selection="multi"
        onSelect={setSelected}
      />
    </SpaceBetween>
  );
}

function dimensionsOf({ Dimensions: dimensions = [] }: Metric): string {
  return dimensions.map(({ Name: name, Value: value }) => `${name}=${value}`).join(", ");
}
