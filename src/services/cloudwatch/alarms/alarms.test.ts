import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  type PutMetricDataCommandInput,
  SetAlarmStateCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type MovableClock, movableClock } from "../../../kernel/clock.ts";
import { minute } from "../../../kernel/duration.ts";

let roadstead: TestRoadstead;
let clock: MovableClock;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  clock = movableClock();
  roadstead = await testRoadstead({}, { clock });
  cloudwatch = new CloudWatchClient({ ...roadstead.client(), maxAttempts: 1 });
});
afterAll(async () => {
  cloudwatch?.destroy();
  await roadstead?.stop();
});

const put = (input: Partial<PutMetricDataCommandInput> & Pick<PutMetricDataCommandInput, "MetricData">) =>
  cloudwatch.send(new PutMetricDataCommand({ Namespace: "Shop", ...input }));

const alarmInput: PutMetricAlarmCommandInput = {
  AlarmName: "flood",
  AlarmDescription: "Water in the hold",
  Namespace: "Ship",
  MetricName: "Water",
  Statistic: "Maximum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold",
};
const alarm = async (name: string) => {
  const found = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
  );
  return found.MetricAlarms?.[0] ?? found.CompositeAlarms?.[0];
};
const stateOf = (name: string, state: string) =>
  vi.waitFor(async () => expect((await alarm(name))?.StateValue).toBe(state), { timeout: 10_000 });

describe("alarms", () => {
  test("go with the data: made unchecked, without data insufficient, on a breach in alarm, then well again", async () => {
    const logs = new CloudWatchLogsClient(roadstead.client());
    const events = new EventBridgeClient(roadstead.client());
    const logGroup = "/aws/events/alarms";
    await logs.send(new CreateLogGroupCommand({ logGroupName: logGroup }));
    await logs.send(
      new PutResourcePolicyCommand({
        policyName: "events",
        policyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: "*",
            },
          ],
        }),
      }),
    );
    await events.send(
      new PutRuleCommand({
        Name: "alarms",
        EventPattern: JSON.stringify({ "detail-type": ["CloudWatch Alarm State Change"] }),
      }),
    );
    await events.send(
      new PutTargetsCommand({
        Rule: "alarms",
        Targets: [{ Id: "log", Arn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroup}` }],
      }),
    );

    const sns = "arn:aws:sns:us-east-1:000000000000:bridge";
    await cloudwatch.send(new PutMetricAlarmCommand({ ...alarmInput, AlarmActions: [sns] }));
    expect(await alarm("flood")).toMatchObject({
      AlarmArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:flood",
      StateValue: "INSUFFICIENT_DATA",
      Dimensions: [],
      ActionsEnabled: true,
      AlarmActions: [sns],
    });
    await put({ Namespace: "Ship", MetricData: [{ MetricName: "Water", Value: 95 }] });
    clock.advance(minute);
    await stateOf("flood", "ALARM");
    expect((await alarm("flood"))?.StateReason).toMatch(
      /^Threshold Crossed: 1 out of the last 1 datapoints \[95\.0 \(.*\)\] was greater than the threshold \(80\.0\)/,
    );
    for (let i = 0; i < 4; i++) {
      await put({ Namespace: "Ship", MetricData: [{ MetricName: "Water", Value: 5 }] });
      clock.advance(minute);
    }
    await stateOf("flood", "OK");
    clock.advance(10 * minute);
    await stateOf("flood", "INSUFFICIENT_DATA");
    expect((await alarm("flood"))?.StateReason).toBe("Insufficient Data: 1 datapoint was unknown.");

    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: "flood", ScanBy: "TimestampAscending" }),
    );
    expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm "flood" created',
      "Alarm updated from INSUFFICIENT_DATA to ALARM",
      `Failed to execute action ${sns}`,
      "Alarm updated from ALARM to OK",
      "Alarm updated from OK to INSUFFICIENT_DATA",
    ]);
    await vi.waitFor(
      async () => {
        const told = await logs.send(new FilterLogEventsCommand({ logGroupName: logGroup }));
        const states = told.events?.map(
          ({ message = "{}" }) =>
            (JSON.parse(message) as { detail: { state: { value: string } } }).detail.state.value,
        );
        expect(states?.sort()).toEqual(["ALARM", "INSUFFICIENT_DATA", "OK"]);
      },
      { timeout: 10_000 },
    );
    logs.destroy();
    events.destroy();
  }, 60_000);

  test("may be on an expression", async () => {
    const stat = (MetricName: string) => ({
      Metric: { Namespace: "Ship", MetricName },
      Period: 60,
      Stat: "Sum",
    });
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "leaking",
        Metrics: [
          { Id: "in1", MetricStat: stat("In"), ReturnData: false },
          { Id: "out1", MetricStat: stat("Out"), ReturnData: false },
          { Id: "net", Expression: "in1 - out1" },
        ],
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
      }),
    );
    await stateOf("leaking", "OK");
    expect((await alarm("leaking"))?.StateReason).toBe(
      "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    );
    await put({
      Namespace: "Ship",
      MetricData: [
        { MetricName: "In", Value: 9 },
        { MetricName: "Out", Value: 4 },
      ],
    });
    clock.advance(minute);
    await stateOf("leaking", "ALARM");
  }, 30_000);

  test("may be on other alarms", async () => {
    await cloudwatch
      .send(
        new PutCompositeAlarmCommand({
          AlarmName: "danger",
          AlarmRule: "ALARM(flood) AND NOT ALARM(nothing)",
        }),
      )
      .then(
        () => expect.unreachable(),
        (error: Error) => expect(error.message).toContain("the alarm nothing does not exist"),
      );
    await cloudwatch.send(
      new PutCompositeAlarmCommand({ AlarmName: "danger", AlarmRule: 'ALARM("flood") OR ALARM(leaking)' }),
    );
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: "leaking", StateValue: "OK", StateReason: "mended" }),
    );
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: "flood", StateValue: "ALARM", StateReason: "a drill" }),
    );
    await stateOf("danger", "ALARM");
    expect((await alarm("danger"))?.StateReason).toMatch(
      /alarm:flood transitioned to ALARM at \w+ \d\d \w+, \d{4} [\d:]{8} UTC|was created and its alarm rule evaluates to ALARM/,
    );
    const children = await cloudwatch.send(new DescribeAlarmsCommand({ ChildrenOfAlarmName: "danger" }));
    expect(children.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["flood", "leaking"]);
    const parents = await cloudwatch.send(new DescribeAlarmsCommand({ ParentsOfAlarmName: "flood" }));
    expect(parents.CompositeAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["danger"]);
    await expect(
      cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: "danger", AlarmRule: "ALARM(danger)" })),
    ).rejects.toThrow(/depend on/);
  }, 30_000);

  test("are found by metric, prefix and state, tagged, disabled, and deleted together or not at all", async () => {
    const forMetric = await cloudwatch.send(
      new DescribeAlarmsForMetricCommand({ Namespace: "Ship", MetricName: "Out" }),
    );
    expect(forMetric.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["leaking"]);
    const prefixed = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: "fl" }));
    expect(prefixed.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["flood"]);

    const ResourceARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:flood";
    await cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "deck", Value: "low" }] }));
    const { Tags } = await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "deck", Value: "low" }]);

    await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: ["flood", "nobody"] }));
    expect((await alarm("flood"))?.ActionsEnabled).toBe(false);

    await expect(
      cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["flood", "nobody"] })),
    ).rejects.toMatchObject({ name: "ResourceNotFound" });
    expect(await alarm("flood")).toBeDefined();
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["flood", "leaking", "danger"] }));
    expect(await alarm("flood")).toBeUndefined();
    const gone = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ["CompositeAlarm", "MetricAlarm"] }),
    );
    expect([...(gone.MetricAlarms ?? []), ...(gone.CompositeAlarms ?? [])]).toEqual([]);
  });

  test.each<readonly [string, Partial<PutMetricAlarmCommandInput>, RegExp]>([
    ["a period", { Period: 45 }, /Invalid Period/],
    ["more than a day", { EvaluationPeriods: 1_441 }, /Metrics cannot be checked across more than a day/],
    ["M beyond N", { DatapointsToAlarm: 2 }, /DatapointsToAlarm/],
    ["no statistic", { Statistic: undefined }, /Statistic/],
    ["no such statistic", { Statistic: undefined, ExtendedStatistic: "q90" }, /ExtendedStatistic/],
    ["how it takes missing data", { TreatMissingData: "guess" }, /TreatMissingData/],
    ["an action", { AlarmActions: ["call me"] }, /Invalid arn syntax: call me/],
    [
      "a metric beside metrics",
      { Metrics: [{ Id: "e1", Expression: "TIME_SERIES(1)" }] },
      /mutually exclusive/,
    ],
    ["an anomaly", { ComparisonOperator: "LessThanLowerThreshold" }, /not served/],
    ["an interval", { EvaluationInterval: 60 }, /EvaluationInterval is not served/],
  ])("%s is refused", async (_, change, message) => {
    await expect(
      cloudwatch.send(new PutMetricAlarmCommand({ ...alarmInput, AlarmName: "wrong", ...change })),
    ).rejects.toThrow(message);
    expect(await alarm("wrong")).toBeUndefined();
  });
});
