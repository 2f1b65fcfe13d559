import { CloudWatchClient, GetDashboardCommand } from "@aws-sdk/client-cloudwatch";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { ArnLink } from "../parts/arn-link.tsx";
import { CodeText } from "../parts/code-text.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type TimeRange, TimeRangeSelect, useTimeRange } from "../parts/time-range.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { type Widget, widgetsOf } from "./widgets.ts";

/** CloudWatch → Dashboards → one: its widgets, two in a row where there is room. */
export function DashboardPage() {
  const { name = "" } = useParams();
  const client = useClient(CloudWatchClient);
  const range = useTimeRange("3h");
  const query = useQuery(async () => {
    const { DashboardBody: body = "" } = await client.send(new GetDashboardCommand({ DashboardName: name }));
    return widgetsOf(body);
  }, [client, name]);
  return (
    <ResourcePage title={name} query={query} actions={<TimeRangeSelect range={range} />}>
      {(widgets) => (
        <Grid gridDefinition={widgets.map(() => ({ colspan: { default: 12, m: 6 } }))}>
          {widgets.map((widget, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a widget is its place in the body.
            <Shown key={index} widget={widget} range={range} />
          ))}
        </Grid>
      )}
    </ResourcePage>
  );
}

function Shown({ widget, range }: { readonly widget: Widget; readonly range: TimeRange }) {
  const { title, text, metrics, alarms, type, region } = widget;
  return (
    <Container header={<Header variant="h2">{title === "" ? nameOf(type) : title}</Header>}>
      {metrics.length > 0 && (
        <MetricChart
          name={title === "" ? "Metrics" : title}
          metrics={metrics}
          range={range}
          {...(region === undefined ? {} : { region })}
        />
      )}
      {text !== undefined && <CodeText name={title === "" ? nameOf(type) : title} text={text} />}
      {alarms.map((arn) => (
        <div key={arn}>
          <ArnLink arn={arn} />
        </div>
      ))}
    </Container>
  );
}

/** What a widget without a title is called. */
function nameOf(type: string): string {
  const names: Readonly<Record<string, string>> = {
    text: "Text",
    metric: "Metrics",
    alarm: "Alarms",
    log: "Logs",
  };
  return names[type] ?? type;
}
