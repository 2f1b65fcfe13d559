import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test } from "vitest";
import recorded from "../fixtures/captures/cloudwatch/alarm_create.json" with { type: "json" };
import { busEvents } from "../support/bus-events.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { normalForm } from "./normal-form.ts";

/** A metric alarm and a composite one being made, as AWS was recorded to answer and tell it (September 2026). */

const account = "123456789012";
let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead?.stop());

test("alarms being made: the answers, the history, the events", { timeout: 60_000 }, async () => {
  const heard = await busEvents(roadstead.client(account), account, { source: ["aws.cloudwatch"] });
  const cloudwatch = new CloudWatchClient(roadstead.client(account));
  await cloudwatch.send(new PutMetricAlarmCommand(recorded.put_metric_alarm as PutMetricAlarmCommandInput));
  const [composite] = recorded.describe.CompositeAlarms;
  await cloudwatch.send(
    new PutCompositeAlarmCommand({
      AlarmName: composite?.AlarmName,
      AlarmRule: composite?.AlarmRule,
      AlarmDescription: composite?.AlarmDescription,
      ActionsEnabled: false,
    }),
  );
  const described = async () => {
    const types = ["MetricAlarm", "CompositeAlarm"] as const;
    const answer = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmTypes: [...types] }));
    const { CompositeAlarms, MetricAlarms } = answer;
    return normalForm({ CompositeAlarms, MetricAlarms });
  };
  const { LogAlarms: _none, ...expected } = recorded.describe;
  await expect.poll(described, { timeout: 10_000 }).toEqual(normalForm(expected));

  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({
      AlarmName: recorded.put_metric_alarm.AlarmName,
      HistoryItemType: "ConfigurationUpdate",
    }),
  );
  const items = AlarmHistoryItems.map(({ HistoryData = "", ...item }) => ({
    ...item,
    HistoryData: JSON.parse(HistoryData) as unknown,
  }));
  expect(normalForm(items)).toMatchObject([normalForm(recorded.history_item) as object]);

  for (const theirs of [recorded.eventbridge_configuration_change, recorded.eventbridge_state_change]) {
    await expect
      .poll(async () => (await heard()).map(normalForm), { timeout: 10_000 })
      .toContainEqual(normalForm(theirs));
  }
});
