import {
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useParams } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { ArnLink } from "../parts/arn-link.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { Status } from "../parts/status.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { TimeRangeSelect, useTimeRange } from "../parts/time-range.tsx";
import { conditionOf } from "./alarm-condition.ts";
import { AlarmHistory } from "./alarm-history.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { type ChartedMetric, periodFor } from "./metric-data.ts";

/** The newest entries of the history that are shown. */
const most = 100;

/** CloudWatch → Alarms → one: its state and the reason, what it watches, and what happened. */
export function AlarmPage() {
  const { name = "" } = useParams();
  const client = useClient(CloudWatchClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const query = useQuery(
    async () => {
      const [found, { AlarmHistoryItems: history = [] }] = await Promise.all([
        client.send(
          new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
        ),
        client.send(new DescribeAlarmHistoryCommand({ AlarmName: name, MaxRecords: most })),
      ]);
      const alarm: (MetricAlarm & CompositeAlarm) | undefined =
        found.MetricAlarms?.[0] ?? found.CompositeAlarms?.[0];
      if (alarm === undefined) throw new Error("There is no such alarm in this region.");
      return { alarm, history };
    },
    [client, name],
    { every: 5_000, follows: "cloudwatch" },
  );
  const isOn = query.value?.alarm.ActionsEnabled !== false;

  async function turn(): Promise<void> {
    const of = { AlarmNames: [name] };
    await run(
      () => client.send(isOn ? new DisableAlarmActionsCommand(of) : new EnableAlarmActionsCommand(of)),
      isOn ? "The alarm's actions are off." : "The alarm's actions are on.",
    );
    query.reload();
  }

  return (
    <ResourcePage
      title={name}
      description={query.value?.alarm.AlarmDescription}
      query={query}
      actions={
        <ActionButton
          needs={[
            {
              action: isOn ? "cloudwatch:DisableAlarmActions" : "cloudwatch:EnableAlarmActions",
              resource: arnOf("cloudwatch", `alarm:${name}`),
            },
          ]}
          loading={busy}
          onClick={() => void turn()}
        >
          {isOn ? "Turn actions off" : "Turn actions on"}
        </ActionButton>
      }
    >
      {({ alarm, history }) => (
        <>
          <Details
            title="Details"
            facts={{
              State: <Status of={alarm.StateValue} />,
              "State reason": alarm.StateReason,
              "Last state update": shownTime(alarm.StateUpdatedTimestamp),
              Conditions: conditionOf(alarm),
              Metric: alarm.MetricName && `${alarm.Namespace} ${alarm.MetricName}`,
              Dimensions: alarm.Dimensions?.map((one) => `${one.Name}=${one.Value}`).join(", "),
              "Missing data": alarm.TreatMissingData,
              "Actions enabled": isOn ? "Yes" : "No",
              ARN: alarm.AlarmArn,
            }}
          />
          {alarm.MetricName !== undefined && <Watched alarm={alarm} />}
          <TabsInAddress
            label="About the alarm"
            tabs={[
              { id: "history", label: "History", content: <AlarmHistory items={history} /> },
              {
                id: "actions",
                label: "Actions",
                content: (
                  <Details
                    title="Actions"
                    facts={{
                      "In alarm": <Arns arns={alarm.AlarmActions} />,
                      OK: <Arns arns={alarm.OKActions} />,
                      "Insufficient data": <Arns arns={alarm.InsufficientDataActions} />,
                    }}
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}

function Arns({ arns = [] }: { readonly arns: readonly string[] | undefined }) {
  if (arns.length === 0) return <>None</>;
  return (
    <>
      {arns.map((arn) => (
        <div key={arn}>
          <ArnLink arn={arn} />
        </div>
      ))}
    </>
  );
}

/** The metric of an alarm, with its threshold. */
function Watched({ alarm }: { readonly alarm: MetricAlarm }) {
  const range = useTimeRange("3h");
  const metric: ChartedMetric = {
    metric: { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions },
    stat: alarm.ExtendedStatistic ?? alarm.Statistic ?? "Average",
    period: Math.max(alarm.Period ?? 60, periodFor(range.seconds)),
    title: alarm.MetricName ?? "",
  };
  return (
    <Container
      header={
        <Header variant="h2" actions={<TimeRangeSelect range={range} />}>
          Metric
        </Header>
      }
    >
      <MetricChart
        name={`${alarm.MetricName} with the threshold`}
        metrics={[metric]}
        range={range}
        {...(alarm.Threshold === undefined ? {} : { threshold: { title: "Threshold", y: alarm.Threshold } })}
      />
    </Container>
  );
}
