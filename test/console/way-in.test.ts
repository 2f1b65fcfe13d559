import { CloudWatchClient, PutDashboardCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand,
  ListNamespacesCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { findings } from "./axe-findings.ts";
import { noBrowser, signedIn, startBrowser, type Visit } from "./browser.ts";

const hostile = `<img src=x onerror="window.broken=1">`;
/** Pages that have parts of their own. */
const unlike = [
  "/ec2/load-balancers/harbour",
  "/cloudwatch/alarms/slow",
  "/cloudwatch/metrics",
  "/cloudwatch/log-groups/%2Fharbour%2Fcrane",
  "/cloudwatch/logs-insights",
  "/secretsmanager/secrets/seal",
  "/iam/account-settings",
];
/** Pages of tables and details, as others. */
const alike = [
  "/ec2/target-groups/crane",
  "/ec2/scalable-targets",
  "/cloudmap/namespaces",
  "/route53/health-checks",
  "/cloudwatch/dashboards/harbour",
  "/systems-manager/parameters",
  "/kms/keys",
  "/ecr/private-registry/scanning",
  "/ecr/private-registry/creation-templates",
  "/cloudtrail/decisions",
];
let roadstead: TestRoadstead;
let browser: Browser;
let visited: Visit;
let page: Page;

async function open(path: string): Promise<void> {
  await page.goto(`${roadstead.url}${path}${path.includes("?") ? "&" : "?"}region=us-east-1`);
}

const follow = (name: string): Promise<void> => page.getByRole("link", { name, exact: true }).first().click();
const seen = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

describe.skipIf(noBrowser !== undefined)(`the way from a name to a container ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    await furnish();
    visited = await signedIn(browser, `${roadstead.url}/?region=us-east-1`);
    page = visited.page;
    await page.getByRole("heading", { name: "Console home" }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("hosted zone, record; load balancer, listener, target group, target with the reason of its health", async () => {
    await open("/route53/hosted-zones");
    await follow("harbour.example.");
    await seen("172.31.0.9");
    await open("/ec2/load-balancers");
    await follow("harbour");
    await seen("HTTP:80");
    await follow("crane");
    await page.getByRole("heading", { name: "crane", level: 1 }).waitFor();
    await seen("172.31.0.20");
    await seen(/Elb\.|Target\./);
    await page.getByRole("tab", { name: "Attributes" }).click();
    await seen("deregistration_delay.timeout_seconds");
  });

  test("namespace, service, instance", async () => {
    await open("/cloudmap/namespaces");
    await follow("harbour.local");
    await follow("pilot");
    await seen("172.31.0.21");
    await seen("berth=north");
  });

  test("log group, stream, its events by a pattern; an Insights query over them", async () => {
    await open("/cloudwatch/log-groups");
    await follow("/harbour/crane");
    await follow("app/1");
    await seen("the crane is ready");
    await page.getByLabel("Filter pattern").fill("WARN");
    await page.getByLabel("Filter pattern").press("Enter");
    await expect.poll(() => page.getByText("the crane is ready").count()).toBe(0);
    await seen("WARN wind");
    await open(`/cloudwatch/logs-insights?group=${encodeURIComponent("/harbour/crane")}`);
    await page.getByLabel("Query").fill("stats count(*) as lines");
    await page.getByRole("button", { name: "Run query" }).click();
    await page.getByRole("cell", { name: "3", exact: true }).waitFor();
  });

  test.each(process.env.ROADSTEAD_SOAK === undefined ? unlike : [...unlike, ...alike])(
    "%s: axe finds nothing, in either theme; nothing is wider than 390 pixels",
    async (path) => {
      for (const [theme, width] of [
        ["light", 1280],
        ["dark", 390],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((chosen) => localStorage.setItem("roadstead.theme", chosen), theme);
        await open(path);
        await page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
        await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0);
        expect(await findings(page)).toEqual([]);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1280, height: 900 });
    },
  );

  test("what is hostile shows as text: log line, secret, parameter, alarm, dashboard, attribute", async () => {
    await open(`/cloudwatch/log-groups/${encodeURIComponent("/harbour/crane")}/streams/app%2F1`);
    await seen(hostile);
    for (const path of ["/secretsmanager/secrets/seal", "/systems-manager/parameters/seal"]) {
      await open(path);
      await page.getByRole("button", { name: "Retrieve value" }).click();
      await seen(hostile);
      await page.getByRole("button", { name: "Hide" }).click();
      await page.getByRole("button", { name: "Retrieve value" }).waitFor();
    }
    await open("/cloudwatch/alarms/slow");
    await seen(hostile);
    await open("/cloudwatch/dashboards/harbour");
    await seen(hostile);
    expect(await page.evaluate(() => "broken" in window)).toBe(false);
    expect(await page.locator("img[src='x']").count()).toBe(0);
    expect(visited.troubles).toEqual([]);
  });
});

async function furnish(): Promise<void> {
  const settings = roadstead.client();
  await Promise.all([balanced(), named(), written(), hostiles()]);

  async function balanced(): Promise<void> {
    const elb = new ElasticLoadBalancingV2Client(settings);
    const { Subnets: subnets = [] } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
    const { LoadBalancers: balancers } = await elb.send(
      new CreateLoadBalancerCommand({
        Name: "harbour",
        Subnets: subnets.slice(0, 2).flatMap((one) => one.SubnetId ?? []),
      }),
    );
    const { TargetGroups: groups } = await elb.send(
      new CreateTargetGroupCommand({
        ...{ Name: "crane", Protocol: "HTTP", Port: 80, VpcId: subnets[0]?.VpcId, TargetType: "ip" },
      }),
    );
    const TargetGroupArn = groups?.[0]?.TargetGroupArn;
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancers?.[0]?.LoadBalancerArn,
        ...{ Protocol: "HTTP", Port: 80, DefaultActions: [{ Type: "forward", TargetGroupArn }] },
      }),
    );
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: "172.31.0.20" }] }));
  }

  async function named(): Promise<void> {
    const route53 = new Route53Client(settings);
    const { HostedZone: zone } = await route53.send(
      new CreateHostedZoneCommand({ Name: "harbour.example", CallerReference: "1" }),
    );
    const record = {
      ...({ Name: "lighthouse.harbour.example", Type: "A", TTL: 60 } as const),
      ResourceRecords: [{ Value: "172.31.0.9" }],
    };
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone?.Id,
        ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet: record }] },
      }),
    );
    const discovery = new ServiceDiscoveryClient(settings);
    await discovery.send(new CreateHttpNamespaceCommand({ Name: "harbour.local" }));
    await vi.waitFor(async () => {
      expect((await discovery.send(new ListNamespacesCommand({}))).Namespaces).toHaveLength(1);
    }, 20_000);
    const { Namespaces: namespaces } = await discovery.send(new ListNamespacesCommand({}));
    const { Service: service } = await discovery.send(
      new CreateServiceCommand({ Name: "pilot", NamespaceId: namespaces?.[0]?.Id }),
    );
    const Attributes = { AWS_INSTANCE_IPV4: "172.31.0.21", berth: "north" };
    await discovery.send(
      new RegisterInstanceCommand({ ServiceId: service?.Id, InstanceId: "one", Attributes }),
    );
  }

  async function written(): Promise<void> {
    const logs = new CloudWatchLogsClient(settings);
    const of = { logGroupName: "/harbour/crane", logStreamName: "app/1" };
    await logs.send(new CreateLogGroupCommand({ logGroupName: of.logGroupName }));
    await logs.send(new CreateLogStreamCommand(of));
    const timestamp = Date.now();
    const logEvents = ["the crane is ready", "WARN wind 9 m/s", hostile].map((message) => ({
      message,
      timestamp,
    }));
    await logs.send(new PutLogEventsCommand({ ...of, logEvents }));
  }

  async function hostiles(): Promise<void> {
    await new SecretsManagerClient(settings).send(
      new CreateSecretCommand({ Name: "seal", Description: hostile, SecretString: hostile }),
    );
    await new SSMClient(settings).send(
      new PutParameterCommand({ Name: "seal", Type: "SecureString", Value: hostile }),
    );
    const cloudwatch = new CloudWatchClient(settings);
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: "slow", AlarmDescription: hostile, Namespace: "Harbour", MetricName: "Lifts" },
        ...{ Statistic: "Sum", Period: 60, EvaluationPeriods: 1, Threshold: 1 },
        ComparisonOperator: "LessThanThreshold",
      }),
    );
    const widget = {
      ...{ type: "text", x: 0, y: 0, width: 6, height: 6 },
      properties: { markdown: hostile },
    };
    await cloudwatch.send(
      new PutDashboardCommand({
        DashboardName: "harbour",
        DashboardBody: JSON.stringify({ widgets: [widget] }),
      }),
    );
  }
}
