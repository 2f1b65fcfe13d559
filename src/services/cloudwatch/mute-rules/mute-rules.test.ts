import {
  CloudWatchClient,
  DeleteAlarmMuteRuleCommand,
  DescribeAlarmHistoryCommand,
  GetAlarmMuteRuleCommand,
  ListAlarmMuteRulesCommand,
  ListTagsForResourceCommand,
  PutAlarmMuteRuleCommand,
  type PutAlarmMuteRuleCommandInput,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { hour, minute } from "../../../kernel/duration.ts";
import { readMuteSchedule, windowEnds } from "./mute-schedule.ts";

const at = (text: string): number => Date.parse(`${text}:00Z`);

describe("a window is open", () => {
  test.each<[string, string, string | undefined, string, string | undefined]>([
    ["cron(0 2 * * *)", "PT4H", undefined, "2026-09-16T02:00", "2026-09-16T06:00"],
    ["cron(0 2 * * *)", "PT4H", undefined, "2026-09-16T05:59", "2026-09-16T06:00"],
    ["cron(0 2 * * *)", "PT4H", undefined, "2026-09-16T06:00", undefined],
    ["cron(0 18 * * FRI)", "P2DT12H", undefined, "2026-09-20T11:00", "2026-09-21T06:00"],
    ["cron(0 18 * * 5)", "P2DT12H", undefined, "2026-09-20T11:00", "2026-09-21T06:00"],
    ["cron(0 0 * * 0)", "PT1M", undefined, "2026-09-20T00:00", "2026-09-20T00:01"],
    ["cron(0 2 * * *)", "PT1H", "Asia/Tokyo", "2026-09-15T17:30", "2026-09-15T18:00"],
    // Windows that overlap: the last one counts.
    ["cron(0 * * * *)", "PT90M", undefined, "2026-09-16T02:10", "2026-09-16T03:30"],
    ["at(2026-12-23T00:00)", "P7D", undefined, "2026-12-29T23:00", "2026-12-30T00:00"],
    ["at(2026-12-23T00:00)", "P7D", undefined, "2026-12-22T23:59", undefined],
  ])("%s for %s in %s, at %s: until %s", (Expression, Duration, Timezone, now, until) => {
    const ends = windowEnds(readMuteSchedule({ Expression, Duration, Timezone }), at(now));
    expect(ends).toBe(until === undefined ? undefined : at(until));
  });
});

test.each([
  ["cron(0 2 * * ? *)", "PT1H", "UTC", "schedule expression"],
  ["cron(0 2 1 * SUN)", "PT1H", "UTC", "schedule expression"],
  ["rate(5 minutes)", "PT1H", "UTC", "schedule expression"],
  ["cron(0 2 * * *)", "PT30S", "UTC", "duration"],
  ["cron(0 2 * * *)", "P16D", "UTC", "duration"],
  ["cron(0 2 * * *)", "PT", "UTC", "duration"],
  ["cron(0 2 * * *)", "PT1H", "Europe/Atlantis", "time zone"],
])("%s for %s in %s is refused", (Expression, Duration, Timezone, why) => {
  expect(() => readMuteSchedule({ Expression, Duration, Timezone })).toThrow(why);
});

describe("a mute rule", () => {
  const clock = movableClock();
  let roadstead: TestRoadstead;
  let cloudwatch: CloudWatchClient;
  const topic = "arn:aws:sns:us-east-1:000000000000:pager";

  beforeAll(async () => {
    roadstead = await testRoadstead({}, { clock });
    cloudwatch = new CloudWatchClient({ ...roadstead.client(), maxAttempts: 1 });
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: "flood", Namespace: "Ship", MetricName: "Water", Statistic: "Maximum", Period: 60 },
        ...{ EvaluationPeriods: 1, Threshold: 80, ComparisonOperator: "GreaterThanThreshold" },
        // Without data it stays where it is.
        ...{ TreatMissingData: "ignore", AlarmActions: [topic] },
      }),
    );
  });
  afterAll(async () => {
    cloudwatch?.destroy();
    await roadstead?.stop();
  });

  const put = (more: Partial<PutAlarmMuteRuleCommandInput> = {}) => {
    const begins = new Date(clock.now() - minute).toISOString().slice(0, 16);
    return cloudwatch.send(
      new PutAlarmMuteRuleCommand({
        Name: "night",
        Rule: { Schedule: { Expression: `at(${begins})`, Duration: "PT1H" } },
        MuteTargets: { AlarmNames: ["flood"] },
        ...more,
      }),
    );
  };
  const called = async () => {
    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: "flood", HistoryItemType: "Action" }),
    );
    return AlarmHistoryItems.length;
  };
  const set = (StateValue: "OK" | "ALARM") =>
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName: "flood", StateValue, StateReason: "tried" }));

  test("keeps actions from being called until its window ends; then they are, if the alarm stays", async () => {
    await put({ Tags: [{ Key: "team", Value: "bridge" }] });
    const rule = await cloudwatch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: "night" }));
    expect(rule).toMatchObject({
      Name: "night",
      AlarmMuteRuleArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm-mute-rule:night",
      ...{ Status: "ACTIVE", MuteType: "ONE_TIME", MuteTargets: { AlarmNames: ["flood"] } },
    });
    const { Tags } = await cloudwatch.send(
      new ListTagsForResourceCommand({ ResourceARN: rule.AlarmMuteRuleArn }),
    );
    expect(Tags).toEqual([{ Key: "team", Value: "bridge" }]);
    await set("ALARM");
    expect(await called()).toBe(0);
    clock.advance(hour);
    await expect.poll(called, { timeout: 10_000 }).toBe(1);
    const { AlarmMuteRuleSummaries } = await cloudwatch.send(
      new ListAlarmMuteRulesCommand({ Statuses: ["EXPIRED"], AlarmName: "flood" }),
    );
    expect(AlarmMuteRuleSummaries).toHaveLength(1);
  });

  test("that is deleted mutes no more, and what it muted is called", async () => {
    await set("OK");
    await put();
    await set("ALARM");
    expect(await called()).toBe(1);
    await cloudwatch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: "night" }));
    await expect.poll(called, { timeout: 10_000 }).toBe(2);
    await cloudwatch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: "night" }));
    const gone = cloudwatch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: "night" }));
    await expect(gone).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("mutes alarms that are there", async () => {
    await expect(put({ MuteTargets: { AlarmNames: ["drought"] } })).rejects.toThrow(
      "There is no alarm of the name drought.",
    );
  });
});
