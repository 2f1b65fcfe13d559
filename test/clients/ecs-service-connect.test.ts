import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateServiceCommand as CreateCloudMapServiceCommand,
  CreatePrivateDnsNamespaceCommand,
  GetOperationCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox, importBusybox } from "../../src/runtime/task-engine.testing.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Services that call each other by name, on a real Docker Engine: by Service Connect, and by DNS. */

const account = "444444444466";
const reason = dockerMissing ?? missing("docker", "version");
const patience = { timeout: 60_000, interval: 250 };

describe.skipIf(reason !== undefined)("services on a real engine", { timeout: 150_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;
  let ecs: ECSClient;
  let cloudMap: ServiceDiscoveryClient;
  let logs: CloudWatchLogsClient;
  let image: string;
  let subnet: string;
  let vpc: string;

  async function docker(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await command("docker", args, {
      env: { ...process.env, HOME: folder },
      input,
    });
    expect(code, stderr).toBe(0);
    return stdout;
  }

  beforeAll(async () => {
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    roadstead = await testRoadstead({
      ecsRuntime: "docker",
      registryNames: "path",
      dataDir: join(folder, "data"),
      ecsHealthyAfter: 0,
    });
    const settings = roadstead.client(account);
    ecs = new ECSClient(settings);
    logs = new CloudWatchLogsClient(settings);
    cloudMap = new ServiceDiscoveryClient({ ...settings, disableHostPrefix: true });
    const ecr = new ECRClient(settings);
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "busybox" }));
    image = `${repository?.repositoryUri}:v1`;
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
    await importBusybox(connectToDocker());
    await docker(
      ["login", "--username", "AWS", "--password-stdin", image.split("/")[0] ?? ""],
      token.slice("AWS:".length),
    );
    await docker(["tag", busybox, image]);
    await docker(["push", image]);
    await docker(["image", "rm", image]);
    const ec2 = new EC2Client(settings);
    vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.77.0.0/16" }))).Vpc?.VpcId ?? "";
    const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.77.1.0/24" }));
    subnet = made.Subnet?.SubnetId ?? "";
    const iam = new IAMClient(settings);
    const policy = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    await iam.send(
      new CreateRoleCommand({
        RoleName: "execution",
        AssumeRolePolicyDocument: policy({
          Principal: { Service: "ecs-tasks.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "execution",
        PolicyName: "p",
        PolicyDocument: policy({ Action: ["ecr:*", "logs:*"], Resource: "*" }),
      }),
    );
    await iam.send(
      new CreateRoleCommand({
        RoleName: "tls",
        AssumeRolePolicyDocument: policy({
          Principal: { Service: "ecs.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: "tls",
        PolicyArn:
          "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
      }),
    );
    await ecs.send(new CreateClusterCommand({}));
    await define("server", "mkdir /w; hostname > /w/index.html; httpd -p 8080 -h /w;");
    await define("client", "");
    for (const client of [ecr, ec2, iam]) client.destroy();
  }, 120_000);

  afterAll(async () => {
    for (const service of ["server", "client", "late", "named"])
      await ecs?.send(new DeleteServiceCommand({ service, force: true })).catch(() => {});
    // What is left of a task goes before it is STOPPED.
    if (ecs !== undefined)
      await vi.waitFor(async () => {
        expect(await tasks()).toEqual([]);
        for (const { lastStatus } of await tasks(undefined, "STOPPED")) expect(lastStatus).toBe("STOPPED");
      }, patience);
    ecs?.destroy();
    cloudMap?.destroy();
    logs?.destroy();
    await roadstead?.stop();
    if (image !== undefined) await command("docker", ["image", "rm", image], {});
    rmSync(folder, { recursive: true, force: true });
    connectToDocker().close();
  }, 90_000);

  async function define(family: string, script: string): Promise<void> {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        executionRoleArn: `arn:aws:iam::${account}:role/execution`,
        containerDefinitions: [
          {
            name: "main",
            image,
            command: ["sh", "-c", `trap 'exit 0' TERM; ${script} sleep 100000 & wait`],
            stopTimeout: 2,
            portMappings: [{ name: "http", containerPort: 8080, appProtocol: "http" }],
          },
        ],
      }),
    );
  }

  const create = (serviceName: string, more: Partial<CreateServiceCommandInput>) =>
    ecs.send(
      new CreateServiceCommand({
        serviceName,
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
        ...more,
      }),
    );

  async function tasks(
    serviceName?: string,
    desiredStatus?: "RUNNING" | "STOPPED",
  ): Promise<readonly Task[]> {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName, desiredStatus }));
    if (taskArns.length === 0) return [];
    return (await ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
  }

  /** Waits until so many tasks of a service run. */
  async function running(service: string, count: number): Promise<readonly Task[]> {
    const up = async () => (await tasks(service)).filter(({ lastStatus }) => lastStatus === "RUNNING");
    await expect.poll(async () => (await up()).length, patience).toBe(count);
    return up();
  }

  /** Runs a command in a task's container. @returns what it said, and how it ended. */
  async function inside(task: Task | undefined, ...words: readonly string[]) {
    const id = task?.containers?.[0]?.runtimeId ?? "";
    const { code, stdout, stderr } = await command("docker", ["exec", id, ...words], { env: process.env });
    return { code, said: stdout.trim(), stderr };
  }

  const web = {
    enabled: true,
    namespace: "shop",
    services: [
      {
        ...{ portName: "http", discoveryName: "web", clientAliases: [{ port: 8080, dnsName: "web" }] },
        tls: {
          roleArn: `arn:aws:iam::${account}:role/tls`,
          issuerCertificateAuthority: {
            awsPcaAuthorityArn: `arn:aws:acm-pca:us-east-1:${account}:certificate-authority/00000000-0000-0000-0000-000000000000`,
          },
        },
      },
    ],
  };
  /** The proxies write of each request. */
  const logged = {
    logConfiguration: {
      logDriver: "awslogs" as const,
      options: {
        ...{ "awslogs-group": "proxies", "awslogs-region": "us-east-1", "awslogs-create-group": "true" },
        "awslogs-stream-prefix": "p",
      },
    },
    accessLogConfiguration: { format: "TEXT" as const },
  };

  test("a name of Service Connect leads to every task behind it, from tasks that take part and no others", async () => {
    await create("server", {
      taskDefinition: "server",
      desiredCount: 2,
      serviceConnectConfiguration: { ...web, ...logged },
    });
    const servers = await running("server", 2);
    const member = { enabled: true, namespace: "shop", ...logged };
    await create("client", { taskDefinition: "client", serviceConnectConfiguration: member });
    await create("late", { taskDefinition: "client" });
    const [[client], [stranger]] = await Promise.all([running("client", 1), running("late", 1)]);
    await expect
      .poll(async () => (await inside(client, "wget", "-qO-", "http://web:8080/")).code, patience)
      .toBe(0);
    const said = new Set<string>();
    await expect
      .poll(async () => {
        said.add((await inside(client, "wget", "-qO-", "http://web:8080/")).said);
        return said.size;
      }, patience)
      .toBe(2);
    expect((await inside(client, "wget", "-qO-", "http://web:8080/nothing")).stderr).toContain("404");
    expect((await inside(stranger, "wget", "-qO-", "http://web:8080/")).code).not.toBe(0);

    // What others find at the port is TLS: the application is behind its proxy.
    const address = servers[0]?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    expect((await inside(stranger, "wget", "-qO-", `http://${address}:8080/`)).code).not.toBe(0);
    expect((await inside(servers[0], "wget", "-qO-", "http://127.0.0.1:8080/")).code).toBe(0);
    // Both proxies have told of it: the one of the client, and those of the servers.
    const streams = async (filterPattern: string) => {
      const { events = [] } = await logs.send(
        new FilterLogEventsCommand({ logGroupName: "proxies", filterPattern }),
      );
      return new Set(events.map(({ logStreamName }) => logStreamName));
    };
    await expect.poll(async () => (await streams('"GET / HTTP/1.1"')).size, patience).toBe(3);
    expect([...(await streams('"GET /nothing HTTP/1.1" 404'))][0]).toMatch(/^p\/ecs-service-connect-/);

    // One goes: nobody who calls meanwhile is turned away.
    await ecs.send(new StopTaskCommand({ task: servers[0]?.taskArn }));
    const calls: number[] = [];
    for (let i = 0; i < 20; i++)
      calls.push((await inside(client, "wget", "-qO-", "http://web:8080/")).code ?? 1);
    expect(calls).toEqual(calls.map(() => 0));

    // What takes part from the next deployment on, sees it from then on.
    await ecs.send(new UpdateServiceCommand({ service: "late", serviceConnectConfiguration: member }));
    await expect
      .poll(async () => {
        const [task] = (await tasks("late")).filter(({ lastStatus }) => lastStatus === "RUNNING").slice(-1);
        return (await inside(task, "wget", "-qO-", "http://web:8080/")).code;
      }, patience)
      .toBe(0);
  });

  test("a name of Cloud Map is answered by DNS inside of its VPC", async () => {
    const { OperationId } = await cloudMap.send(
      new CreatePrivateDnsNamespaceCommand({ Name: "shop.local", Vpc: vpc }),
    );
    const operation = async () => (await cloudMap.send(new GetOperationCommand({ OperationId }))).Operation;
    await expect.poll(async () => (await operation())?.Status, patience).toBe("SUCCESS");
    const { Service } = await cloudMap.send(
      new CreateCloudMapServiceCommand({
        Name: "web",
        NamespaceId: (await operation())?.Targets?.NAMESPACE,
        DnsConfig: { DnsRecords: [{ Type: "A", TTL: 1 }] },
        HealthCheckCustomConfig: {},
      }),
    );
    await create("named", {
      taskDefinition: "server",
      serviceRegistries: [{ registryArn: Service?.Arn }],
    });
    const [task] = await running("named", 1);
    const address = task?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "none";
    await expect
      .poll(async () => (await inside(task, "nslookup", "-type=a", "web.shop.local")).said, patience)
      .toContain(address);
  });
});
