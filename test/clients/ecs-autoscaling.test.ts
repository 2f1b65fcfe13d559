import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually, findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * Load on a real service, measured on a real Docker Engine, raises its desired count by an alarm and lowers it again; by
 * the AWS CLI, with the clock moved forward.
 */

const account = "444444444445";
const applets = ["sh", "httpd", "sleep", "touch", "rm"];
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  missing("curl") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const patience = { timeout: 60_000, interval: 250 };
const resourceOf = (service: string): readonly string[] => [
  ...["--service-namespace", "ecs", "--resource-id", `service/default/${service}`],
  ...["--scalable-dimension", "ecs:service:DesiredCount"],
];
const resource = resourceOf("web");

let roadstead: TestRoadstead;
let folder: string;
let repository: string;
let vpc: string;
const subnets: string[] = [];
let client: ECSClient;
let cloudwatch: CloudWatchClient;
let balancer: string | undefined;

async function run(file: string, args: readonly string[], input?: string): Promise<string> {
  const env = { ...process.env, ...roadstead.environment(account), HOME: folder };
  const { code, stdout, stderr } = await command(file, args, { env, input });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** An AWS CLI call and what it answers. */
// biome-ignore lint/suspicious/noExplicitAny: answers of the command line are looked into as they come.
const aws = async (...args: readonly string[]): Promise<any> => JSON.parse((await run("aws", args)) || "{}");
const ecs = (...args: readonly string[]) => aws("ecs", ...args);
const scaling = (...args: readonly string[]) => aws("application-autoscaling", ...args);

/** An image that burns what it is given, until its web server is told to be calm. */
async function pushBurner(): Promise<void> {
  const root = join(folder, "root");
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, "tmp"), { recursive: true });
  mkdirSync(join(root, "w", "cgi-bin"), { recursive: true });
  copyFileSync(realpathSync(busybox ?? ""), join(bin, "busybox"));
  for (const applet of applets) symlinkSync("busybox", join(bin, applet));
  const script = join(root, "w", "cgi-bin", "calm");
  writeFileSync(script, "#!/bin/sh\ntouch /tmp/calm\necho Content-Type: text/plain\necho\necho calm\n");
  chmodSync(script, 0o755);
  writeFileSync(join(root, "w", "index.html"), "shop");
  await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
  const image = `${repository}:burner`;
  await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image]);
  await run("docker", ["push", image]);
  await run("docker", ["image", "rm", image]);
}

/** Registers a task of the image that runs a program. */
async function define(family: string, program: string): Promise<void> {
  const main = {
    name: "main",
    image: `${repository}:burner`,
    command: ["sh", "-c", program],
    portMappings: [{ containerPort: 8080 }],
    stopTimeout: 2,
  };
  await ecs(
    ...["register-task-definition", "--family", family, "--network-mode", "awsvpc"],
    ...["--requires-compatibilities", "FARGATE", "--cpu", "256", "--memory", "512"],
    ...["--execution-role-arn", `arn:aws:iam::${account}:role/execution`],
    ...["--container-definitions", JSON.stringify([main])],
  );
}

async function tasks(): Promise<readonly Task[]> {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ serviceName: "web" }));
  if (taskArns.length === 0) return [];
  return (await client.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
}

async function desired(service = "web"): Promise<number | undefined> {
  const { services } = await client.send(new DescribeServicesCommand({ services: [service] }));
  return services?.[0]?.desiredCount;
}

/** Moves the clock on by a minute. @returns the minute that begins, epoch ms. */
async function minuteLater(): Promise<number> {
  const response = await fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceSeconds: 60 }),
  });
  const { now } = (await response.json()) as { readonly now: string };
  return Math.floor(Date.parse(now) / 60_000) * 60_000;
}

/** Waits until a metric of a minute, or of one soon after, is known: real time passes as well. */
async function measured(
  metric: Pick<GetMetricStatisticsCommandInput, "Namespace" | "MetricName" | "Dimensions">,
  minute: number,
): Promise<void> {
  await expect
    .poll(async () => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          ...{ ...metric, Statistics: ["Sum"], Period: 60 },
          StartTime: new Date(minute),
          EndTime: new Date(minute + 600_000),
        }),
      );
      return Datapoints.length;
    }, patience)
    .toBeGreaterThan(0);
}

const memoryOfWeb = {
  ...{ Namespace: "AWS/ECS", MetricName: "MemoryUtilization" },
  Dimensions: [
    { Name: "ClusterName", Value: "default" },
    { Name: "ServiceName", Value: "web" },
  ],
};

/** Lets minutes pass until the service wants so many tasks; a bounded number of them. */
async function comesTo(count: number, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed++) {
    if ((await desired()) === count) return;
    await measured(memoryOfWeb, await minuteLater());
  }
  await expect.poll(() => desired(), patience).toBe(count);
}

describe.skipIf(reason !== undefined)("a scalable service on the Docker Engine", { timeout: 300_000 }, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", registryNames: "path", ecsHealthyAfter: 1 });
    client = new ECSClient(roadstead.client(account));
    cloudwatch = new CloudWatchClient(roadstead.client(account));
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    mkdirSync(folder, { recursive: true });
    const made = await aws("ecr", "create-repository", "--repository-name", "team/burner");
    repository = made.repository.repositoryUri;
    const password = await run("aws", ["ecr", "get-login-password"]);
    const host = repository.split("/")[0] ?? "";
    await run("docker", ["login", "--username", "AWS", "--password-stdin", host], password);
    await pushBurner();
    const trust = {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    };
    await aws(
      ...["iam", "create-role", "--role-name", "execution", "--assume-role-policy-document"],
      JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    );
    await run("aws", [
      ...["iam", "attach-role-policy", "--role-name", "execution", "--policy-arn"],
      "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    ]);
    await ecs("create-cluster", "--settings", "name=containerInsights,value=enabled");
    // A range that nobody else on this engine is likely to have: else the host could not reach the tasks.
    const [x = 0, y = 0] = randomBytes(2);
    const range = `10.${x}.${y}.0/24`;
    const { Vpc } = await aws("ec2", "create-vpc", "--cidr-block", range);
    vpc = Vpc.VpcId;
    for (const [zone, half] of [
      ["us-east-1a", `10.${x}.${y}.0/25`],
      ["us-east-1b", `10.${x}.${y}.128/25`],
    ] as const) {
      const { Subnet } = await aws(
        ...["ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", half, "--availability-zone", zone],
      );
      subnets.push(Subnet.SubnetId);
    }
    await define(
      "web",
      "trap 'exit 0' TERM; httpd -p 8080 -h /w; while [ ! -e /tmp/calm ]; do :; done; sleep 100000 & wait",
    );
    await define("shop", "trap 'exit 0' TERM; httpd -p 8080 -h /w; sleep 100000 & wait");
    await ecs(
      ...["create-service", "--service-name", "web", "--task-definition", "web", "--desired-count", "1"],
      ...["--launch-type", "FARGATE"],
      ...["--network-configuration", `awsvpcConfiguration={subnets=[${subnets[0]}]}`],
    );
    await run("aws", ["ecs", "wait", "services-stable", "--services", "web"]);
  }, 180_000);

  afterAll(async () => {
    if (roadstead !== undefined) {
      for (const service of ["web", "shop"]) {
        await scaling("deregister-scalable-target", ...resourceOf(service)).catch(() => undefined);
        await ecs("delete-service", "--force", "--service", service).catch(() => undefined);
      }
      if (balancer !== undefined) await aws("elbv2", "delete-load-balancer", "--load-balancer-arn", balancer);
      await eventually(30, async () => (await left()) === "");
      const name = repository.replace(/^[^/]*/, `127.0.0.1:${roadstead.port}`);
      const ids = await command("docker", ["images", "--quiet", "--no-trunc", name]);
      const images = [...new Set(ids.stdout.split("\n").filter((id) => id !== ""))];
      if (images.length > 0) await command("docker", ["image", "rm", "--force", ...images]);
      client.destroy();
      cloudwatch.destroy();
      await roadstead.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  /** What is ours on the engine. */
  async function left(): Promise<string> {
    const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
    const label = `label=roadstead.installation=${installation}`;
    return (
      (await run("docker", ["ps", "--all", "--quiet", "--filter", label])) +
      (await run("docker", ["network", "ls", "--quiet", "--filter", label]))
    );
  }

  test("load raises its count by the alarm, and calm lowers it again", async () => {
    await scaling("register-scalable-target", ...resource, "--min-capacity", "1", "--max-capacity", "2");
    const tracking = {
      TargetValue: 20,
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      ScaleOutCooldown: 60,
      ScaleInCooldown: 60,
    };
    const { Alarms } = await scaling(
      ...["put-scaling-policy", ...resource, "--policy-name", "cpu"],
      ...["--policy-type", "TargetTrackingScaling"],
      ...["--target-tracking-scaling-policy-configuration", JSON.stringify(tracking)],
    );
    expect(Alarms).toHaveLength(2);

    await comesTo(2, 8);
    await run("aws", ["ecs", "wait", "services-stable", "--services", "web"]);

    for (const { containers } of await tasks()) {
      const address = containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
      const url = `http://${address}:8080/cgi-bin/calm`;
      expect(await run("curl", ["-sS", "--max-time", "5", "--retry", "5", "--retry-all-errors", url])).toBe(
        "calm\n",
      );
    }
    await comesTo(1, 24);

    const { ScalingActivities } = await scaling("describe-scaling-activities", ...resource);
    expect(ScalingActivities).toMatchObject([
      {
        Description: "Setting desired count to 1.",
        Cause: `monitor alarm ${Alarms[1].AlarmName} in state ALARM triggered policy cpu`,
      },
      {
        Description: "Setting desired count to 2.",
        Cause: `monitor alarm ${Alarms[0].AlarmName} in state ALARM triggered policy cpu`,
        StatusCode: "Successful",
      },
    ]);
    const { Events } = await aws(
      ...["cloudtrail", "lookup-events", "--lookup-attributes"],
      "AttributeKey=EventName,AttributeValue=UpdateService",
    );
    expect(JSON.parse(Events[0].CloudTrailEvent).userIdentity).toMatchObject({
      type: "AssumedRole",
      arn: `arn:aws:sts::${account}:assumed-role/AWSServiceRoleForApplicationAutoScaling_ECSService/ApplicationAutoScaling`,
      invokedBy: "ecs.application-autoscaling.amazonaws.com",
    });
    const insights = await aws("cloudwatch", "list-metrics", "--namespace", "ECS/ContainerInsights");
    const names = new Set(insights.Metrics.map(({ MetricName }: { MetricName: string }) => MetricName));
    for (const name of [
      "CpuUtilized",
      "MemoryUtilized",
      "NetworkRxBytes",
      "RunningTaskCount",
      "DesiredTaskCount",
    ])
      expect(names).toContain(name);
  });

  test("requests through a load balancer raise the count of the service behind it", async () => {
    const { LoadBalancers } = await aws(
      ...["elbv2", "create-load-balancer", "--scheme", "internal", "--name", "shop", "--subnets", ...subnets],
    );
    const arn: string = LoadBalancers[0].LoadBalancerArn;
    balancer = arn;
    const { TargetGroups } = await aws(
      ...["elbv2", "create-target-group", "--name", "shop", "--protocol", "HTTP", "--port", "8080"],
      ...["--vpc-id", vpc, "--target-type", "ip", "--health-check-path", "/index.html"],
      ...["--health-check-interval-seconds", "5", "--health-check-timeout-seconds", "4"],
      ...["--healthy-threshold-count", "2"],
    );
    const group: string = TargetGroups[0].TargetGroupArn;
    await aws(
      ...["elbv2", "create-listener", "--load-balancer-arn", arn, "--protocol", "HTTP", "--port", "18080"],
      ...["--default-actions", JSON.stringify([{ Type: "forward", TargetGroupArn: group }])],
    );
    await ecs(
      ...["create-service", "--service-name", "shop", "--task-definition", "shop", "--desired-count", "1"],
      ...["--launch-type", "FARGATE"],
      ...["--network-configuration", `awsvpcConfiguration={subnets=[${subnets.join(",")}]}`],
      ...["--load-balancers", `targetGroupArn=${group},containerName=main,containerPort=8080`],
    );
    await run("aws", ["ecs", "wait", "services-stable", "--services", "shop"]);
    const loadBalancer = arn.split(":loadbalancer/")[1] ?? "";
    const targetGroup = group.split(":").at(-1) ?? "";
    await run("aws", [
      ...["application-autoscaling", "register-scalable-target", ...resourceOf("shop")],
      ...["--min-capacity", "1", "--max-capacity", "2"],
    ]);
    const tracking = {
      TargetValue: 5,
      PredefinedMetricSpecification: {
        PredefinedMetricType: "ALBRequestCountPerTarget",
        ResourceLabel: `${loadBalancer}/${targetGroup}`,
      },
    };
    await scaling(
      ...["put-scaling-policy", ...resourceOf("shop"), "--policy-name", "requests"],
      ...["--policy-type", "TargetTrackingScaling"],
      ...["--target-tracking-scaling-policy-configuration", JSON.stringify(tracking)],
    );
    const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const { address, port } = listeners.find(
      (one: { loadBalancerArn: string }) => one.loadBalancerArn === arn,
    ).host;
    const perTarget = {
      ...{ Namespace: "AWS/ApplicationELB", MetricName: "RequestCountPerTarget" },
      Dimensions: [
        { Name: "LoadBalancer", Value: loadBalancer },
        { Name: "TargetGroup", Value: targetGroup },
      ],
    };
    const url = `http://${address}:${port}/index.html`;
    for (let passed = 0; passed < 8 && (await desired("shop")) === 1; passed++) {
      const minute = await minuteLater();
      for (let asked = 0; asked < 12; asked++) expect((await fetch(url)).status).toBe(200);
      await measured(perTarget, minute);
    }
    await minuteLater();
    await expect.poll(() => desired("shop"), patience).toBe(2);
  });
});
