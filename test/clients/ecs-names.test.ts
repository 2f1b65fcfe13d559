import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateVpcCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox, importBusybox } from "../../src/runtime/task-engine.testing.ts";
import { missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** What names are inside a task, on a real Docker Engine: those of its VPC, over UDP and TCP, also after a restart. */

const account = "333333333333";
const reason = dockerMissing ?? missing("docker", "version");

describe.skipIf(reason !== undefined)("names inside a task", { timeout: 120_000 }, () => {
  const folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
  let roadstead: TestRoadstead;
  let ecs: ECSClient;
  let route53: Route53Client;
  let subnet = "";
  let vpcId = "";
  let web: Task = {};

  async function open(): Promise<void> {
    roadstead = await testRoadstead({
      ecsRuntime: "docker",
      dataDir: join(folder, "data"),
      dnsForwarders: "none",
    });
    ecs = new ECSClient(roadstead.client(account));
    route53 = new Route53Client(roadstead.client(account));
  }

  async function close(): Promise<void> {
    ecs?.destroy();
    route53?.destroy();
    await roadstead?.stop();
  }

  async function start(family: string, script: string): Promise<string> {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        containerDefinitions: [
          { name: "app", image: busybox, command: ["sh", "-c", script], stopTimeout: 2 },
        ],
      }),
    );
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: family,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
      }),
    );
    return tasks[0]?.taskArn ?? "";
  }

  async function until(arn: string, status: string): Promise<Task> {
    let task: Task | undefined;
    await eventually(60, async () => {
      [task] = (await ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks ?? [];
      return task?.lastStatus === status;
    });
    return task ?? {};
  }

  /** The exit code of a script that runs as a task, and why it ended. */
  async function run(family: string, script: string) {
    const { containers = [], stoppedReason } = await until(await start(family, script), "STOPPED");
    return { exitCode: containers[0]?.exitCode, stoppedReason };
  }

  async function zone(Name: string, vpc: string, records: readonly ResourceRecordSet[]): Promise<void> {
    const { HostedZone } = await route53.send(
      new CreateHostedZoneCommand({
        Name,
        CallerReference: `${Name} ${vpc}`,
        VPC: { VPCId: vpc, VPCRegion: "us-east-1" },
      }),
    );
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: { Changes: records.map((set) => ({ Action: "CREATE", ResourceRecordSet: set })) },
      }),
    );
  }

  const addressOf = ({ attachments = [] }: Task): string =>
    attachments[0]?.details?.find(({ name }) => name === "privateIPv4Address")?.value ?? "";

  beforeAll(async () => {
    const engine = connectToDocker();
    await importBusybox(engine);
    engine.close();
    await open();
    const ec2 = new EC2Client(roadstead.client(account));
    const [first] = (await ec2.send(new DescribeSubnetsCommand({}))).Subnets ?? [];
    subnet = first?.SubnetId ?? "";
    vpcId = first?.VpcId ?? "";
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }));
    ec2.destroy();
    await ecs.send(new CreateClusterCommand({}));
    const script =
      "mkdir /tmp/www && echo from the web > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www";
    web = await until(await start("web", script), "RUNNING");
    const record = (Name: string, Value: string): ResourceRecordSet => ({
      Name,
      Type: "A",
      TTL: 5,
      ResourceRecords: [{ Value }],
    });
    const many = Array.from({ length: 60 }, (_, i) => ({ Value: `10.1.2.${i}` }));
    await zone("corp.internal", vpcId, [
      record("web.corp.internal", addressOf(web)),
      { Name: "many.corp.internal", Type: "A", TTL: 5, ResourceRecords: many },
    ]);
    await zone("secret.internal", Vpc?.VpcId ?? "", [record("web.secret.internal", addressOf(web))]);
  }, 120_000);

  afterAll(async () => {
    if (web.taskArn !== undefined) {
      await ecs.send(new StopTaskCommand({ task: web.taskArn }));
      await until(web.taskArn, "STOPPED");
    }
    await close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("lead to the other tasks of its VPC", async () => {
    const script =
      "cat /etc/resolv.conf; wget -q -O - http://web.corp.internal:8080/ | grep -q 'from the web'";
    expect(await run("asks", script)).toMatchObject({ exitCode: 0 });
  });

  test("of another VPC are not there", async () => {
    expect(
      await run("strange", "! nslookup web.secret.internal && nslookup web.corp.internal"),
    ).toMatchObject({
      exitCode: 0,
    });
  });

  test("are those of the VPC's own addresses and of Roadstead", async () => {
    const name = `ip-${addressOf(web).replaceAll(".", "-")}.ec2.internal`;
    const script = `wget -q -O - http://${name}:8080/ | grep -q web && nslookup api.roadstead.internal | grep -q 169.254.170.2`;
    expect(await run("own", script)).toMatchObject({ exitCode: 0 });
  });

  test("are answered again after a restart, for tasks that ran on", async () => {
    const waiting = await until(
      await start("waits", "until nslookup later.corp.internal; do sleep 1; done"),
      "RUNNING",
    );
    await close();
    await open();
    await zone("later.corp.internal", vpcId, [
      { Name: "later.corp.internal", Type: "A", TTL: 5, ResourceRecords: [{ Value: "10.0.0.9" }] },
    ]);
    const { containers } = await until(waiting.taskArn ?? "", "STOPPED");
    expect(containers?.[0]?.exitCode).toBe(0);
  });
});
