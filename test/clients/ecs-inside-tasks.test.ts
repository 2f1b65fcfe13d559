import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  type LogConfiguration,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox } from "../../src/runtime/task-engine.testing.ts";
import { command, missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * What a container of a task finds around it, on a real Docker Engine: secrets, files of variables, credentials and
 * metadata, the AWS APIs, and its words in the log. All of it with the task's two roles and nothing else.
 */

const account = "444444444444";
const nodeImage = "roadstead-test/node:1";
/** An image of this Node.js and what it is linked with. */
const importNode = `d=$(mktemp -d) && mkdir -p $d/usr/bin $d/var/run $d/fluent-bit/etc && cp "${process.execPath}" $d/usr/bin/node &&
for f in $(ldd "${process.execPath}" | grep -o '/[^ ]*'); do mkdir -p $d$(dirname $f) && cp -L $f $d$f; done &&
tar -C $d -cf - . | docker import - ${nodeImage} && rm -rf $d`;
const reason = dockerMissing ?? missing("docker", "version");

describe.skipIf(reason !== undefined)("inside a task", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;
  let ecs: ECSClient;
  let logs: CloudWatchLogsClient;
  let image: string;
  let subnet: string;
  let secretArn: string;

  const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

  async function open(): Promise<void> {
    roadstead = await testRoadstead({
      ecsRuntime: "docker",
      registryNames: "path",
      dataDir: join(folder, "data"),
      bucketFolders: [`settings=${join(folder, "bucket")}`],
    });
    const settings = roadstead.client(account);
    ecs = new ECSClient(settings);
    logs = new CloudWatchLogsClient(settings);
  }

  async function close(): Promise<void> {
    ecs?.destroy();
    logs?.destroy();
    await roadstead?.stop();
  }

  async function reopen(): Promise<void> {
    await close();
    await open();
  }

  /** A role that tasks may take, and what it may do. */
  async function makeRole(name: string, actions: readonly string[]): Promise<void> {
    const iam = new IAMClient(roadstead.client(account));
    const policy = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const trust = {
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { ArnLike: { "aws:SourceArn": `arn:aws:ecs:us-east-1:${account}:*` } },
    };
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policy(trust) }));
    const PolicyDocument = policy({ Action: actions, Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument }));
    iam.destroy();
  }

  const awslogs = (family: string): LogConfiguration => ({
    logDriver: "awslogs",
    options: {
      "awslogs-group": "/inside",
      "awslogs-region": "us-east-1",
      "awslogs-stream-prefix": family,
      "awslogs-create-group": "true",
    },
  });

  /** Starts a script as a task. */
  async function start(
    family: string,
    script: string,
    over: Partial<ContainerDefinition> = {},
    executionRole = "execution",
    others: readonly ContainerDefinition[] = [],
  ): Promise<string> {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        taskRoleArn: role("app"),
        executionRoleArn: role(executionRole),
        containerDefinitions: [
          {
            name: "app",
            image,
            command: ["sh", "-c", script],
            logConfiguration: awslogs(family),
            ...over,
          },
          ...others,
        ],
      }),
    );
    const { tasks = [], failures } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: family,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
      }),
    );
    expect(failures).toEqual([]);
    return tasks[0]?.taskArn ?? "";
  }

  async function stopped(arn: string): Promise<Task> {
    let task: Task | undefined;
    await eventually(60, async () => {
      [task] = (await ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks ?? [];
      return task?.lastStatus === "STOPPED";
    });
    return task ?? {};
  }

  /** Runs a script as a task to its end. */
  const run = async (...how: Parameters<typeof start>) => stopped(await start(...how));

  /** What a container of a family's tasks has said. */
  async function said(family: string, container = "app"): Promise<readonly string[]> {
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: "/inside",
        logStreamNamePrefix: `${family}/${container}/`,
      }),
    );
    return events.map(({ message = "" }) => message);
  }

  /** Lines `NAME=value` by their names. */
  const valuesOf = (lines: readonly string[]) =>
    Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));

  beforeAll(async () => {
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    mkdirSync(join(folder, "bucket"), { recursive: true });
    writeFileSync(join(folder, "bucket", "app.env"), "# variables\nFROM_FILE=file value\nPLAIN=from file\n");
    await open();
    const settings = roadstead.client(account);
    const ecr = new ECRClient(settings);
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "busybox" }));
    image = `${repository?.repositoryUri}:v1`;
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
    const docker = async (args: readonly string[], input?: string) => {
      const env = { ...process.env, HOME: folder };
      const { code, stderr } = await command("docker", args, { env, input });
      expect(code, stderr).toBe(0);
    };
    await docker(
      ["login", "--username", "AWS", "--password-stdin", image.split("/")[0] ?? ""],
      token.slice("AWS:".length),
    );
    await docker(["tag", busybox, image]);
    await docker(["push", image]);
    await docker(["image", "rm", image]);
    const imported = await command("sh", ["-c", importNode]);
    expect(imported.code, imported.stderr).toBe(0);

    const secrets = new SecretsManagerClient(settings);
    const made = await secrets.send(
      new CreateSecretCommand({ Name: "db", SecretString: '{"user":"ann","password":"geheim"}' }),
    );
    secretArn = made.ARN ?? "";
    const ssm = new SSMClient(settings);
    await ssm.send(
      new PutParameterCommand({ Name: "/my/param", Value: "parameter value", Type: "SecureString" }),
    );
    const ec2 = new EC2Client(settings);
    subnet = (await ec2.send(new DescribeSubnetsCommand({}))).Subnets?.[0]?.SubnetId ?? "";
    await ecs.send(new CreateClusterCommand({}));
    await makeRole("execution", [
      ...["ecr:*", "logs:*", "secretsmanager:GetSecretValue", "ssm:GetParameters", "s3:GetObject"],
    ]);
    await makeRole("poor", ["ecr:*", "logs:*"]);
    await makeRole("app", ["ecs:GetTaskProtection"]);
    for (const client of [ecr, secrets, ssm, ec2]) client.destroy();
  }, 120_000);

  afterAll(async () => {
    await close();
    for (const made of [image, nodeImage]) {
      if (made !== undefined) await command("docker", ["image", "rm", made], {});
    }
    rmSync(folder, { recursive: true, force: true });
    connectToDocker().close();
  });

  test("secrets and files of variables are there, and what the definition says comes first", async () => {
    const task = await run("secrets", "env; printf 'no newline at the end'", {
      environment: [{ name: "PLAIN", value: "from the definition" }],
      environmentFiles: [{ type: "s3", value: "arn:aws:s3:::settings/app.env" }],
      secrets: [
        { name: "PASSWORD", valueFrom: `${secretArn}:password::` },
        { name: "PARAM", valueFrom: "/my/param" },
      ],
    });
    expect(task).toMatchObject({ stopCode: "EssentialContainerExited", containers: [{ exitCode: 0 }] });
    const lines = await said("secrets");
    expect(lines.at(-1)).toBe("no newline at the end");
    expect(valuesOf(lines)).toMatchObject({
      PASSWORD: "geheim",
      PARAM: "parameter value",
      FROM_FILE: "file value",
      PLAIN: "from the definition",
      AWS_REGION: "us-east-1",
      AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    });
  });

  test("credentials are the task role's, metadata is the task's own", async () => {
    const task = await run(
      "around",
      [
        // A container may ask before the engine has said that it runs.
        "until wget -qO- $ECS_CONTAINER_METADATA_URI_V4 | grep -q RUNNING.*KnownStatus.:.RUNNING; do sleep 0.1; done",
        'echo "CREDENTIALS=$(wget -qO- http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)"',
        'echo "CONTAINER=$(wget -qO- $ECS_CONTAINER_METADATA_URI_V4)"',
        'echo "TASK=$(wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task)"',
        'echo "STATS=$(wget -qO- $ECS_CONTAINER_METADATA_URI_V4/stats)"',
        'echo "PROTECTION=$(wget -qO- $ECS_AGENT_URI/task-protection/v1/state)"',
        'echo "STRANGER=$(wget -qO- http://169.254.170.2/v2/credentials/stranger 2>&1)"',
        'echo "ADMIN=$(wget -qO- $AWS_ENDPOINT_URL/_roadstead/health 2>&1)"',
      ].join("; "),
    );
    const found = valuesOf(await said("around"));
    const credentials = JSON.parse(found.CREDENTIALS ?? "") as Record<string, string>;
    expect(credentials).toEqual({
      RoleArn: role("app"),
      AccessKeyId: expect.stringMatching(/^ASIA/),
      SecretAccessKey: expect.any(String),
      Token: expect.any(String),
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
    });
    const sts = new STSClient({
      ...roadstead.client(account),
      credentials: {
        accessKeyId: credentials.AccessKeyId ?? "",
        secretAccessKey: credentials.SecretAccessKey ?? "",
        sessionToken: credentials.Token ?? "",
      },
    });
    const id = task.taskArn?.split("/").at(-1);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${account}:assumed-role/app/${id}`,
    );
    sts.destroy();

    const address = task.attachments?.[0]?.details?.find(({ name }) => name === "privateIPv4Address")?.value;
    expect(JSON.parse(found.CONTAINER ?? "")).toMatchObject({
      Name: "app",
      KnownStatus: "RUNNING",
      Labels: { "com.amazonaws.ecs.task-arn": task.taskArn },
      Networks: [{ NetworkMode: "awsvpc", IPv4Addresses: [address] }],
    });
    expect(JSON.parse(found.TASK ?? "")).toMatchObject({
      TaskARN: task.taskArn,
      Family: "around",
      LaunchType: "FARGATE",
      Limits: { CPU: 0.25, Memory: 512 },
    });
    expect(JSON.parse(found.STATS ?? "")).toHaveProperty("memory_stats");
    // ECS answers with what it has against a task that belongs to no service.
    expect(JSON.parse(found.PROTECTION ?? "")).toMatchObject({ failure: { Reason: "TASK_NOT_VALID" } });
    expect(found.STRANGER).toContain("400 Bad Request");
    expect(found.ADMIN).toContain("403 Forbidden");
  });

  test("a restart in the middle loses no line and doubles none, and the endpoint answers again", async () => {
    const arn = await start(
      "restart",
      [
        "i=0; while [ $i -lt 80 ]; do echo LINE $i; i=$((i+1)); sleep 0.1; done",
        'echo "CREDENTIALS=$(wget -qO- http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)"',
      ].join("; "),
    );
    await eventually(30, async () => {
      const lines = await said("restart").catch(() => []);
      return lines.length > 10;
    });
    await reopen();
    expect(await stopped(arn)).toMatchObject({ containers: [{ exitCode: 0 }] });
    const lines = await said("restart");
    expect(lines.slice(0, 80)).toEqual(Array.from({ length: 80 }, (_, i) => `LINE ${i}`));
    expect(JSON.parse(valuesOf(lines).CREDENTIALS ?? "")).toMatchObject({ RoleArn: role("app") });
    expect(lines).toHaveLength(81);
  });

  test("output goes to the task's own log router, which runs first and ends last", async () => {
    const script = [
      'const { createServer } = require("node:net");',
      'const show = (bytes) => console.log(bytes.toString("latin1").replace(/[^ -~]+/g, " "));',
      'createServer((socket) => socket.on("data", show)).listen("/var/run/fluent.sock");',
      'const read = () => require("node:fs").readFileSync("/fluent-bit/etc/fluent-bit.conf", "utf8");',
      'for (const line of read().split("\\n")) if (line.includes("Match")) console.log(line.trim());',
      'process.on("SIGTERM", () => process.exit(0));',
    ].join(" ");
    const task = await stopped(
      await start(
        "routed",
        "echo hello router; sleep 1; echo the last line",
        { logConfiguration: { logDriver: "awsfirelens", options: { Name: "null" } } },
        "execution",
        [
          {
            name: "router",
            image: nodeImage,
            command: ["/usr/bin/node", "-e", script],
            firelensConfiguration: { type: "fluentbit" },
            logConfiguration: awslogs("routed"),
          },
        ],
      ),
    );
    expect(task.containers?.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ["app", 0],
      ["router", 0],
    ]);
    const lines = (await said("routed", "router")).join("\n");
    const id = task.taskArn?.split("/").at(-1);
    expect(lines).toContain("Match app-firelens*");
    expect(lines).toMatch(new RegExp(`app-firelens-${id}.*hello router`, "s"));
    expect(lines).toContain("the last line");
  });

  test.each([
    [
      "no-secret",
      { secrets: [{ name: "A", valueFrom: "/my/param" }] },
      "poor",
      /^ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time\(s\): operation error SSM: GetParameters, .* AccessDeniedException: User: arn:aws:sts::444444444444:assumed-role\/poor\/[0-9a-f]{32} is not authorized to perform: ssm:GetParameters/,
    ],
    [
      "no-file",
      { environmentFiles: [{ type: "s3" as const, value: "arn:aws:s3:::settings/app.env" }] },
      "poor",
      /^ResourceInitializationError: failed to download env files: .* is not authorized to perform: s3:GetObject/,
    ],
    [
      "no-object",
      { environmentFiles: [{ type: "s3" as const, value: "arn:aws:s3:::settings/../other.env" }] },
      "execution",
      /^ResourceInitializationError: failed to download env files: .* NoSuchKey/,
    ],
    [
      "no-group",
      {
        logConfiguration: {
          logDriver: "awslogs" as const,
          options: {
            "awslogs-group": "/nowhere",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "p",
          },
        },
      },
      "execution",
      /^ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: .* ResourceNotFoundException: The specified log group does not exist\. : exit status 1$/,
    ],
  ])("%s ends the task in AWS's words", async (family, over, executionRole, words) => {
    const task = await run(family, "true", over, executionRole);
    expect(task).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringMatching(words),
    });
  });
});
