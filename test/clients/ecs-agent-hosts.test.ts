import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { SSMClient, StartSessionCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/daemon.ts";
import { amazonsAgent, type HostProcess, startHostAgent } from "../support/host-agent.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noSecondHost, type SecondHost, secondHost } from "../support/second-host.ts";
import { SessionClient } from "../support/session-client.ts";

/**
 * Tasks on another host: a Docker Engine in a network namespace, whose agent joins over the wire. The agent is
 * `roadstead agent`, or the Amazon ECS agent that ROADSTEAD_ECS_AGENT names, which must pass the same.
 */

const account = "000000000000";
const reason = noSecondHost();
if (reason !== undefined) process.stderr.write(`SKIPPED: ${reason}\n`);
const patience = { timeout: 60_000, interval: 200 };

let roadstead: TestRoadstead;
let host: SecondHost;
let agent: HostProcess;
let ecs: ECSClient;
let logs: CloudWatchLogsClient;

async function startAgent(): Promise<void> {
  const endpoint = `http://${host.gateway}:${roadstead.port}`;
  agent = await startHostAgent(host, { endpoint, external: account, attributes: { rack: "r2" } });
}

async function instance() {
  const { containerInstanceArns = [] } = await ecs.send(new ListContainerInstancesCommand({}));
  if (containerInstanceArns.length === 0) return undefined;
  const { containerInstances } = await ecs.send(
    new DescribeContainerInstancesCommand({ containerInstances: containerInstanceArns }),
  );
  return containerInstances?.[0];
}

async function connected(): Promise<void> {
  const there = await eventually(60, async () => (await instance())?.agentConnected === true);
  if (!there) throw new Error(`the agent does not connect: ${agent.said().slice(-2000)}`);
}

async function run(family: string, script: string, more: Partial<ContainerDefinition> = {}) {
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: "bridge",
      requiresCompatibilities: ["EXTERNAL"],
      executionRoleArn: `arn:aws:iam::${account}:role/tasks`,
      taskRoleArn: `arn:aws:iam::${account}:role/tasks`,
      containerDefinitions: [
        {
          name: "main",
          image: "roadstead-test/second-host:1",
          memory: 64,
          cpu: 64,
          command: ["sh", "-c", script],
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": "hosts",
              "awslogs-region": "us-east-1",
              "awslogs-stream-prefix": family,
            },
          },
          ...more,
        },
      ],
    }),
  );
  const { tasks = [], failures } = await ecs.send(
    new RunTaskCommand({
      taskDefinition: family,
      launchType: "EXTERNAL",
      enableExecuteCommand: amazonsAgent === undefined,
    }),
  );
  if (tasks[0]?.taskArn === undefined) throw new Error(JSON.stringify(failures));
  return tasks[0].taskArn;
}

const described = async (taskArn: string) =>
  (await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }))).tasks?.[0];
const reaches = (taskArn: string, status: string) =>
  expect.poll(async () => (await described(taskArn))?.lastStatus, patience).toBe(status);
const logged = async () =>
  ((await logs.send(new FilterLogEventsCommand({ logGroupName: "hosts" }))).events ?? []).map(
    ({ message }) => message,
  );

describe.skipIf(reason !== undefined)("a second host", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    host = await secondHost(7);
    await host.image("roadstead-test/second-host:1", [
      "sh",
      "echo",
      "sleep",
      "wget",
      "cat",
      "true",
      "nc",
      "stty",
      "grep",
    ]);
    roadstead = await testRoadstead({ ecsRuntime: "none", allowedHosts: [host.gateway] });
    await host.reach(roadstead.port);
    ecs = new ECSClient(roadstead.client());
    logs = new CloudWatchLogsClient(roadstead.client());
    const iam = new IAMClient(roadstead.client());
    const trust = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    };
    await iam.send(
      new CreateRoleCommand({ RoleName: "tasks", AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: "tasks",
        PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
      }),
    );
    const actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];
    const Statement = [
      { Effect: "Allow", Action: actions.map((name) => `ssmmessages:${name}`), Resource: "*" },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName: "tasks", PolicyName: "exec", PolicyDocument }));
    iam.destroy();
    await logs.send(new CreateLogGroupCommand({ logGroupName: "hosts" }));
    await ecs.send(new CreateClusterCommand({}));
    await startAgent();
    await connected();
  }, 120_000);

  afterAll(async () => {
    await host?.stop();
    ecs?.destroy();
    logs?.destroy();
    await roadstead?.stop();
  }, 60_000);

  test("joins with its attributes", async () => {
    expect(await instance()).toMatchObject({
      status: "ACTIVE",
      attributes: expect.arrayContaining([{ name: "rack", value: "r2" }]),
    });
  });

  test("runs a task to its end, with its output in CloudWatch Logs and its exit code", async () => {
    const taskArn = await run("speaks", "echo hello from the second host; exit 3");
    await reaches(taskArn, "STOPPED");
    expect(await described(taskArn)).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 3 }],
    });
    await expect.poll(logged, patience).toContain("hello from the second host");
  });

  test("publishes ports, gives credentials inside, and stops what it is told to", async () => {
    const script =
      "wget -qO- http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; echo; exec sleep 600";
    const taskArn = await run("stays", script, {
      portMappings: [{ containerPort: 80 }],
      stopTimeout: 2,
    });
    await reaches(taskArn, "RUNNING");
    expect(await described(taskArn)).toMatchObject({
      containers: [{ networkBindings: [{ containerPort: 80, hostPort: expect.any(Number) }] }],
    });
    await expect
      .poll(async () => (await logged()).join("\n"), patience)
      .toContain('"RoleArn":"arn:aws:iam::000000000000:role/tasks"');
    await ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
    await reaches(taskArn, "STOPPED");
    expect(await described(taskArn)).toMatchObject({ stoppedReason: "enough", stopCode: "UserInitiated" });
  });

  test.skipIf(amazonsAgent !== undefined)("runs commands in its containers, and forwards ports", async () => {
    const serves = "while true; do echo ahoy | nc -l -p 8080; done";
    const taskArn = await run("commands", serves, { stopTimeout: 2 });
    await reaches(taskArn, "RUNNING");
    const { containers = [] } = (await described(taskArn)) ?? {};
    expect(containers[0]?.managedAgents).toMatchObject([
      { name: "ExecuteCommandAgent", lastStatus: "RUNNING" },
    ]);
    const { session } = await ecs.send(
      new ExecuteCommandCommand({ task: taskArn, command: "sh", interactive: true }),
    );
    const shell = new SessionClient(
      {
        SessionId: session?.sessionId ?? "",
        StreamUrl: session?.streamUrl ?? "",
        TokenValue: session?.tokenValue ?? "",
      },
      { size: { cols: 123, rows: 41 } },
    );
    await shell.open();
    shell.type("until stty size | grep '41 123'; do sleep 0.1; done; echo sum $((40 + 2))\n");
    await shell.until(/^sum 42\r$/m);
    shell.type("exit\n");
    await shell.closed;
    const ssm = new SSMClient(roadstead.client());
    const Target = `ecs:default_${taskArn.split("/").at(-1)}_${containers[0]?.runtimeId}`;
    const DocumentName = "AWS-StartSSHSession";
    const Parameters = { portNumber: ["8080"] };
    const started = await ssm.send(new StartSessionCommand({ Target, DocumentName, Parameters }));
    ssm.destroy();
    const { SessionId = "", StreamUrl = "", TokenValue = "" } = started;
    const port = new SessionClient({ SessionId, StreamUrl, TokenValue });
    await port.open();
    await port.until("ahoy\n");
    await port.closed;
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    await reaches(taskArn, "STOPPED");
  });

  test("goes on with its tasks when its agent is replaced by a new process", async () => {
    const before = (await instance())?.containerInstanceArn;
    const taskArn = await run("survives", "exec sleep 600", { stopTimeout: 2 });
    await reaches(taskArn, "RUNNING");
    const container = (await described(taskArn))?.containers?.[0]?.runtimeId;
    await agent.end("SIGTERM");
    await expect.poll(async () => (await instance())?.agentConnected, patience).toBe(false);
    expect((await described(taskArn))?.lastStatus).toBe("RUNNING");
    await startAgent();
    await connected();
    expect((await instance())?.containerInstanceArn).toBe(before);
    expect(await host.docker("ps", "-q", "--no-trunc")).toContain(container);
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    await reaches(taskArn, "STOPPED");
  });
});
