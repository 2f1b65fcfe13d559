import { randomInt } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { findProgram } from "../support/daemon.ts";
import { removePulledImages } from "../support/engine-images.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { rowCounts } from "../support/row-counts.ts";
import { terraformExample } from "../support/terraform.ts";

/**
 * The stack of examples/terraform-production on a real Docker Engine, from `apply` to `destroy`: traffic flows, load scales
 * it, a bad deployment rolls back, and nothing is left.
 */

const account = "585858585858";
const region = "eu-west-1";
const example = terraformExample("terraform-production", account);
const busybox = findProgram("busybox");
const reason =
  example.unavailable ??
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
/** One that nobody else on this engine is likely to have: else the host could not reach the tasks. */
const range = `10.${randomInt(64, 256)}.0.0/16`;
const patience = { timeout: 60_000, interval: 250 };
const web = { cluster: "production", service: "web" };

/** What is still there a day after the stack is gone, and why: tables by their beginning. */
const stays: readonly (readonly [tables: RegExp, why: string])[] = [
  [/^(?:audit|last_used|policy_epoch)/, "who did what, who used what last, and how often policies changed"],
  [/^role_lock/, "a row to wait on for each service-linked role"],
  [/^iam_/, "the service-linked roles, which the next stack of the account needs again"],
  [
    /^(?:ec2_|acm_authority)/,
    "what a region is furnished with at its first use: its own network, its authority",
  ],
  [/^kms_/, "the key that Secrets Manager made for the account"],
  [/^ecr_registry/, "the registry's settings, empty"],
  [/^job$/, "what comes by the clock: keys that turn, metrics, the collector"],
  [/^ecs_(?:task_definition|tag)/, "inactive definitions, until DeleteTaskDefinitions, with their tags"],
  [/^ecs_cluster$/, "the cluster as INACTIVE, until a cluster is deleted a day later"],
  [/^(?:cloudwatch|events|logs)_/, "what was measured, told and written, for as long as that is kept"],
  [/^cloudformation_/, "the stack that is deleted, which can be described by its id for 90 days"],
  [/^(?:route53_change|servicediscovery_operation)/, "what was asked of names, and what came of it"],
  [/^application_autoscaling_activity/, "what was scaled, for six weeks"],
];

afterAll(() => example.remove());

describe.skipIf(reason !== undefined)("a production stack", { timeout: 600_000 }, () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let roadstead: TestRoadstead;
  let ecs: ECSClient;
  let scaling: ApplicationAutoScalingClient;
  let cloudwatch: CloudWatchClient;
  let folder: string;
  let image: string;
  let rowsBefore: ReadonlyMap<string, number>;

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker" });
    const settings = roadstead.client(account, region);
    ecs = new ECSClient(settings);
    scaling = new ApplicationAutoScalingClient(settings);
    cloudwatch = new CloudWatchClient(settings);
    folder = mkdtempSync(join(tmpdir(), "roadstead-production-"));
    image = await pushed();
    rowsBefore = rowCounts(roadstead.dataDir);
  }, 120_000);
  afterAll(async () => {
    agent.destroy();
    for (const client of [ecs, scaling, cloudwatch]) client?.destroy();
    if (roadstead !== undefined) await removePulledImages(roadstead.port);
    await roadstead?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function run(file: string, args: readonly string[], input?: string): Promise<string> {
    const env = { ...process.env, ...roadstead.environment(account, region), HOME: folder };
    const { code, stdout, stderr } = await command(file, args, {
      env,
      ...(input !== undefined && { input }),
    });
    expect(code, `${file} ${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout;
  }

  /** Pushes an image of busybox. @returns its URI. */
  async function pushed(): Promise<string> {
    const made = JSON.parse(await run("aws", ["ecr", "create-repository", "--repository-name", "base"]));
    const uri: string = made.repository.repositoryUri;
    const password = await run("aws", ["ecr", "get-login-password"]);
    await run("docker", ["login", "--username", "AWS", "--password-stdin", uri], password);
    const root = join(folder, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    copyFileSync(busybox ?? "", join(root, "bin", "busybox"));
    for (const applet of ["sh", "httpd", "wget", "sleep", "mkdir", "mv"])
      symlinkSync("busybox", join(root, "bin", applet));
    await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
    await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), `${uri}:v1`]);
    await run("docker", ["push", `${uri}:v1`]);
    await run("docker", ["image", "rm", `${uri}:v1`]);
    return `${uri}:v1`;
  }

  const terraform = (action: string, ...args: readonly string[]) =>
    example.run(roadstead.url, action, `-var=image=${image}`, `-var=range=${range}`, ...args);

  /** Where a listener of the load balancer is reached from here. */
  async function place(port: number): Promise<{ address: string; port: number }> {
    const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const found = listeners.find((one: { port: number }) => one.port === port);
    return found.host;
  }

  /** What the secure listener answers: the status when it is not 200. */
  function answer({ address, port }: { address: string; port: number }): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = {
        host: address,
        port,
        agent,
        servername: "web.example.com",
        rejectUnauthorized: false,
      };
      const asked = request(options, (response) => {
        let body = response.statusCode === 200 ? "" : `${response.statusCode} `;
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          body += piece;
        });
        response.on("end", () => resolve(body.trim()));
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  async function service(): Promise<Service | undefined> {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: web.cluster, services: [web.service] }),
    );
    return services?.[0];
  }

  const desired = async () => (await service())?.desiredCount;

  /** One deployment, and as many tasks as there are to be. */
  async function steady(): Promise<void> {
    await expect
      .poll(async () => {
        const { deployments = [], desiredCount, runningCount } = (await service()) ?? {};
        return deployments.length === 1 && desiredCount === runningCount && deployments[0]?.rolloutState;
      }, patience)
      .toBe("COMPLETED");
  }

  /** Moves the clock on. @returns the minute that begins, epoch ms. */
  async function pass(advanceSeconds: number): Promise<number> {
    const response = await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds }),
    });
    const { now } = (await response.json()) as { readonly now: string };
    return Math.floor(Date.parse(now) / 60_000) * 60_000;
  }

  /** A minute with so many requests, all answered, and measured: the processors as well, which a policy looks at too. */
  async function minuteOf(requests: number): Promise<void> {
    const minute = await pass(60);
    const secure = await place(443);
    const answers = await Promise.all(Array.from({ length: requests }, () => answer(secure)));
    expect(new Set(answers)).toEqual(new Set(["connect=hello name=hello"]));
    const metric = {
      ...{ Namespace: "AWS/ECS", MetricName: "CPUUtilization" },
      Dimensions: [
        { Name: "ClusterName", Value: "production" },
        { Name: "ServiceName", Value: "web" },
      ],
    };
    await expect
      .poll(async () => {
        const { Datapoints = [] } = await cloudwatch.send(
          new GetMetricStatisticsCommand({
            ...{ ...metric, Statistics: ["Average"], Period: 60 },
            StartTime: new Date(minute),
            EndTime: new Date(minute + 600_000),
          }),
        );
        return Datapoints.length;
      }, patience)
      .toBeGreaterThan(0);
  }

  /** Minutes of so many requests, until the service is to have so many tasks; a bounded number of them. */
  async function comesTo(count: number, requests: number, minutes: number): Promise<void> {
    for (let passed = 0; passed < minutes && (await desired()) !== count; passed++) await minuteOf(requests);
    await expect.poll(desired, patience).toBe(count);
  }

  test("is applied, and its services talk to each other by Service Connect and by name", async () => {
    const applied = await terraform("apply", "-auto-approve");
    expect(applied.code, applied.text).toBe(0);
    const secure = await place(443);
    await expect.poll(() => answer(secure), patience).toBe("connect=hello name=hello");
    const plain = await place(80);
    const redirected = await fetch(`http://${plain.address}:${plain.port}/x`, { redirect: "manual" });
    expect(redirected.status).toBe(301);
    expect(redirected.headers.get("location")).toMatch(/^https:\/\/[^/]+:443\/x$/);
  });

  test("load scales it out by the alarm of its requests, and calm in again", async () => {
    await comesTo(4, 420, 8);
    await steady();
    await comesTo(2, 4, 30);
    await steady();
    const { ScalingPolicies = [] } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }),
    );
    const alarms = ScalingPolicies.find(({ PolicyName }) => PolicyName === "requests")?.Alarms ?? [];
    const { ScalingActivities } = await scaling.send(
      new DescribeScalingActivitiesCommand({ ServiceNamespace: "ecs" }),
    );
    expect(ScalingActivities?.[0]?.Description).toBe("Setting desired count to 2.");
    expect(ScalingActivities).toContainEqual(
      expect.objectContaining({
        Description: "Setting desired count to 4.",
        Cause: `monitor alarm ${alarms[0]?.AlarmName} in state ALARM triggered policy requests`,
        StatusCode: "Successful",
      }),
    );
  });

  test("a deployment that does not come up is rolled back, and no request fails meanwhile", async () => {
    // A deployment is rolled back only to one that was completed.
    await steady();
    const before = await service();
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: before?.taskDefinition }),
    );
    const { containerDefinitions: [main] = [] } = taskDefinition ?? {};
    const { taskDefinition: bad } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...taskDefinition,
        family: "bad",
        containerDefinitions: [{ ...main, command: ["sh", "-c", "echo no; exit 1"] }],
      }),
    );
    await ecs.send(new UpdateServiceCommand({ ...web, taskDefinition: bad?.taskDefinitionArn }));
    const secure = await place(443);
    const answers = new Set<string>();
    await expect
      .poll(
        async () => {
          answers.add(await answer(secure).catch(String));
          const { deployments = [] } = (await service()) ?? {};
          return [deployments.length, deployments[0]?.rolloutState, deployments[0]?.taskDefinition];
        },
        { timeout: 120_000, interval: 50 },
      )
      .toEqual([1, "COMPLETED", before?.taskDefinition]);
    expect(answers).toEqual(new Set(["connect=hello name=hello"]));
    const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand(web));
    expect(serviceDeployments?.[0]?.status).toBe("ROLLBACK_SUCCESSFUL");
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: bad?.taskDefinitionArn }));
    await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [bad?.taskDefinitionArn ?? ""] }));
  });

  test("then has nothing to change", async () => {
    const plan = await terraform("plan", "-detailed-exitcode");
    expect(plan.code, plan.text).toBe(0);
  });

  test("and is destroyed: no row, no container, no network", async () => {
    const destroyed = await terraform("destroy", "-auto-approve", "-refresh=false");
    expect(destroyed.code, destroyed.text).toBe(0);
    // Stopped tasks and services can be described for a while.
    await pass(25 * 3600);
    await expect
      .poll(() => {
        const rows = rowCounts(roadstead.dataDir);
        return [...rows].flatMap(([table, count]) => {
          const more = count - (rowsBefore.get(table) ?? 0);
          const kept = stays.some(([tables]) => tables.test(table));
          return more <= 0 || kept ? [] : [`${table}: ${more}`];
        });
      }, patience)
      .toEqual([]);
    const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
    const label = `label=roadstead.installation=${installation}`;
    expect(await run("docker", ["ps", "--all", "--quiet", "--filter", label])).toBe("");
    expect(await run("docker", ["network", "ls", "--quiet", "--filter", label])).toBe("");
  });
});
