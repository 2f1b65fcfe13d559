import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  PutAnomalyDetectorCommand,
  PutDashboardCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  cloudwatch = new CloudWatchClient({ ...roadstead.client(), maxAttempts: 1 });
});
afterAll(async () => {
  cloudwatch?.destroy();
  await roadstead?.stop();
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
