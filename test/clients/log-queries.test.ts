import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  FilterLogEventsCommand,
  GetLogGroupFieldsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  ListLogGroupsCommand,
  ListLogGroupsForQueryCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutQueryDefinitionCommand,
  PutSubscriptionFilterCommand,
  StartLiveTailCommand,
  type StartLiveTailResponseStream,
  StartQueryCommand,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Log events as they are asked about, counted, and passed on, over real clients. */

const account = "000000000000";
const groupArn = (name: string) => `arn:aws:logs:us-east-1:${account}:log-group:${name}`;
let roadstead: TestRoadstead;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  logs = new CloudWatchLogsClient(roadstead.client());
  for (const logGroupName of ["app", "errors"]) await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName: "app", logStreamName: "web" }));
});

afterAll(async () => {
  logs?.destroy();
  await roadstead?.stop();
});

function put(messages: readonly string[]) {
  const timestamp = Date.now();
  const logEvents = messages.map((message) => ({ timestamp, message }));
  return logs.send(new PutLogEventsCommand({ logGroupName: "app", logStreamName: "web", logEvents }));
}

/** What a query found, once it has ended. */
async function resultsOf(queryId: string | undefined): Promise<GetQueryResultsCommandOutput> {
  const ask = () => logs.send(new GetQueryResultsCommand({ queryId }));
  await eventually(20, async () => (await ask()).status !== "Running");
  return ask();
}

describe("Insights", { timeout: 60_000 }, () => {
  test("a query is started, and its results are there", async () => {
    await put(['{"level":"ERROR","ms":9}', '{"level":"INFO","ms":5}', '{"level":"ERROR","ms":3}']);
    const now = Math.floor(Date.now() / 1000);
    const { queryId } = await logs.send(
      new StartQueryCommand({
        logGroupName: "app",
        startTime: now - 3600,
        endTime: now + 3600,
        queryString: "stats count(*) as n, sum(ms) as total by level | sort n desc",
      }),
    );
    const answer = await resultsOf(queryId);
    expect(answer).toMatchObject({
      status: "Complete",
      statistics: { recordsMatched: 3, recordsScanned: 3 },
      results: [
        [
          { field: "level", value: "ERROR" },
          { field: "n", value: "2" },
          { field: "total", value: "12" },
        ],
        [
          { field: "level", value: "INFO" },
          { field: "n", value: "1" },
          { field: "total", value: "5" },
        ],
      ],
    });
    const { queries } = await logs.send(new DescribeQueriesCommand({ logGroupName: "app" }));
    expect(queries?.map((query) => query.queryId)).toEqual([queryId]);
    expect(await logs.send(new ListLogGroupsForQueryCommand({ queryId }))).toMatchObject({
      logGroupIdentifiers: ["app"],
    });
    await expect(logs.send(new StopQueryCommand({ queryId }))).rejects.toThrow("is already complete");
  });

  test("what a query found leads back to the events, and these to the fields there are", async () => {
    const now = Math.floor(Date.now() / 1000);
    const { queryId } = await logs.send(
      new StartQueryCommand({
        logGroupName: "app",
        startTime: now - 3600,
        endTime: now + 3600,
        queryString: "filter ms = 9",
      }),
    );
    const { results = [] } = await resultsOf(queryId);
    const logRecordPointer = results[0]?.find(({ field }) => field === "@ptr")?.value ?? "";
    const { logRecord } = await logs.send(new GetLogRecordCommand({ logRecordPointer }));
    expect(logRecord).toMatchObject({
      level: "ERROR",
      ms: "9",
      "@message": '{"level":"ERROR","ms":9}',
      "@logStream": "web",
    });
    const nowhere = logs.send(new GetLogRecordCommand({ logRecordPointer: "bm90aGluZw" }));
    await expect(nowhere).rejects.toMatchObject({ name: "InvalidParameterException" });
    const { logGroupFields } = await logs.send(new GetLogGroupFieldsCommand({ logGroupName: "app" }));
    expect(logGroupFields).toEqual(
      expect.arrayContaining([
        { name: "@message", percent: 100 },
        { name: "level", percent: 100 },
      ]),
    );
    const { logGroups } = await logs.send(new ListLogGroupsCommand({ logGroupNamePattern: "errx|^APP" }));
    expect(logGroups).toMatchObject([{ logGroupName: "app", logGroupClass: "STANDARD" }]);
  });

  test("the process does other things while a query runs, which can be stopped", async () => {
    const many = Array.from({ length: 9_000 }, (_, n) => JSON.stringify({ n, text: `line ${n}` }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: "big" }));
    await logs.send(new CreateLogStreamCommand({ logGroupName: "big", logStreamName: "s" }));
    const logEvents = many.map((message) => ({ timestamp: Date.now(), message }));
    for (let i = 0; i < 4; i++) {
      await logs.send(new PutLogEventsCommand({ logGroupName: "big", logStreamName: "s", logEvents }));
    }
    const now = Math.floor(Date.now() / 1000);
    const start = () =>
      logs.send(
        new StartQueryCommand({
          logGroupName: "big",
          startTime: now - 3600,
          endTime: now + 3600,
          queryString: "filter text like /(9+)$/ | stats count(*) as c by n % 7 as rest | sort rest",
        }),
      );
    const { queryId } = await start();
    expect(await logs.send(new StopQueryCommand({ queryId }))).toMatchObject({ success: true });
    expect(await logs.send(new GetQueryResultsCommand({ queryId }))).toMatchObject({
      status: "Cancelled",
      results: [],
    });
    const again = await start();
    const { status, results = [], statistics } = await resultsOf(again.queryId);
    expect([status, results.length, statistics?.recordsScanned]).toEqual(["Complete", 7, 36_000]);
  });

  test("a pattern that never ends is stopped", async () => {
    await put([`${"a".repeat(60)}!`]);
    const now = Math.floor(Date.now() / 1000);
    const query = new StartQueryCommand({
      logGroupName: "app",
      startTime: now - 3600,
      endTime: now + 3600,
      queryString: "filter @message like /^(a+)+$/",
    });
    const { queryId } = await logs.send(query);
    expect(await resultsOf(queryId)).toMatchObject({ status: "Failed", results: [] });
  });

  test("what cannot be read is told with its place", async () => {
    const query = new StartQueryCommand({
      logGroupName: "app",
      startTime: 0,
      endTime: 1,
      queryString: "feilds",
    });
    await expect(logs.send(query)).rejects.toMatchObject({
      name: "MalformedQueryException",
      queryCompileError: { location: { startCharOffset: 0 } },
    });
  });

  test("a query is saved", async () => {
    const saved = await logs.send(
      new PutQueryDefinitionCommand({
        name: "errors",
        queryString: "filter level = 'ERROR'",
        logGroupNames: ["app"],
      }),
    );
    const { queryDefinitions } = await logs.send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions).toMatchObject([
      { queryDefinitionId: saved.queryDefinitionId, name: "errors", logGroupNames: ["app"] },
    ]);
  });
});

test("a live tail shows what comes after it began, and what meets its pattern only", async () => {
  // The SDK would put a name before the address.
  const tailing = new CloudWatchLogsClient({ ...roadstead.client(), disableHostPrefix: true });
  const { responseStream = [] } = await tailing.send(
    new StartLiveTailCommand({ logGroupIdentifiers: [groupArn("app")], logEventFilterPattern: "buoy" }),
  );
  const seen: (string | undefined)[] = [];
  for await (const {
    sessionStart,
    sessionUpdate,
  } of responseStream as AsyncIterable<StartLiveTailResponseStream>) {
    if (sessionStart !== undefined) {
      seen.push(sessionStart.logEventFilterPattern);
      await put(["nothing", "a buoy"]);
    }
    seen.push(
      ...(sessionUpdate?.sessionResults ?? []).map(
        ({ message, logStreamName }) => `${logStreamName}: ${message}`,
      ),
    );
    if (seen.length > 1) break;
  }
  tailing.destroy();
  expect(seen).toEqual(["buoy", "web: a buoy"]);
}, 30_000);

describe("filters", { timeout: 60_000 }, () => {
  test("a subscription passes on what meets it, as a role that may write", async () => {
    const iam = new IAMClient(roadstead.client());
    const trust = { Effect: "Allow", Principal: { Service: "logs.amazonaws.com" }, Action: "sts:AssumeRole" };
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "carrier",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    );
    const subscription = {
      logGroupName: "app",
      filterName: "errors",
      filterPattern: "WRECK",
      destinationArn: groupArn("errors"),
      roleArn: Role?.Arn,
    };
    await logs.send(new PutSubscriptionFilterCommand(subscription));
    await put(["all well", "WRECK ahead"]);
    const Action = ["logs:CreateLogStream", "logs:PutLogEvents"];
    const statement = { Effect: "Allow", Action, Resource: `${groupArn("errors")}:*` };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "carrier",
        PolicyName: "write",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    iam.destroy();
    let messages: (string | undefined)[] = [];
    await eventually(30, async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "errors" }));
      messages = events.map(({ message, logStreamName }) => `${logStreamName}: ${message}`);
      return messages.length > 0;
    });
    expect(messages).toEqual(["web: WRECK ahead"]);
    const back = { ...subscription, logGroupName: "errors", destinationArn: groupArn("app") };
    await expect(logs.send(new PutSubscriptionFilterCommand(back))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  test("a metric filter is kept, shown with its group, and makes its metric", async () => {
    const metric = { metricName: "Wrecks", metricNamespace: "Harbour", metricValue: "1" };
    await logs.send(
      new PutMetricFilterCommand({
        logGroupName: "app",
        filterName: "wrecks",
        filterPattern: "WRECK",
        metricTransformations: [metric],
      }),
    );
    const { metricFilters } = await logs.send(
      new DescribeMetricFiltersCommand({ metricName: "Wrecks", metricNamespace: "Harbour" }),
    );
    expect(metricFilters).toMatchObject([
      { filterName: "wrecks", logGroupName: "app", metricTransformations: [metric] },
    ]);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "app" }));
    expect(logGroups?.[0]?.metricFilterCount).toBe(1);

    await put(["WRECK of the Hesper", "calm", "WRECK again"]);
    const cloudwatch = new CloudWatchClient(roadstead.client());
    await eventually(20, async () => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "Harbour",
          MetricName: "Wrecks",
          StartTime: new Date(Date.now() - 600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 3_600,
          Statistics: ["Sum"],
        }),
      );
      return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0) === 2;
    });
    cloudwatch.destroy();
  });
});
