import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateServiceCommand,
  ExecuteCommandCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  UpdateClusterCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  DescribeSessionsCommand,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { SessionClient } from "../../../../test/support/session-client.ts";
import { type MovableClock, movableClock } from "../../../kernel/clock.ts";
import { minute } from "../../../kernel/duration.ts";
import { type ManagedPolicyCatalogue, openManagedPolicies } from "../../iam/managed-policy-catalogue.ts";
import { type TaskWorld, taskWorld } from "../tasks/world.testing.ts";

const messages = [
  "ssmmessages:CreateControlChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenDataChannel",
];

/** A world whose tasks may be executed in: a role for them, and a definition with it. */
class ExecWorld {
  readonly world: TaskWorld;
  readonly ssm: SSMClient;
  readonly roleArn: string;
  readonly #clients: SessionClient[] = [];

  private constructor(world: TaskWorld, roleArn: string) {
    this.world = world;
    this.roleArn = roleArn;
    this.ssm = new SSMClient(world.settings);
  }

  static async open(roadstead: TestRoadstead, actions: readonly string[] = messages): Promise<ExecWorld> {
    const world = await taskWorld(roadstead);
    const iam = new IAMClient(world.settings);
    const policy = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "app",
        AssumeRolePolicyDocument: policy({
          Principal: { Service: "ecs-tasks.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    const opened = new ExecWorld(world, Role?.Arn ?? "");
    await opened.allow(actions);
    iam.destroy();
    await world.register({ taskRoleArn: opened.roleArn });
    return opened;
  }

  /** What the task's role may do. */
  async allow(actions: readonly string[]): Promise<void> {
    const iam = new IAMClient(this.world.settings);
    const Statement = [{ Effect: "Allow", Action: actions, Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "p", PolicyDocument }));
    iam.destroy();
  }

  async running(): Promise<Task> {
    const { world } = this;
    const { taskArn } = await world.run(world.fargate({ enableExecuteCommand: true }));
    return world.reached(taskArn, "RUNNING");
  }

  execute(task: Task, command = "cat") {
    return this.world.ecs.send(new ExecuteCommandCommand({ task: task.taskArn, command, interactive: true }));
  }

  /** A client that has begun the session of a command. */
  async client(
    task: Task,
    options: ConstructorParameters<typeof SessionClient>[1] & { command?: string } = {},
  ) {
    const { session } = await this.execute(task, options.command);
    const { sessionId = "", streamUrl = "", tokenValue = "" } = session ?? {};
    const answer = { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: tokenValue };
    const client = new SessionClient(answer, options);
    this.#clients.push(client);
    await client.open();
    return client;
  }

  async eventsOf(name: string): Promise<readonly { readonly [member: string]: unknown }[]> {
    const trail = new CloudTrailClient(this.world.settings);
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: name }] }),
    );
    trail.destroy();
    return Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
  }

  close(): void {
    for (const client of this.#clients) client.stop();
    this.ssm.destroy();
    this.world.ecs.destroy();
    this.world.ec2.destroy();
  }
}

const notEnabled = {
  name: "InvalidParameterException",
  message:
    "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.",
};
const internalError = {
  name: "TargetNotConnectedException",
  message: "The execute command failed due to an internal error. Try again later.",
};

describe("ECS Exec", { timeout: 8_000 }, () => {
  let clock: MovableClock;
  let roadstead: TestRoadstead;
  let exec: ExecWorld;
  let task: Task;

  beforeAll(async () => {
    clock = movableClock();
    roadstead = await testRoadstead({}, { clock });
    exec = await ExecWorld.open(roadstead);
    task = await exec.running();
  });
  afterAll(async () => {
    exec?.close();
    await roadstead?.stop();
  });

  test("types into a command and shows what it writes", async () => {
    const client = await exec.client(task, { command: "cat" });
    client.type("ahoy\n");
    await client.until("ahoy\n");
    client.terminate();
    expect(await client.closed).toBe("");
  });

  test("answers with the task, the container and an address that the caller reaches", async () => {
    const answer = await exec.execute(task);
    expect(answer).toMatchObject({
      clusterArn: task.clusterArn,
      taskArn: task.taskArn,
      containerArn: task.containers?.[0]?.containerArn,
      containerName: "main",
      interactive: true,
    });
    const { sessionId = "", streamUrl = "" } = answer.session ?? {};
    expect(sessionId).toMatch(/^ecs-execute-command-0[0-9a-f]{16}$/);
    expect(streamUrl).toBe(
      `${roadstead.url.replace("http", "ws")}/v1/data-channel/${sessionId}?role=publish_subscribe`,
    );
  });

  test("ends with its command, after all of its output", async () => {
    const client = await exec.client(task, { command: "echo 'that was all'" });
    expect(await client.closed).toBe("");
    expect(client.output).toBe("that was all\r\n");
  });

  test("is what the service-linked role and the task's role do, and is on record", async () => {
    const client = await exec.client(task);
    const { sessionId } = client;
    const slr = `arn:aws:sts::${exec.world.account}:assumed-role/AWSServiceRoleForECS/ecs-execute-command`;
    const [started] = await exec.eventsOf("StartSession");
    expect(started).toMatchObject({
      eventSource: "ssm.amazonaws.com",
      userIdentity: { arn: slr, invokedBy: "ecs.amazonaws.com" },
      requestParameters: {
        documentName: "AmazonECS-ExecuteInteractiveCommand",
        parameters: { command: ["cat"] },
      },
      responseElements: { sessionId, tokenValue: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    });
    const opened = await exec.eventsOf("OpenDataChannel");
    expect(opened[0]).toMatchObject({
      eventSource: "ssmmessages.amazonaws.com",
      userIdentity: { arn: slr },
      requestParameters: { sessionId },
    });
    expect(opened[1]).toMatchObject({
      userIdentity: {
        arn: `arn:aws:sts::${exec.world.account}:assumed-role/app/${task.taskArn?.split("/").at(-1)}`,
      },
    });
    const [executed] = await exec.eventsOf("ExecuteCommand");
    expect(JSON.stringify(executed)).not.toContain('tokenValue":"ey');
    client.terminate();
    await client.closed;
  });

  test.each([
    ["is not interactive", { interactive: false }, "Interactive is the only mode supported currently."],
    ["has no command", { command: " " }, "command can not be blank."],
    ["has too long a command", { command: "x".repeat(4097) }, "command can not be longer than 4096."],
    ["names no container of the task", { container: "other" }, "The container other is not in the task."],
    ["names no task", { task: "0".repeat(32) }, "The referenced task was not found."],
  ])("is refused when the request %s", async (_what, input, message) => {
    const request = { task: task.taskArn, command: "cat", interactive: true, ...input };
    await expect(exec.world.ecs.send(new ExecuteCommandCommand(request))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message,
    });
  });

  test("is refused for a cluster that is not there", async () => {
    const request = { cluster: "none", task: task.taskArn, command: "cat", interactive: true };
    await expect(exec.world.ecs.send(new ExecuteCommandCommand(request))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
    });
  });

  test("needs to be asked for when the task starts", async () => {
    const plain = await exec.world.run();
    const running = await exec.world.reached(plain.taskArn, "RUNNING");
    expect(running.containers?.[0]?.managedAgents).toBeUndefined();
    await expect(exec.execute(running)).rejects.toMatchObject(notEnabled);
  });

  test("shows the agent of each container, which goes with it", async () => {
    const own = await exec.world.run(exec.world.fargate({ enableExecuteCommand: true }));
    expect(own.containers?.[0]?.managedAgents).toEqual([
      { name: "ExecuteCommandAgent", lastStatus: "PENDING" },
    ]);
    const running = await exec.world.reached(own.taskArn, "RUNNING");
    expect(running.containers?.[0]?.managedAgents).toEqual([
      { name: "ExecuteCommandAgent", lastStatus: "RUNNING", lastStartedAt: expect.any(Date) },
    ]);
    const client = await exec.client(running);
    await exec.world.ecs.send(new StopTaskCommand({ task: own.taskArn }));
    await client.closed;
    const stopped = await exec.world.reached(own.taskArn, "STOPPED");
    expect(stopped.containers?.[0]?.managedAgents).toMatchObject([
      { name: "ExecuteCommandAgent", lastStatus: "STOPPED", reason: "Received Container Stopped event" },
    ]);
    await expect(exec.execute(stopped)).rejects.toMatchObject(notEnabled);
  });

  test("needs a role of the task, and says so when the task or the service is launched", async () => {
    await exec.world.register({ family: "without" });
    const launch = exec.world.fargate({ taskDefinition: "without", enableExecuteCommand: true });
    await expect(exec.world.ecs.send(new RunTaskCommand(launch))).rejects.toMatchObject({
      message:
        "The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.",
    });
    const service = { ...launch, serviceName: "s", desiredCount: 0 };
    await expect(exec.world.ecs.send(new CreateServiceCommand(service))).rejects.toMatchObject({
      message:
        "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
    });
  });

  test.each(messages)("fails while the task's role may not %s, and works when it may", async (action) => {
    await exec.allow(messages.filter((one) => one !== action));
    await expect(exec.execute(task)).rejects.toMatchObject(internalError);
    await exec.allow(messages);
    await exec.execute(task);
  });

  test("is refused in a container whose root file system is read-only", async () => {
    await exec.world.register({
      family: "readonly",
      taskRoleArn: exec.roleArn,
      containerDefinitions: [{ name: "main", image: "web:1", essential: true, readonlyRootFilesystem: true }],
    });
    const launch = exec.world.fargate({ taskDefinition: "readonly", enableExecuteCommand: true });
    const { taskArn } = await exec.world.run(launch);
    await expect(exec.execute(await exec.world.reached(taskArn, "RUNNING"))).rejects.toMatchObject(
      internalError,
    );
  });

  describe("over sockets that break", () => {
    test("goes on where it was, with a token for each socket", async () => {
      const client = await exec.client(task);
      client.type("one\n");
      await client.until("one\n");
      client.drop();
      await client.disconnected();
      client.type("two\n");
      const resumed = await exec.ssm.send(new ResumeSessionCommand({ SessionId: client.sessionId }));
      await client.open(resumed.TokenValue);
      await client.until("one\ntwo\n");
      // A token opens one socket.
      const thief = new SessionClient({
        SessionId: client.sessionId,
        StreamUrl: resumed.StreamUrl ?? "",
        TokenValue: resumed.TokenValue ?? "",
      });
      await thief.open();
      await thief.disconnected();
      expect(thief.output).toBe("");
      thief.stop();
      client.type("three\n");
      await client.until("three\n");
      client.terminate();
      await client.closed;
    });

    test("gets everything through a link that loses frames", async () => {
      let sent = 0;
      const client = await exec.client(task, { loses: () => ++sent % 3 === 0 });
      const text = Array.from({ length: 200 }, (_, i) => `line ${i} of some length\n`).join("");
      client.type(text);
      await client.until("line 199 of some length\n");
      expect(client.output).toBe(text);
      client.terminate();
      await client.closed;
    });

    test.each([
      ["no text", Buffer.from([1, 2, 3])],
      ["no JSON", "hello"],
      ["a wrong token", JSON.stringify({ TokenValue: "wrong" })],
    ])("lets nobody in who says %s first", async (_what, first) => {
      const { session } = await exec.execute(task);
      const { default: WebSocket } = await import("ws");
      const socket = new WebSocket(session?.streamUrl ?? "");
      const code = await new Promise((resolve) => {
        socket.on("open", () => socket.send(first));
        socket.on("close", resolve);
      });
      expect(code).toBe(1008);
    });

    test("takes frames that are none for nothing", async () => {
      const client = await exec.client(task);
      client.sendRaw(Buffer.alloc(200, 7));
      client.sendRaw("text");
      client.type("still here\n");
      await client.until("still here\n");
      client.terminate();
      await client.closed;
    });
  });

  describe("comes to its end", () => {
    test("twenty minutes after anything was typed or written", async () => {
      const client = await exec.client(task);
      client.type("x");
      await client.until("x");
      clock.advance(19 * minute);
      client.type("y");
      await client.until("y");
      clock.advance(19 * minute);
      client.type("z");
      await client.until("z");
      clock.advance(21 * minute);
      expect(await client.closed).toBe("Your session timed out due to inactivity.");
    });

    test("when somebody terminates it; it cannot be resumed then", async () => {
      const client = await exec.client(task);
      client.type("x");
      await client.until("x");
      const SessionId = client.sessionId;
      expect(await statusOf(SessionId, "Active")).toBe("Connected");
      await exec.ssm.send(new TerminateSessionCommand({ SessionId }));
      expect(await client.closed).toBe("");
      expect(await statusOf(SessionId, "History")).toBe("Terminated");
      expect((await exec.ssm.send(new ResumeSessionCommand({ SessionId }))).TokenValue).toBe("");
      await expect(exec.ssm.send(new ResumeSessionCommand({ SessionId: "none" }))).rejects.toMatchObject({
        name: "DoesNotExistException",
      });
    });

    test("when its client has vanished for five minutes", async () => {
      const client = await exec.client(task);
      client.type("x");
      await client.until("x");
      client.drop();
      await eventually(async () => (await statusOf(client.sessionId, "Active")) === "Disconnected");
      clock.advance(6 * minute);
      await eventually(async () => (await statusOf(client.sessionId, "History")) === "Terminated");
    });

    async function statusOf(id: string, State: "Active" | "History"): Promise<string | undefined> {
      const Filters = [{ key: "SessionId" as const, value: id }];
      const { Sessions } = await exec.ssm.send(new DescribeSessionsCommand({ State, Filters }));
      return Sessions?.[0]?.Status;
    }

    async function eventually(done: () => Promise<boolean>): Promise<void> {
      while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  describe("is logged and encrypted as the cluster says", () => {
    const configure = (executeCommandConfiguration: object) =>
      exec.world.ecs.send(
        new UpdateClusterCommand({ cluster: "default", configuration: { executeCommandConfiguration } }),
      );
    const override = (more: object = {}) => ({
      logging: "OVERRIDE",
      logConfiguration: { cloudWatchLogGroupName: "/exec", ...more },
    });
    let logs: CloudWatchLogsClient;

    beforeAll(async () => {
      logs = new CloudWatchLogsClient(exec.world.settings);
      await logs.send(new CreateLogGroupCommand({ logGroupName: "/exec" }));
    });
    afterAll(async () => {
      await exec.allow(messages);
      await configure({ logging: "DEFAULT" });
      logs.destroy();
    });

    test("to a log group, with the task's role", async () => {
      await configure(override());
      await exec.allow([...messages, "logs:*"]);
      const client = await exec.client(task, { command: "echo 'into the log'" });
      await client.closed;
      expect(client.notice).toBe("");
      const { sessionId } = client;
      await expect
        .poll(async () => {
          const found = await logs.send(
            new FilterLogEventsCommand({ logGroupName: "/exec", logStreamNames: [sessionId] }),
          );
          return found.events?.map(({ message }) => message);
        })
        .toEqual(["into the log"]);
    });

    test("not at all without the permission, which the user is told", async () => {
      await configure(override());
      await exec.allow(messages);
      const client = await exec.client(task, { command: "echo done" });
      await client.closed;
      expect(client.output).toBe("done\r\n");
      expect(client.notice).toMatch(
        /^CloudWatch log group specified in session preferences either does not exist/,
      );
    });

    test("and does not begin where the log group must be encrypted and is not", async () => {
      await configure(override({ cloudWatchEncryptionEnabled: true }));
      await exec.allow([...messages, "logs:*"]);
      const client = await exec.client(task, { command: "echo done" });
      expect(await client.closed).toMatch(/^We couldn't start the session because encryption is not set up/);
      expect(client.output).toBe("");
    });

    test("under a KMS key that client and task's role share", async () => {
      const kms = new KMSClient(exec.world.settings);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const kmsKeyId = KeyMetadata?.Arn ?? "";
      await configure({ kmsKeyId, logging: "NONE" });
      await exec.allow([...messages, "kms:Decrypt"]);
      const target = `ecs:default_${task.taskArn?.split("/").at(-1)}_${task.containers?.[0]?.runtimeId}`;
      const open = () =>
        exec.client(task, {
          async dataKey(keyId, sessionId) {
            expect(keyId).toBe(kmsKeyId);
            const { Plaintext = [], CiphertextBlob = [] } = await kms.send(
              new GenerateDataKeyCommand({
                KeyId: keyId,
                NumberOfBytes: 64,
                EncryptionContext: { "aws:ssm:SessionId": sessionId, "aws:ssm:TargetId": target },
              }),
            );
            return { plain: Buffer.from(Plaintext), encrypted: Buffer.from(CiphertextBlob) };
          },
        });
      const client = await open();
      client.type("whisper\n");
      await client.until("whisper\n");
      expect(client.notice).toBe("This session is encrypted using AWS KMS.");
      client.terminate();
      await client.closed;
      await exec.allow(messages);
      expect(await (await open()).closed).toMatch(/^Fetching data key failed: .*kms:Decrypt/s);
      kms.destroy();
    });
  });

  test("customers start sessions with a container themselves", async () => {
    const Target = `ecs:default_${task.taskArn?.split("/").at(-1)}_${task.containers?.[0]?.runtimeId}`;
    const {
      SessionId = "",
      StreamUrl = "",
      TokenValue = "",
    } = await exec.ssm.send(new StartSessionCommand({ Target }));
    expect(SessionId).toMatch(/^root-0[0-9a-f]{16}$/);
    const client = new SessionClient({ SessionId, StreamUrl, TokenValue });
    await client.open();
    client.type("shell\n");
    await client.until("shell\n");
    client.terminate();
    await client.closed;
    await expect(exec.ssm.send(new StartSessionCommand({ Target: `${Target}0` }))).rejects.toMatchObject({
      name: "TargetNotConnected",
      message: `${Target}0 is not connected.`,
    });
    await expect(
      exec.ssm.send(new StartSessionCommand({ Target, DocumentName: "AWS-RunShellScript" })),
    ).rejects.toMatchObject({ name: "InvalidDocument" });
  });
});

describe("when Roadstead stops", { timeout: 8_000 }, () => {
  test("sessions end with a word to their clients", async () => {
    const roadstead = await testRoadstead();
    const exec = await ExecWorld.open(roadstead);
    const client = await exec.client(await exec.running());
    client.type("x");
    await client.until("x");
    await roadstead.stop();
    expect(await client.closed).toBe("The session ended because Roadstead was stopped.");
    exec.close();
  });
});

describe("without a permission of the service-linked role", { timeout: 8_000 }, () => {
  test.each(["ssm:StartSession", "ssmmessages:OpenDataChannel"])("%s, no command is run", async (action) => {
    const managedPolicies = without(action);
    const roadstead = await testRoadstead({}, { managedPolicies });
    const exec = await ExecWorld.open(roadstead);
    const task = await exec.running();
    await expect(exec.execute(task)).rejects.toMatchObject(internalError);
    const [refused] = await exec.eventsOf(action.split(":")[1] ?? "");
    expect(refused).toMatchObject({
      errorCode: expect.stringContaining("AccessDenied"),
      userIdentity: { arn: expect.stringContaining("AWSServiceRoleForECS") },
    });
    exec.close();
    await roadstead.stop();
  });
});

/** AWS's managed policies, that of ECS's service-linked role without an action. */
function without(action: string): ManagedPolicyCatalogue {
  const all = openManagedPolicies(dataDirectory);
  return {
    list: () => all.list(),
    get(arn) {
      const policy = all.get(arn);
      if (policy?.name !== "AmazonECSServiceRolePolicy") return policy;
      const document = policy.document.replaceAll(`"${action}"`, '"ecs:None"');
      if (document === policy.document) throw new Error(`the policy does not have ${action}`);
      return { ...policy, document };
    },
  };
}
