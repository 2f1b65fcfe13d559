import { rmSync } from "node:fs";
import { PassThrough } from "node:stream";
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { joinedHost, makeInstanceProfile } from "../../../test/support/ec2-host.ts";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import { SessionClient } from "../../../test/support/session-client.ts";
import { running, type ScriptedRuntime, scriptedRuntime } from "../../control/tasks/runtime.testing.ts";
import { systemClock } from "../../kernel/clock.ts";
import { systemRandom } from "../../kernel/random.ts";
import { migrations } from "../../main/migrations.ts";
import type { AgentTables } from "../../services/ecs/agents/agent-store.ts";
import { openStore } from "../../store/open.ts";
import type { ExecContainer } from "../exec.ts";
import type { TaskSpec } from "../task.ts";
import { type Agent, type AgentOptions, startAgent } from "./agent.ts";
import { signedHeaders } from "./signing.ts";
import type { ContainerSample } from "./statistics.ts";

/** An agent against the control plane, over its real sockets: the transcript of the Amazon ECS agent, acted out. */

const keys = { accessKeyId: "test", secretAccessKey: "test" };
let roadstead: TestRoadstead;
let ecs: ECSClient;
let agents: Agent[] = [];

async function open(flags: object = {}): Promise<void> {
  roadstead = await testRoadstead({ ecsRuntime: "none", ...flags });
  ecs = new ECSClient({ ...roadstead.client(), maxAttempts: 1 });
  await ecs.send(new CreateClusterCommand({}));
  await register({});
}

async function shut(): Promise<void> {
  await Promise.all(agents.map((agent) => agent.stop()));
  agents = [];
  ecs.destroy();
  await roadstead.stop();
}

beforeEach(() => open());
afterEach(shut);

/** A role that tasks may have. */
async function taskRole(actions: readonly string[]): Promise<string> {
  const iam = new IAMClient(roadstead.client());
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const trust = { Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: document(trust) }),
  );
  const PolicyDocument = document({ Action: actions, Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "p", PolicyDocument }));
  iam.destroy();
  return Role?.Arn ?? "";
}

async function register(
  more: object,
  compatibility: "EC2" | "EXTERNAL" = "EXTERNAL",
  task: object = {},
): Promise<void> {
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "bridge",
      requiresCompatibilities: [compatibility],
      ...task,
      containerDefinitions: [
        {
          name: "main",
          image: "busybox",
          memory: 64,
          cpu: 128,
          command: ["sleep", "600"],
          environment: [{ name: "FOO", value: "bar" }],
          ulimits: [{ name: "nofile", softLimit: 10, hardLimit: 20 }],
          healthCheck: { command: ["CMD-SHELL", "true"], interval: 7 },
          ...more,
        },
      ],
    }),
  );
}

type SampledRuntime = ScriptedRuntime & { readonly samples: Map<string, readonly ContainerSample[]> };

interface Host {
  readonly agent: Agent;
  readonly runtime: SampledRuntime;
}

const log = { info: () => {}, error: () => {} };

async function host(
  over: Partial<AgentOptions> = {},
  reports: Parameters<typeof scriptedRuntime>[1] = {},
): Promise<Host> {
  let runtime: SampledRuntime | undefined;
  const agent = await startAgent({
    endpoint: roadstead.url,
    region: "us-east-1",
    keys: async () => keys,
    cluster: "default",
    attributes: {},
    cpu: 2048,
    memory: 1024,
    reservedPorts: [22],
    agentVersion: "1.105.1",
    dockerVersion: "20.10.24",
    log,
    telemetryEvery: 50,
    open(report) {
      const samples = new Map<string, readonly ContainerSample[]>();
      const scripted = scriptedRuntime(report, reports);
      runtime = Object.assign(scripted, {
        samples,
        sample: async () => samples,
        exec: {
          find(taskArn: string) {
            const spec = scripted.specs.get(taskArn);
            return spec && echoing(spec);
          },
        },
      });
      return runtime;
    },
    ...over,
  });
  agents.push(agent);
  if (runtime === undefined) throw new Error("no runtime was opened");
  return { agent, runtime };
}

async function run(more: object = {}) {
  const { tasks = [], failures } = await ecs.send(
    new RunTaskCommand({ taskDefinition: "web", launchType: "EXTERNAL", ...more }),
  );
  return { taskArn: tasks[0]?.taskArn ?? "", failures };
}

const described = async (taskArn: string) =>
  (await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }))).tasks?.[0];
const instance = async ({ agent }: Host) =>
  (
    await ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: [agent.containerInstanceArn] }),
    )
  ).containerInstances?.[0];
const connected = (one: Host) =>
  expect.poll(async () => (await instance(one))?.agentConnected, { timeout: 5_000 }).toBe(true);
const reaches = (taskArn: string, lastStatus: string) =>
  expect.poll(async () => (await described(taskArn))?.lastStatus, { timeout: 10_000 }).toBe(lastStatus);

/** A container that writes what is typed, for commands to be run in it. */
function echoing(task: TaskSpec): ExecContainer {
  const [container] = task.containers;
  if (container === undefined) throw new Error("the task has no container");
  return {
    task,
    container,
    start: async () => ({ terminal: new PassThrough(), resize: async () => {} }),
    connect: () => Promise.reject(new Error("nobody is there")),
    end: async () => {},
  };
}

describe("an agent", () => {
  test("runs commands in its containers, for whoever may", async () => {
    const actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];
    const taskRoleArn = await taskRole(actions.map((name) => `ssmmessages:${name}`));
    await register({}, "EXTERNAL", { taskRoleArn });
    const runtimeId = "c".repeat(64);
    const one = await host(
      {},
      {
        started: (spec) => {
          const [report] = running(spec);
          if (report === undefined) return [];
          const containers = report.containers.map((container) => ({ ...container, runtimeId }));
          return [{ ...report, containers, execAgents: [{ container: "main", status: "RUNNING" }] }];
        },
      },
    );
    await connected(one);
    const { taskArn } = await run({ enableExecuteCommand: true });
    await reaches(taskArn, "RUNNING");
    const execute = () =>
      ecs.send(new ExecuteCommandCommand({ task: taskArn, command: "cat", interactive: true }));
    await expect.poll(() => execute().catch(() => undefined), { timeout: 5_000 }).toBeDefined();
    const { sessionId = "", streamUrl = "", tokenValue = "" } = (await execute()).session ?? {};
    const answer = { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: tokenValue };
    const client = new SessionClient(answer);
    await client.open();
    client.type("ahoy\n");
    await client.until("ahoy\n");
    // Without its host there is no session, and none begins.
    await one.agent.stop();
    agents = [];
    await client.closed;
    await expect(execute()).rejects.toMatchObject({ name: "TargetNotConnectedException" });
  });

  test("registers its host, connects, runs a task as it was defined, and stops it", async () => {
    const one = await host();
    await connected(one);
    expect(await instance(one)).toMatchObject({
      status: "ACTIVE",
      versionInfo: { agentVersion: "1.105.1", dockerVersion: "DockerVersion: 20.10.24" },
      registeredResources: expect.arrayContaining([
        expect.objectContaining({ name: "CPU", integerValue: 2048 }),
        expect.objectContaining({ name: "PORTS", stringSetValue: ["22"] }),
      ]),
    });
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    const spec = one.runtime.specs.get(taskArn) as TaskSpec;
    expect(spec).toMatchObject({ family: "web", revision: 1, launchType: "EXTERNAL", networkMode: "bridge" });
    expect(spec.containers[0]?.definition).toMatchObject({
      name: "main",
      image: "busybox",
      command: ["sleep", "600"],
      environment: [{ name: "FOO", value: "bar" }],
      ulimits: [{ name: "nofile", softLimit: 10, hardLimit: 20 }],
      healthCheck: { command: ["CMD-SHELL", "true"], interval: 7, timeout: 5, retries: 3 },
      memory: 64,
    });
    expect(await instance(one)).toMatchObject({
      runningTasksCount: 1,
      remainingResources: expect.arrayContaining([
        expect.objectContaining({ name: "CPU", integerValue: 1920 }),
        expect.objectContaining({ name: "MEMORY", integerValue: 960 }),
      ]),
    });
    await ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
    await reaches(taskArn, "STOPPED");
    expect(await described(taskArn)).toMatchObject({
      stoppedReason: "enough",
      stopCode: "UserInitiated",
      containerInstanceArn: one.agent.containerInstanceArn,
    });
    await expect
      .poll(async () => (await instance(one))?.remainingResources)
      .toContainEqual(expect.objectContaining({ name: "CPU", integerValue: 2048 }));
  });

  test.skipIf(postgresMissing() !== undefined)("does so on PostgreSQL too", async () => {
    await shut();
    await open({ databaseUrl: await postgresUrl() });
    const one = await host();
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    await one.agent.stop();
    await expect.poll(async () => (await instance(one))?.agentConnected).toBe(false);
    const two = await host({ containerInstanceArn: one.agent.containerInstanceArn });
    await connected(two);
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    await reaches(taskArn, "STOPPED");
    const containerInstance = two.agent.containerInstanceArn;
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance }));
    await ecs.send(new DeleteClusterCommand({ cluster: "default" }));
  });

  test("is given credentials of the task's role, in a session of the task's name", async () => {
    const iam = new IAMClient(roadstead.client());
    const trust = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    };
    await iam.send(
      new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    iam.destroy();
    const one = await host();
    await connected(one);
    const taskRoleArn = "arn:aws:iam::000000000000:role/app";
    const { taskArn } = await run({ overrides: { taskRoleArn } });
    await reaches(taskArn, "RUNNING");
    const credentials = one.agent.credentialsOf(taskArn, "task");
    expect(one.runtime.specs.get(taskArn)?.credentialsId).toBe(credentials?.credentialsId);
    const sts = new STSClient({
      ...roadstead.client(),
      credentials: {
        accessKeyId: credentials?.accessKeyId ?? "",
        secretAccessKey: credentials?.secretAccessKey ?? "",
        sessionToken: credentials?.sessionToken ?? "",
      },
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    expect(Arn).toBe(`arn:aws:sts::000000000000:assumed-role/app/${taskArn.split("/").at(-1)}`);
  });

  test("as an instance of EC2 calls with the credentials of its profile, and leaves when it is told to", async () => {
    const profile = await makeInstanceProfile(roadstead.client());
    const { id, source, identity } = await joinedHost(roadstead, roadstead.client(), profile);
    const one = await host({
      keys: async () => {
        const credentials = await source.credentials();
        if (credentials === undefined || "refused" in credentials) throw new Error("no credentials");
        return credentials;
      },
      identity: {
        document: identity.instanceIdentityDocument,
        signature: identity.instanceIdentityDocumentSignature,
      },
    });
    await connected(one);
    expect(await instance(one)).toMatchObject({
      ec2InstanceId: id,
      attributes: expect.arrayContaining([
        { name: "ecs.instance-type", value: "t3.small" },
        { name: "ecs.availability-zone", value: "us-east-1a" },
      ]),
    });
    await register({}, "EC2");
    const { taskArn } = await run({ launchType: "EC2" });
    await reaches(taskArn, "RUNNING");
    await one.agent.leave();
    await reaches(taskArn, "STOPPED");
    expect(await instance(one)).toMatchObject({ status: "INACTIVE", agentConnected: false });
    expect(one.runtime.calls.at(-1)).toMatch(/^(stop|remove) /);
  });

  test("tells what containers use, of the tasks that its instance was given", async () => {
    const one = await host();
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    const stats = { memory_stats: { usage: 3 * 2 ** 20 }, networks: { eth0: { rx_bytes: 9 } } };
    one.runtime.samples.set(taskArn, [{ name: "main", stats }]);
    const store = await openStore({
      dataDir: roadstead.dataDir,
      ...{ migrations, clock: systemClock, random: systemRandom },
    });
    const kept = async () => {
      const rows = await store.rows
        .tables<AgentTables>()
        .selectFrom("ecs_agent_task")
        .select(["task", "statistics"])
        .execute();
      return rows.map(({ task, statistics }) => ({ task, statistics: JSON.parse(statistics ?? "null") }));
    };
    const once = (value: number) => ({ min: value, max: value, sampleCount: 1, sum: value });
    await expect.poll(kept, { timeout: 10_000 }).toEqual([
      {
        task: taskArn.split("/").at(-1),
        statistics: {
          at: expect.any(Number),
          containers: [
            {
              name: "main",
              memory: once(3),
              network: expect.objectContaining({ rxBytes: once(9) }),
              storage: {},
            },
          ],
        },
      },
    ]);
    await store.close();
  });

  test("tells the health of containers on its telemetry socket", async () => {
    const healthy = (spec: TaskSpec) =>
      running(spec).map((report) => ({
        ...report,
        containers: report.containers.map((container) => ({ ...container, health: "HEALTHY" as const })),
      }));
    const one = await host({}, { started: healthy });
    await connected(one);
    const { taskArn } = await run();
    await expect
      .poll(async () => (await described(taskArn))?.healthStatus, { timeout: 10_000 })
      .toBe("HEALTHY");
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({
        containerInstances: [one.agent.containerInstanceArn],
        include: ["CONTAINER_INSTANCE_HEALTH"],
      }),
    );
    expect(containerInstances?.[0]?.healthStatus).toMatchObject({
      overallStatus: "OK",
      details: [{ type: "CONTAINER_RUNTIME", status: "OK" }],
    });
  });

  test("has no task that does not fit, and takes it when there is room", async () => {
    await register({ portMappings: [{ containerPort: 80, hostPort: 8080 }] });
    const one = await host();
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    expect((await run()).failures).toEqual([
      expect.objectContaining({ arn: one.agent.containerInstanceArn, reason: "RESOURCE:PORTS" }),
    ]);
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    await reaches(taskArn, "STOPPED");
    await reaches((await run()).taskArn, "RUNNING");
  });

  test("comes back after a restart of Roadstead, with the tasks that it runs, and is told the rest", async () => {
    const one = await host();
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    const { dataDir, port } = roadstead;
    await roadstead.close();
    const again = await testRoadstead({ ecsRuntime: "none", dataDir, port });
    roadstead = {
      ...again,
      async stop() {
        await again.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
    await connected(one);
    expect(one.runtime.calls).toEqual([`start ${taskArn.split("/").at(-1)}`]);
    await ecs.send(new StopTaskCommand({ task: taskArn }));
    await reaches(taskArn, "STOPPED");
    // The same process of the agent: it keeps its instance.
    const second = await run();
    await reaches(second.taskArn, "RUNNING");
  });

  test("registers again under the ARN that it had, with what tasks have taken", async () => {
    const one = await host();
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    await one.agent.stop();
    await expect.poll(async () => (await instance(one))?.agentConnected).toBe(false);
    const two = await host({ containerInstanceArn: one.agent.containerInstanceArn, memory: 2048 });
    await connected(two);
    expect(two.agent.containerInstanceArn).toBe(one.agent.containerInstanceArn);
    expect(await instance(two)).toMatchObject({
      remainingResources: expect.arrayContaining([
        expect.objectContaining({ name: "MEMORY", integerValue: 1984 }),
      ]),
    });
  });

  test("that is deregistered loses its socket, and is refused as inactive", async () => {
    const told: string[] = [];
    const one = await host({ log: { ...log, info: (_fields, message) => told.push(message) } });
    await connected(one);
    const { taskArn } = await run();
    await reaches(taskArn, "RUNNING");
    const containerInstance = one.agent.containerInstanceArn;
    await expect(
      ecs.send(new DeregisterContainerInstanceCommand({ containerInstance })),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Found running tasks on the instance.",
    });
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance, force: true }));
    await reaches(taskArn, "STOPPED");
    expect(await described(taskArn)).toMatchObject({
      stoppedReason: "Container instance deregistration forced by user",
    });
    await expect.poll(() => told, { timeout: 10_000 }).toContain("the container instance is deregistered");
  });
});

describe("a socket", () => {
  const opened = (headers: Record<string, string>, url: URL) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url.href.replace("http", "ws"), { headers });
      socket.on("open", () => {
        socket.close();
        resolve("open");
      });
      socket.on("error", () => {});
      socket.on("unexpected-response", (_request, response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString()).type));
      });
    });
  const urlOf = (containerInstanceArn: string) => {
    const url = new URL("/ecs-agent/acs/ws", roadstead.url);
    url.search = new URLSearchParams({ containerInstanceArn, protocolVersion: "2" }).toString();
    return url;
  };
  const signed = (url: URL, key = keys) => {
    const { host: _own, ...headers } = signedHeaders(url, "us-east-1", key, Date.now());
    return headers;
  };

  test("is opened to whoever may poll, and to nobody else", async () => {
    const one = await host();
    const { containerInstanceArn } = one.agent;
    const url = urlOf(containerInstanceArn);
    expect(await opened(signed(url), url)).toBe("open");
    expect(await opened({}, url)).toBe("MissingAuthenticationToken");
    expect(await opened(signed(url, { ...keys, secretAccessKey: "wrong" }), url)).toBe(
      "SignatureDoesNotMatch",
    );
    const other = { ...keys, accessKeyId: "111111111111" };
    expect(await opened(signed(url, other), url)).toBe("AccessDenied");
    const gone = urlOf(containerInstanceArn.replace(/[0-9a-f]{32}$/, "0".repeat(32)));
    expect(await opened(signed(gone), gone)).toBe("InactiveInstanceException");
    const wrong = urlOf("nonsense");
    expect(await opened(signed(wrong), wrong)).toBe("InvalidInstanceException");
  });
});
