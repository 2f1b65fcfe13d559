import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListDashboardsCommand,
  ListMetricsCommand,
  ListTagsForResourceCommand,
  PutAnomalyDetectorCommand,
  PutCompositeAlarmCommand,
  PutDashboardCommand,
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
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import { type MovableClock, movableClock } from "../../kernel/clock.ts";
import { day, hour, minute } from "../../kernel/duration.ts";

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

/** The start of the minute that so many minutes ago was under way. */
const ago = (minutes: number): Date => new Date(Math.floor(clock.now() / minute) * minute - minutes * minute);
const put = (input: Partial<PutMetricDataCommandInput> & Pick<PutMetricDataCommandInput, "MetricData">) =>
  cloudwatch.send(new PutMetricDataCommand({ Namespace: "Shop", ...input }));

describe("metrics", () => {
  test("are aggregated by period, dimensions apart from none", async () => {
    const harbour = [{ Name: "Harbour", Value: "north" }];
    await put({
      MetricData: [
        { MetricName: "Orders", Dimensions: harbour, Value: 4, Timestamp: ago(10), Unit: "Count" },
        {
          MetricName: "Orders",
          Dimensions: harbour,
          Values: [1, 7],
          Counts: [2, 1],
          Timestamp: ago(10),
          Unit: "Count",
        },
        { MetricName: "Orders", Dimensions: harbour, Value: 20, Timestamp: ago(9), Unit: "Count" },
        { MetricName: "Orders", Value: 1_000, Timestamp: ago(10) },
      ],
    });
    const ask = { Namespace: "Shop", MetricName: "Orders", StartTime: ago(12), EndTime: ago(0) };
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        ...ask,
        Dimensions: harbour,
        Period: 60,
        Statistics: ["Sum", "Average", "SampleCount", "Minimum", "Maximum"],
        ExtendedStatistics: ["p50"],
      }),
    );
    const [first, second] = Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
    expect(first).toMatchObject({
      Timestamp: ago(10),
      Unit: "Count",
      Sum: 13,
      Average: 3.25,
      SampleCount: 4,
      Minimum: 1,
      Maximum: 7,
      ExtendedStatistics: { p50: 1 },
    });
    expect(second).toMatchObject({ Timestamp: ago(9), Sum: 20 });
    const plain = await cloudwatch.send(
      new GetMetricStatisticsCommand({ ...ask, Period: 3_600, Statistics: ["Maximum"] }),
    );
    expect(plain.Datapoints?.map(({ Maximum }) => Maximum)).toEqual([1_000]);
  });

  test("are listed by namespace, name and dimensions", async () => {
    const { Metrics } = await cloudwatch.send(
      new ListMetricsCommand({ Namespace: "Shop", Dimensions: [{ Name: "Harbour" }] }),
    );
    expect(Metrics).toEqual([
      { Namespace: "Shop", MetricName: "Orders", Dimensions: [{ Name: "Harbour", Value: "north" }] },
    ]);
    const nothing = await cloudwatch.send(new ListMetricsCommand({ MetricName: "Nothing" }));
    expect(nothing.Metrics).toEqual([]);
  });

  test("are computed with, and searched for", async () => {
    await put({
      MetricData: ["web", "api"].flatMap((Service, i) => [
        {
          MetricName: "Hits",
          Dimensions: [{ Name: "Service", Value: Service }],
          Value: 10 * (i + 1),
          Timestamp: ago(5),
        },
        {
          MetricName: "Misses",
          Dimensions: [{ Name: "Service", Value: Service }],
          Value: i + 1,
          Timestamp: ago(5),
        },
      ]),
    });
    const stat = (MetricName: string) => ({
      Metric: { Namespace: "Shop", MetricName, Dimensions: [{ Name: "Service", Value: "web" }] },
      Period: 60,
      Stat: "Sum",
    });
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: ago(6),
        EndTime: ago(0),
        MetricDataQueries: [
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in.
          { Id: "ratio", Expression: "100 * misses / hits", Label: "${LABEL}: ${MAX} %" },
          { Id: "hits", MetricStat: stat("Hits"), ReturnData: false },
          { Id: "misses", MetricStat: stat("Misses"), ReturnData: false },
          { Id: "all", Expression: "SUM(SEARCH('{Shop,Service} MetricName=\"Hits\"', 'Sum', 60))" },
          { Id: "found", Expression: "SEARCH('{Shop,Service} MetricName=\"Hits\"', 'Sum', 60)" },
        ],
      }),
    );
    expect(
      MetricDataResults.map(({ Id, Label, Values, Timestamps }) => [Id, Label, Values, Timestamps]),
    ).toEqual([
      ["ratio", "ratio: 10 %", [10], [ago(5)]],
      ["all", "all", [30], [ago(5)]],
      ["found", "api Hits", [20], [ago(5)]],
      ["found", "web Hits", [10], [ago(5)]],
    ]);
  });

  test("come in pages of datapoints", async () => {
    await put({
      MetricData: Array.from({ length: 5 }, (_, i) => ({
        MetricName: "Tide",
        Value: i,
        Timestamp: ago(20 - i),
      })),
    });
    const pages: (readonly number[])[] = [];
    let NextToken: string | undefined;
    do {
      const page = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: ago(30),
          EndTime: ago(0),
          ScanBy: "TimestampAscending",
          MaxDatapoints: 2,
          MetricDataQueries: [
            {
              Id: "tide",
              MetricStat: { Metric: { Namespace: "Shop", MetricName: "Tide" }, Period: 60, Stat: "Sum" },
            },
          ],
          NextToken,
        }),
      );
      pages.push(page.MetricDataResults?.[0]?.Values ?? []);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([[0, 1], [2, 3], [4]]);
  });

  test("grow coarser with age, and lose neither count nor sum", async () => {
    const itsClock = movableClock();
    const long = await testRoadstead({}, { clock: itsClock });
    const client = new CloudWatchClient(long.client());
    const began = itsClock.now();
    const at = new Date(Math.floor(began / hour) * hour - hour);
    await client.send(
      new PutMetricDataCommand({
        Namespace: "Sea",
        MetricData: [0, 1, 61, 122].map((seconds) => ({
          MetricName: "Swell",
          Value: seconds,
          StorageResolution: 1,
          Timestamp: new Date(at.getTime() + seconds * 1000),
        })),
      }),
    );
    const counts = async (Period: number) => {
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: "Sea",
          MetricName: "Swell",
          StartTime: at,
          EndTime: new Date(at.getTime() + hour),
          Period,
          Statistics: ["SampleCount", "Sum"],
        }),
      );
      return Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).map(
        ({ SampleCount, Sum }) => [SampleCount, Sum],
      );
    };
    expect(await counts(60)).toEqual([
      [2, 1],
      [1, 61],
      [1, 122],
    ]);
    const whole = [[4, 184]];
    itsClock.advance(64 * day);
    await vi.waitFor(async () => expect(await counts(60)).toEqual(whole), { timeout: 10_000 });
    expect(await counts(3_600)).toEqual(whole);
    client.destroy();
    await long.stop();
  }, 30_000);

  test("arrive compressed as well", async () => {
    const MetricData = Array.from({ length: 500 }, (_, i) => ({ MetricName: `Buoy${i}`, Value: i }));
    await put({ Namespace: "Sea", MetricData });
    const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace: "Sea" }));
    expect(Metrics?.length).toBe(500);
  });

  test.each<readonly [string, Partial<PutMetricDataCommandInput>, string, RegExp]>([
    [
      "a namespace of AWS",
      { Namespace: "AWS/ECS", MetricData: [] },
      "InvalidParameterValue",
      /The value AWS\/ECS for parameter Namespace is invalid/,
    ],
    ["no data", { MetricData: [] }, "MissingRequiredParameter", /MetricData/],
    ["no name", { MetricData: [{ MetricName: "", Value: 1 }] }, "ValidationException", /metricName/],
    [
      "no value",
      { MetricData: [{ MetricName: "m" }] },
      "MissingRequiredParameter",
      /MetricData\.member\.1\.Value/,
    ],
    [
      "two values",
      { MetricData: [{ MetricName: "m", Value: 1, Values: [1] }] },
      "InvalidParameterCombination",
      /mutually exclusive/,
    ],
    [
      "not a number",
      { MetricData: [{ MetricName: "m", Value: Number.NaN }] },
      "InvalidParameterValue",
      /MetricData\.member\.1\.Value/,
    ],
    [
      "counts of another size",
      { MetricData: [{ MetricName: "m", Values: [1, 2], Counts: [1] }] },
      "InvalidParameterValue",
      /same size/,
    ],
    [
      "an old time",
      { MetricData: [{ MetricName: "m", Value: 1, Timestamp: new Date(0) }] },
      "InvalidParameterValue",
      /Timestamp/,
    ],
    [
      "a dimension twice",
      {
        MetricData: [
          {
            MetricName: "m",
            Value: 1,
            Dimensions: [
              { Name: "a", Value: "1" },
              { Name: "a", Value: "2" },
            ],
          },
        ],
      },
      "InvalidParameterValue",
      /twice/,
    ],
    [
      "a resolution",
      { MetricData: [{ MetricName: "m", Value: 1, StorageResolution: 5 }] },
      "InvalidParameterValue",
      /StorageResolution/,
    ],
  ])("%s is refused", async (_, input, code, message) => {
    const refused = put({ MetricData: [], ...input });
    await expect(refused).rejects.toMatchObject({
      name: expect.stringMatching(new RegExp(code)) as unknown,
      message: expect.stringMatching(message) as unknown,
    });
  });
});

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

describe("dashboards", () => {
  const body = JSON.stringify({
    widgets: [{ type: "text", x: 0, y: 0, width: 6, height: 3, properties: { markdown: "# Harbour" } }],
  });

  test("are kept as they were put, in all regions", async () => {
    await cloudwatch.send(new PutDashboardCommand({ DashboardName: "harbour", DashboardBody: body }));
    const elsewhere = new CloudWatchClient(roadstead.client("000000000000", "eu-west-1"));
    const { DashboardArn, DashboardBody } = await elsewhere.send(
      new GetDashboardCommand({ DashboardName: "harbour" }),
    );
    elsewhere.destroy();
    expect([DashboardArn, DashboardBody]).toEqual([
      "arn:aws:cloudwatch::000000000000:dashboard/harbour",
      body,
    ]);
    const { DashboardEntries } = await cloudwatch.send(
      new ListDashboardsCommand({ DashboardNamePrefix: "har" }),
    );
    expect(DashboardEntries).toMatchObject([{ DashboardName: "harbour", Size: body.length }]);
    await expect(
      cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: ["harbour", "nobody"] })),
    ).rejects.toThrow(/nobody/);
    await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: ["harbour"] }));
    await expect(cloudwatch.send(new GetDashboardCommand({ DashboardName: "harbour" }))).rejects.toThrow(
      /does not exist/,
    );
  });

  test.each([
    ["{", /not valid JSON/],
    ["{}", /\/widgets/],
    ['{"widgets":[{"type":"film","properties":{}}]}', /\/widgets\/0\/type/],
    ['{"widgets":[{"type":"text","width":30,"properties":{}}]}', /\/widgets\/0\/width/],
  ])("%s is refused", async (DashboardBody, message) => {
    await expect(
      cloudwatch.send(new PutDashboardCommand({ DashboardName: "wrong", DashboardBody })),
    ).rejects.toThrow(message);
  });
});

test("what has no meaning here says so", async () => {
  await expect(cloudwatch.send(new PutAnomalyDetectorCommand({}))).rejects.toThrow(
    /Roadstead does not serve \w+:PutAnomalyDetector: there are no models/,
  );
});
