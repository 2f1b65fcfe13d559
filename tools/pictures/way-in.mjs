// Pictures of the way from a name to a container, and what they show: names, load balancers, alarms, logs, secrets.
import {
  CloudWatchClient,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
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
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  GetOperationCommand,
  ListNamespacesCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { settled } from "./settled.mjs";

/** Name of the picture, address, and what is done before it is taken. */
export const wayInPages = [
  ["load-balancers", "/ec2/load-balancers"],
  ["load-balancer", "/ec2/load-balancers/harbour"],
  ["target-group", "/ec2/target-groups/crane"],
  ["namespace", "/cloudmap/namespaces", (page) => open(page, "harbour.local")],
  ["hosted-zone", "/route53/hosted-zones", (page) => open(page, "harbour.example.")],
  ["alarms", "/cloudwatch/alarms"],
  ["alarm", "/cloudwatch/alarms/crane-is-slow"],
  ["metrics", "/cloudwatch/metrics?namespace=Harbour", chartFirst],
  ["dashboard", "/cloudwatch/dashboards/harbour"],
  ["log-group", `/cloudwatch/log-groups/${encodeURIComponent("/harbour/crane")}`],
  [
    "log-stream",
    `/cloudwatch/log-groups/${encodeURIComponent("/harbour/crane")}/streams/${encodeURIComponent("app/1")}`,
  ],
  ["insights", `/cloudwatch/logs-insights?group=${encodeURIComponent("/harbour/crane")}`, runQuery],
  ["secret", `/secretsmanager/secrets/${encodeURIComponent("harbour/crane")}`],
  ["parameters", "/systems-manager/parameters"],
  ["keys", "/kms/keys"],
];

async function open(page, name) {
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 2 }).first().waitFor();
  await settled(page);
}

async function chartFirst(page) {
  await page.getByRole("checkbox", { name: /^Select Harbour Lifts/ }).check();
  await page.getByRole("application").or(page.getByText("No data")).first().waitFor();
  await settled(page);
}

async function runQuery(page) {
  await page.getByRole("button", { name: "Run query" }).click();
  await page.getByText("events were looked at").waitFor();
}

/** Makes what the pictures show. */
export async function furnishWayIn(settings) {
  const { balancer, vpc } = await balanced(settings);
  await named(settings, vpc);
  await zoned(settings, balancer);
  await watched(settings);
  await written(settings);
  await new KMSClient(settings).send(new CreateKeyCommand({ Description: "The harbour's seal" }));
  await new SecretsManagerClient(settings).send(
    new CreateSecretCommand({
      Name: "harbour/crane",
      Description: "The crane's database",
      SecretString: JSON.stringify({ username: "crane", password: "ahoy" }),
    }),
  );
  const ssm = new SSMClient(settings);
  for (const [Name, Value, Type] of [
    ["/harbour/crane/load", "40", "String"],
    ["/harbour/crane/token", "ahoy", "SecureString"],
    ["/harbour/berths", "north,south", "StringList"],
  ])
    await ssm.send(new PutParameterCommand({ Name, Value, Type }));
}

/** A load balancer before two targets; answers it and its VPC. */
async function balanced(settings) {
  const elb = new ElasticLoadBalancingV2Client(settings);
  const { Subnets: subnets } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
  const VpcId = subnets[0].VpcId;
  const { LoadBalancers: balancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: "harbour",
      Subnets: subnets.slice(0, 2).map((one) => one.SubnetId),
    }),
  );
  const groups = [];
  for (const Name of ["crane", "pilot"]) {
    const { TargetGroups: made } = await elb.send(
      new CreateTargetGroupCommand({ Name, Protocol: "HTTP", Port: 80, VpcId, TargetType: "ip" }),
    );
    groups.push(made[0].TargetGroupArn);
  }
  const { Listeners: listeners } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancers[0].LoadBalancerArn,
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [{ Type: "forward", TargetGroupArn: groups[0] }],
    }),
  );
  await elb.send(
    new CreateRuleCommand({
      ListenerArn: listeners[0].ListenerArn,
      Priority: 10,
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/pilot/*"] } }],
      Actions: [{ Type: "forward", TargetGroupArn: groups[1] }],
    }),
  );
  const base = subnets[0].CidrBlock.split(".").slice(0, 3).join(".");
  await elb.send(
    new RegisterTargetsCommand({
      TargetGroupArn: groups[0],
      Targets: [{ Id: `${base}.20` }, { Id: `${base}.21` }],
    }),
  );
  return { balancer: balancers[0], vpc: VpcId };
}

/** A private namespace with a service and two instances, and a record beside them. */
async function named(settings, Vpc) {
  const client = new ServiceDiscoveryClient(settings);
  const { OperationId } = await client.send(
    new CreatePrivateDnsNamespaceCommand({ Name: "harbour.local", Vpc }),
  );
  for (let tries = 0; tries < 100; tries++) {
    const { Operation: operation } = await client.send(new GetOperationCommand({ OperationId }));
    if (operation.Status === "SUCCESS") break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { Namespaces: namespaces } = await client.send(new ListNamespacesCommand({}));
  const { Service: service } = await client.send(
    new CreateServiceCommand({
      Name: "crane",
      NamespaceId: namespaces[0].Id,
      DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] },
    }),
  );
  for (const [InstanceId, address] of [
    ["one", "172.31.0.20"],
    ["two", "172.31.0.21"],
  ]) {
    await client.send(
      new RegisterInstanceCommand({
        ServiceId: service.Id,
        InstanceId,
        Attributes: { AWS_INSTANCE_IPV4: address, berth: "north" },
      }),
    );
  }
}

/** A public zone with a record, and the load balancer's name as an alias. */
async function zoned(settings, balancer) {
  const client = new Route53Client(settings);
  const { HostedZone: zone } = await client.send(
    new CreateHostedZoneCommand({ Name: "harbour.example", CallerReference: "harbour" }),
  );
  const { DNSName, CanonicalHostedZoneId: HostedZoneId } = balancer;
  const records = [
    { Name: "lighthouse.harbour.example", Type: "A", TTL: 60, ResourceRecords: [{ Value: "172.31.0.9" }] },
    {
      ...{ Name: "harbour.example", Type: "A" },
      AliasTarget: { DNSName, HostedZoneId, EvaluateTargetHealth: true },
    },
  ];
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone.Id,
      ChangeBatch: {
        Changes: records.map((ResourceRecordSet) => ({ Action: "UPSERT", ResourceRecordSet })),
      },
    }),
  );
}

/** Half an hour of a metric, an alarm on it, a dashboard. */
async function watched(settings) {
  const client = new CloudWatchClient(settings);
  const now = Date.now();
  const of = { Namespace: "Harbour", MetricName: "Lifts", Dimensions: [{ Name: "Crane", Value: "north" }] };
  await client.send(
    new PutMetricDataCommand({
      Namespace: of.Namespace,
      MetricData: Array.from({ length: 30 }, (_, minute) => ({
        MetricName: of.MetricName,
        Dimensions: of.Dimensions,
        Timestamp: new Date(now - minute * 60_000),
        Value: 20 + Math.round(15 * Math.sin(minute / 4)),
      })),
    }),
  );
  await client.send(
    new PutMetricAlarmCommand({
      ...of,
      AlarmName: "crane-is-slow",
      AlarmDescription: "The crane lifts less than it should",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 10,
      ComparisonOperator: "LessThanThreshold",
    }),
  );
  await client.send(
    new SetAlarmStateCommand({
      AlarmName: "crane-is-slow",
      StateValue: "ALARM",
      StateReason: "The wind was tried",
    }),
  );
  await client.send(
    new PutDashboardCommand({
      DashboardName: "harbour",
      DashboardBody: JSON.stringify({
        widgets: [
          {
            ...{ type: "metric", x: 0, y: 0, width: 12, height: 6 },
            properties: {
              ...{ title: "Lifts", region: settings.region, period: 60 },
              metrics: [["Harbour", "Lifts", "Crane", "north"]],
            },
          },
          {
            ...{ type: "text", x: 12, y: 0, width: 12, height: 6 },
            properties: { markdown: "The crane of the **north** quay." },
          },
        ],
      }),
    }),
  );
}

/** What a container wrote. */
async function written(settings) {
  const client = new CloudWatchLogsClient(settings);
  const logGroupName = "/harbour/crane";
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "app/1" }));
  const now = Date.now();
  await client.send(
    new PutLogEventsCommand({
      ...{ logGroupName, logStreamName: "app/1" },
      logEvents: ["the crane is ready", "lifts 12 t", "WARN wind 9 m/s", "lifts 3 t", "<b>done</b>"].map(
        (message, index) => ({ message, timestamp: now - 60_000 + index * 5_000 }),
      ),
    }),
  );
}
