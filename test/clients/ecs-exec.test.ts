import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectToDocker, dockerMissing } from "../../src/runtime/docker.testing.ts";
import { busybox } from "../../src/runtime/task-engine.testing.ts";
import { command, missing } from "../support/command.ts";
import { eventually } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { SessionClient, type SessionClientOptions } from "../support/session-client.ts";

/**
 * ECS Exec with the AWS CLI, on a real Docker Engine. The CLI starts a session-manager-plugin: the one that
 * ROADSTEAD_SESSION_PLUGIN names, or the double in test/support.
 */

const account = "555555555555";
const reason = dockerMissing ?? missing("aws", "--version") ?? missing("script", "--version");
/** A page at a port that only the container itself calls, and at one that others may. */
const serves =
  "mkdir /dev/shm/w; seq 1 40000 > /dev/shm/w/page; httpd -p 127.0.0.1:8080 -h /dev/shm/w; httpd -p 8081 -h /dev/shm/w; exec sleep 600";
const page = Array.from({ length: 40_000 }, (_, i) => `${i + 1}\n`).join("");
const realPlugin = process.env.ROADSTEAD_SESSION_PLUGIN;
if (realPlugin === undefined) {
  process.stderr.write("SKIPPED: the real session-manager-plugin (ROADSTEAD_SESSION_PLUGIN names none)\n");
}

describe.skipIf(reason !== undefined)("execute-command", { timeout: 60_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;
  let ecs: ECSClient;
  let task: Task;
  const clients: SessionClient[] = [];

  beforeAll(async () => {
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    mkdirSync(join(folder, "bin"), { recursive: true });
    installPlugin(join(folder, "bin", "session-manager-plugin"));
    roadstead = await testRoadstead({ ecsRuntime: "docker", dataDir: join(folder, "data") });
    const settings = roadstead.client(account);
    ecs = new ECSClient(settings);
    await ecs.send(new CreateClusterCommand({}));
    const taskRoleArn = await makeRole(new IAMClient(settings));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "shell",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        taskRoleArn,
        containerDefinitions: [
          { name: "app", image: busybox, command: ["sh", "-c", serves], user: "1000", stopTimeout: 2 },
        ],
      }),
    );
    const { Subnets = [] } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
    const { tasks } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: "shell",
        launchType: "FARGATE",
        enableExecuteCommand: true,
        networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets[0]?.SubnetId ?? ""] } },
      }),
    );
    task = await reached(tasks?.[0]?.taskArn ?? "", "RUNNING");
  }, 60_000);

  afterAll(async () => {
    for (const client of clients) client.stop();
    if (task?.taskArn !== undefined) {
      await ecs.send(new StopTaskCommand({ task: task.taskArn }));
      await reached(task.taskArn, "STOPPED");
    }
    ecs?.destroy();
    await roadstead?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  function installPlugin(path: string): void {
    if (realPlugin !== undefined) {
      symlinkSync(realPlugin, path);
      return;
    }
    const support = fileURLToPath(new URL("../support/session-plugin.ts", import.meta.url));
    const tsx = fileURLToPath(import.meta.resolve("tsx"));
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" --import "${tsx}" "${support}" "$@"\n`);
    chmodSync(path, 0o755);
  }

  async function makeRole(iam: IAMClient): Promise<string> {
    const policy = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const trust = { Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: policy(trust) }),
    );
    const PolicyDocument = policy({
      Action: [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ],
      Resource: "*",
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "exec", PolicyDocument }));
    iam.destroy();
    return Role?.Arn ?? "";
  }

  async function reached(taskArn: string, status: string): Promise<Task> {
    let found: Task = {};
    const came = await eventually(50, async () => {
      found = (await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }))).tasks?.[0] ?? {};
      if (found.lastStatus === "STOPPED" && status !== "STOPPED") throw new Error(found.stoppedReason);
      return found.lastStatus === status;
    });
    expect(came, found.stoppedReason).toBe(true);
    return found;
  }

  /** A client of ours at the session of a command. */
  async function open(commandLine: string, options: SessionClientOptions = {}): Promise<SessionClient> {
    const { session } = await ecs.send(
      new ExecuteCommandCommand({ task: task.taskArn, command: commandLine, interactive: true }),
    );
    const { sessionId = "", streamUrl = "", tokenValue = "" } = session ?? {};
    const answer = { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: tokenValue };
    const client = new SessionClient(answer, options);
    clients.push(client);
    await client.open();
    return client;
  }

  /** Whether something of a session runs in the container. */
  async function runs(sessionId: string): Promise<boolean> {
    const engine = connectToDocker();
    const container = task.containers?.[0]?.runtimeId ?? "";
    const found = await engine.signalMarked(container, `ROADSTEAD_SESSION_ID=${sessionId}`, 0);
    engine.close();
    return found;
  }

  test("gives the AWS CLI a shell, as root", async () => {
    const environment = roadstead.environment(account);
    const line = `aws ecs execute-command --cluster default --task ${task.taskArn} --interactive --command /bin/sh`;
    const { code, stdout, stderr } = await command("script", ["-qec", line, "/dev/null"], {
      env: { ...environment, PATH: `${join(folder, "bin")}:${environment.PATH}`, TERM: "xterm" },
      input: 'echo "sum $((40 + 2)) of $(id -u)"\nexit 3\n',
      timeoutMs: 50_000,
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/Starting session with SessionId: ecs-execute-command-0[0-9a-f]{16}/);
    expect(stdout).toContain("sum 42 of 0");
    expect(stdout).toMatch(/Exiting session with sessionId: ecs-execute-command-0/);
    // AWS: the command's exit code is not passed on.
    expect(code).toBe(0);
  });

  test("tells the AWS CLI why there is no session", async () => {
    const environment = roadstead.environment(account);
    const { code, stderr } = await command(
      "aws",
      ["ecs", "execute-command", "--task", "0".repeat(32), "--interactive", "--command", "sh"],
      { env: { ...environment, PATH: `${join(folder, "bin")}:${environment.PATH}` } },
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain("(InvalidParameterException) when calling the ExecuteCommand operation");
  });

  test("has a terminal of the client's size, before and after it changes", async () => {
    const client = await open("sh", { size: { cols: 123, rows: 41 } });
    client.type("until stty size | grep '41 123'; do sleep 0.1; done\n");
    await client.until(/^41 123\r$/m);
    client.resize({ cols: 200, rows: 50 });
    client.type("until stty size | grep '50 200'; do sleep 0.1; done\n");
    await client.until(/^50 200\r$/m);
    client.type("exit\n");
    await client.closed;
  });

  test("interrupts with Ctrl-C", async () => {
    const client = await open("sh");
    client.type("echo begun; sleep 500\n");
    await client.until(/^begun\r$/m);
    client.type("\x03");
    client.type("echo interrupted=$?\n");
    await client.until(/^interrupted=130\r$/m);
    client.type("exit\n");
    await client.closed;
  });

  test("carries much output whole and in order", async () => {
    const client = await open("seq 1 40000");
    await client.closed;
    expect(client.output).toBe(Array.from({ length: 40_000 }, (_, i) => `${i + 1}\r\n`).join(""));
  });

  test("goes on after the network broke, with what was written meanwhile", async () => {
    const client = await open("sh");
    client.type("for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.2; done; echo over\n");
    await client.until("tick 1");
    client.drop();
    await client.disconnected();
    const { SSMClient, ResumeSessionCommand } = await import("@aws-sdk/client-ssm");
    const ssm = new SSMClient(roadstead.client(account));
    const { TokenValue } = await ssm.send(new ResumeSessionCommand({ SessionId: client.sessionId }));
    await client.open(TokenValue);
    await client.until(/^over\r$/m);
    expect(client.output.match(/^tick \d\r$/gm)).toEqual([1, 2, 3, 4, 5, 6].map((i) => `tick ${i}\r`));
    client.type("exit\n");
    await client.closed;
    ssm.destroy();
  });

  test("leaves nothing running when its client ends it", async () => {
    const client = await open("sh -c 'trap \"\" HUP; echo up; sleep 500'");
    await client.until("up");
    expect(await runs(client.sessionId)).toBe(true);
    client.terminate();
    await client.closed;
    expect(await eventually(10, async () => !(await runs(client.sessionId)))).toBe(true);
  });

  /** Forwards a port with the AWS CLI, for as long as some work takes. @returns what the CLI has shown. */
  async function forwarding(
    documentName: string,
    parameters: string,
    work: (port: number) => Promise<void>,
  ): Promise<string> {
    const environment = roadstead.environment(account);
    const [, cluster, id] = task.taskArn?.split("/") ?? [];
    const target = `ecs:${cluster}_${id}_${task.containers?.[0]?.runtimeId}`;
    const line = ["ssm", "start-session", "--target", target, "--document-name", documentName];
    const child = spawn("aws", [...line, "--parameters", parameters], {
      env: { ...environment, PATH: `${join(folder, "bin")}:${environment.PATH}` },
      // The terminal's interrupt goes to the CLI, which leaves it to the plugin: a group of their own has it, too.
      detached: true,
    });
    let shown = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (shown += text));
    const closed = once(child, "close");
    const opened = () => /Port (\d+) opened/.exec(shown)?.[1];
    await eventually(30, async () => opened() !== undefined || child.exitCode !== null);
    const port = opened();
    if (port !== undefined) {
      await work(Number(port)).finally(() => process.kill(-(child.pid ?? 0), "SIGINT"));
    }
    await closed;
    return shown;
  }

  const fetched = async (port: number): Promise<string> =>
    (await fetch(`http://localhost:${port}/page`)).text();

  test("forwards a port of the container with the AWS CLI, for many connections", async () => {
    const shown = await forwarding("AWS-StartPortForwardingSession", "portNumber=8080", async (port) => {
      for (let round = 0; round < 2; round++) {
        const pages = await Promise.all([fetched(port), fetched(port), fetched(port)]);
        expect(pages.every((one) => one === page)).toBe(true);
      }
    });
    expect(shown).toContain("Terminate signal received, exiting.");
  });

  test("forwards a port of another host, by the name that the task knows it by", async () => {
    const host = task.attachments?.[0]?.details?.find(({ name }) => name === "privateDnsName")?.value;
    const document = "AWS-StartPortForwardingSessionToRemoteHost";
    await forwarding(document, `host=${host},portNumber=8081`, async (port) => {
      expect(await fetched(port)).toBe(page);
    });
    const shown = await forwarding(document, `host=${host},portNumber=8082`, async (port) => {
      await expect(fetched(port)).rejects.toThrow();
    });
    expect(shown).toContain("Connection to destination port failed");
    const forbidden = await forwarding(document, "host=169.254.170.2,portNumber=80", async () => {});
    expect(forbidden).toContain("Forwarding to IP address 169.254.170.2 is forbidden.");
  });

  test("says what could not be started", async () => {
    const client = await open("no-such-program");
    await client.closed;
    expect(client.output).toContain('"no-such-program": executable file not found');
  });
});
