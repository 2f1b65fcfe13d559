import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  type PutMetricDataCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type MovableClock, movableClock } from "../../../kernel/clock.ts";
import { day, hour, minute } from "../../../kernel/duration.ts";

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
