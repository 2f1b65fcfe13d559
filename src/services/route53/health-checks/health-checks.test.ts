import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCommand,
  GetHealthCheckCountCommand,
  GetHealthCheckStatusCommand,
  type HealthCheckConfig,
  ListHealthChecksCommand,
  Route53Client,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let client: Route53Client;
let references = 0;

beforeAll(async () => {
  roadstead = await testRoadstead();
  client = new Route53Client(roadstead.client());
}, 60_000);

afterAll(async () => {
  client?.destroy();
  await roadstead?.stop();
});

const create = (HealthCheckConfig: HealthCheckConfig, CallerReference = `reference-${++references}`) =>
  client.send(new CreateHealthCheckCommand({ CallerReference, HealthCheckConfig }));

const http: HealthCheckConfig = { Type: "HTTP", IPAddress: "192.0.2.1", ResourcePath: "/" };

describe("a health check", () => {
  test("has AWS's defaults, and is made once for a caller reference", async () => {
    const { HealthCheck, Location } = await create(http, "once");
    expect(HealthCheck).toMatchObject({
      HealthCheckVersion: 1,
      HealthCheckConfig: {
        Type: "HTTP",
        Port: 80,
        RequestInterval: 30,
        FailureThreshold: 3,
        MeasureLatency: false,
        Inverted: false,
        Disabled: false,
        EnableSNI: false,
      },
    });
    expect(Location).toBe(`https://route53.amazonaws.com/2013-04-01/healthcheck/${HealthCheck?.Id}`);
    expect((await create(http, "once")).HealthCheck?.Id).toBe(HealthCheck?.Id);
    await expect(create({ ...http, Port: 81 }, "once")).rejects.toMatchObject({
      name: "HealthCheckAlreadyExists",
    });
  });

  test.each<[string, HealthCheckConfig]>([
    ["a text to look for", { Type: "HTTP_STR_MATCH", IPAddress: "192.0.2.1" }],
    ["an endpoint", { Type: "HTTP" }],
    ["a port", { Type: "TCP", IPAddress: "192.0.2.1" }],
    ["children", { Type: "CALCULATED", HealthThreshold: 1 }],
    ["an alarm", { Type: "CLOUDWATCH_METRIC" }],
    [
      "a routing control",
      { Type: "RECOVERY_CONTROL", RoutingControlArn: "arn:aws:route53-recovery-control::1:x" },
    ],
    ["an interval that is offered", { ...http, RequestInterval: 20 }],
    [
      "an alarm that is there",
      {
        Type: "CLOUDWATCH_METRIC",
        AlarmIdentifier: { Region: "eu-west-1", Name: "none" },
        InsufficientDataHealthStatus: "Healthy",
      },
    ],
  ])("is not made without %s", async (_, config) => {
    await expect(create(config)).rejects.toMatchObject({ name: "InvalidInput" });
  });

  test("is changed by its version, and members are taken back", async () => {
    const { HealthCheck } = await create(http);
    const HealthCheckId = HealthCheck?.Id;
    const changed = await client.send(
      new UpdateHealthCheckCommand({
        HealthCheckId,
        HealthCheckVersion: 1,
        FailureThreshold: 5,
        ResetElements: ["ResourcePath"],
      }),
    );
    expect(changed.HealthCheck).toMatchObject({
      HealthCheckVersion: 2,
      HealthCheckConfig: { FailureThreshold: 5 },
    });
    expect(changed.HealthCheck?.HealthCheckConfig?.ResourcePath).toBeUndefined();
    await expect(
      client.send(new UpdateHealthCheckCommand({ HealthCheckId, HealthCheckVersion: 1, Port: 81 })),
    ).rejects.toMatchObject({ name: "HealthCheckVersionMismatch" });
  });

  test("is another account's no business, is listed in pages and goes", async () => {
    const lister = new Route53Client(roadstead.client("999999999999"));
    const ids: string[] = [];
    for (const reference of ["a", "b", "c"]) {
      const made = await lister.send(
        new CreateHealthCheckCommand({ CallerReference: reference, HealthCheckConfig: http }),
      );
      ids.push(made.HealthCheck?.Id ?? "");
    }
    const [HealthCheckId] = ids;
    await expect(client.send(new GetHealthCheckCommand({ HealthCheckId }))).rejects.toMatchObject({
      name: "NoSuchHealthCheck",
    });
    const first = await lister.send(new ListHealthChecksCommand({ MaxItems: 2 }));
    const rest = await lister.send(new ListHealthChecksCommand({ Marker: first.NextMarker }));
    const found = [...(first.HealthChecks ?? []), ...(rest.HealthChecks ?? [])].map(({ Id }) => Id);
    expect(found).toEqual(ids.toSorted());
    await lister.send(new DeleteHealthCheckCommand({ HealthCheckId }));
    await expect(lister.send(new GetHealthCheckCountCommand({}))).resolves.toMatchObject({
      HealthCheckCount: 2,
    });
    lister.destroy();
  });

  test("of an alarm shows what the alarm watches; a calculated one has no status", async () => {
    const cloudwatch = new CloudWatchClient(roadstead.client("000000000000", "eu-west-1"));
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "busy",
        Namespace: "N",
        MetricName: "M",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 5,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    cloudwatch.destroy();
    const { HealthCheck } = await create({
      Type: "CLOUDWATCH_METRIC",
      AlarmIdentifier: { Region: "eu-west-1", Name: "busy" },
      InsufficientDataHealthStatus: "Unhealthy",
    });
    expect(HealthCheck?.CloudWatchAlarmConfiguration).toMatchObject({
      MetricName: "M",
      Threshold: 5,
      Period: 60,
    });
    const calculated = await create({
      Type: "CALCULATED",
      HealthThreshold: 1,
      ChildHealthChecks: [HealthCheck?.Id ?? ""],
    });
    await expect(
      client.send(new GetHealthCheckStatusCommand({ HealthCheckId: calculated.HealthCheck?.Id })),
    ).rejects.toMatchObject({ name: "InvalidInput" });
    await expect(
      create({
        Type: "CALCULATED",
        HealthThreshold: 1,
        ChildHealthChecks: [calculated.HealthCheck?.Id ?? ""],
      }),
    ).rejects.toMatchObject({ name: "InvalidInput" });
  });
});
