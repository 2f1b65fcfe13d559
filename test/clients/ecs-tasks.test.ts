import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually, findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * Tasks on Fargate from the AWS CLI to a real Docker Engine and back: an image out of this Roadstead's own registry, an
 * address that answers, logs, credentials inside, and every way to end.
 */

const account = "333333333333";
const applets = ["sh", "httpd", "mkdir", "sleep", "cat", "wget", "dd", "true", "echo"];
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);

let roadstead: TestRoadstead;
let folder: string;
let image: string;
let subnet: string;

async function run(file: string, args: readonly string[], input?: string): Promise<string> {
  const env = { ...process.env, ...roadstead.environment(account), HOME: folder };
  const { code, stdout, stderr } = await command(file, args, { env, input });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** An AWS CLI call and what it answers. */
// biome-ignore lint/suspicious/noExplicitAny: answers of the command line are looked into as they come.
const aws = async (...args: readonly string[]): Promise<any> => JSON.parse((await run("aws", args)) || "{}");

interface ContainerWish {
  readonly name: string;
  readonly script: string;
  readonly more?: object;
}

/** Registers a definition of containers that run shell scripts. */
async function define(family: string, containers: readonly ContainerWish[], more: readonly string[] = []) {
  const definitions = containers.map(({ name, script, more: members }) => ({
    name,
    image,
    command: ["sh", "-c", script],
    ...members,
  }));
  await aws(
    ...["ecs", "register-task-definition", "--family", family, "--network-mode", "awsvpc"],
    ...["--requires-compatibilities", "FARGATE", "--cpu", "256", "--memory", "512"],
    ...["--execution-role-arn", `arn:aws:iam::${account}:role/execution`],
    ...["--container-definitions", JSON.stringify(definitions), ...more],
  );
}

async function runTask(family: string): Promise<string> {
  const { tasks } = await aws(
    ...["ecs", "run-task", "--task-definition", family, "--launch-type", "FARGATE"],
    ...["--network-configuration", `awsvpcConfiguration={subnets=[${subnet}]}`],
  );
  return tasks[0].taskArn;
}

async function describeTask(arn: string) {
  return (await aws("ecs", "describe-tasks", "--tasks", arn)).tasks[0];
}

const running = (arn: string) => run("aws", ["ecs", "wait", "tasks-running", "--tasks", arn]);
async function stopped(arn: string) {
  await eventually(60, async () => (await describeTask(arn)).lastStatus === "STOPPED");
  return await describeTask(arn);
}

async function makeRole(name: string): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  await aws(
    ...["iam", "create-role", "--role-name", name],
    ...["--assume-role-policy-document", JSON.stringify(trust)],
  );
}

describe.skipIf(reason !== undefined)("tasks on the Docker Engine", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", registryNames: "path" });
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    const bin = join(folder, "root", "bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(realpathSync(busybox ?? ""), join(bin, "busybox"));
    for (const applet of applets) symlinkSync("busybox", join(bin, applet));
    const { repository } = await aws("ecr", "create-repository", "--repository-name", "team/web");
    image = `${repository.repositoryUri}:v1`;
    const host = image.split("/")[0] ?? "";
    const password = await run("aws", ["ecr", "get-login-password"]);
    await run("docker", ["login", "--username", "AWS", "--password-stdin", host], password);
    await run("tar", ["-C", join(folder, "root"), "-cf", join(folder, "root.tar"), "."]);
    await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image]);
    await run("docker", ["push", image]);
    await run("docker", ["image", "rm", image]);
    await aws("ecs", "create-cluster");
    await makeRole("execution");
    await run("aws", [
      ...["iam", "attach-role-policy", "--role-name", "execution", "--policy-arn"],
      "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    ]);
    await run("aws", ["logs", "create-log-group", "--log-group-name", "/web"]);
    // A range that nobody else on this engine is likely to have: else the host could not reach the tasks.
    const [x = 0, y = 0] = randomBytes(2);
    const range = `10.${x}.${y}.0/24`;
    const { Vpc } = await aws("ec2", "create-vpc", "--cidr-block", range);
    const made = await aws("ec2", "create-subnet", "--vpc-id", Vpc.VpcId, "--cidr-block", range);
    subnet = made.Subnet.SubnetId;
  }, 120_000);

  afterAll(async () => {
    if (roadstead !== undefined) {
      const { taskArns = [] } = await aws("ecs", "list-tasks");
      for (const arn of taskArns) await aws("ecs", "stop-task", "--task", arn);
      for (const arn of taskArns) await stopped(arn);
      // Under the name by which the engine pulled it.
      await command("docker", ["image", "rm", image.replace(/^[^/]*/, `127.0.0.1:${roadstead.port}`)]);
      await roadstead.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test("run from the registry, answer on their address, have a role and leave their last line", async () => {
    await makeRole("task");
    const script = [
      "mkdir /w",
      `wget -qO- http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI > /w/credentials`,
      "wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task > /w/task",
      "echo listening",
      "trap 'echo -n good bye; exit 0' TERM",
      "httpd -p 8080 -h /w",
      "while true; do sleep 0.1; done",
    ].join("\n");
    const options = {
      "awslogs-group": "/web",
      "awslogs-region": "us-east-1",
      "awslogs-stream-prefix": "p",
    };
    await define(
      "web",
      [{ name: "main", script, more: { logConfiguration: { logDriver: "awslogs", options } } }],
      ["--task-role-arn", `arn:aws:iam::${account}:role/task`],
    );
    const arn = await runTask("web");
    await running(arn);
    const task = await describeTask(arn);
    const [main] = task.containers;
    expect(main).toMatchObject({ lastStatus: "RUNNING", imageDigest: expect.stringMatching(/^sha256:/) });
    const address = `http://${main.networkInterfaces[0].privateIpv4Address}:8080`;
    const get = (path: string) => fetch(`${address}/${path}`, { signal: AbortSignal.timeout(2000) });
    expect(await eventually(20, async () => (await get("task")).ok)).toBe(true);
    expect(await (await get("task")).json()).toMatchObject({ TaskARN: arn, Family: "web" });
    const credentials = (await (await get("credentials")).json()) as Record<string, string>;
    expect(credentials.RoleArn).toBe(`arn:aws:iam::${account}:role/task`);
    const who = await command("aws", ["sts", "get-caller-identity"], {
      env: {
        ...roadstead.environment(account),
        AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
        AWS_SESSION_TOKEN: credentials.Token,
      },
    });
    const id = arn.split("/").at(-1);
    expect(JSON.parse(who.stdout).Arn).toBe(`arn:aws:sts::${account}:assumed-role/task/${id}`);

    await aws("ecs", "stop-task", "--task", arn, "--reason", "enough");
    expect(await stopped(arn)).toMatchObject({
      stopCode: "UserInitiated",
      stoppedReason: "enough",
      version: 6,
      attachments: [{ status: "DELETED" }],
      containers: [{ exitCode: 0 }],
    });
    const { events } = await aws("logs", "filter-log-events", "--log-group-name", "/web");
    expect(events.map(({ message }: { message: string }) => message)).toEqual(["listening", "good bye"]);
    expect(events[0].logStreamName).toBe(`p/main/${id}`);
  });

  test("end with their essential container, and side-cars are told to go", async () => {
    await define("exits", [
      { name: "main", script: "sleep 1; exit 3" },
      {
        name: "side",
        script: "trap 'exit 0' TERM; while true; do sleep 0.1; done",
        more: { essential: false },
      },
    ]);
    expect(await stopped(await runTask("exits"))).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 3 }, { exitCode: 0 }],
    });
  });

  test("are killed for their memory", async () => {
    await define("hungry", [
      { name: "main", script: "dd if=/dev/zero of=/dev/null bs=64M count=1000", more: { memory: 16 } },
    ]);
    expect(await stopped(await runTask("hungry"))).toMatchObject({
      stopCode: "EssentialContainerExited",
      containers: [{ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" }],
    });
  });

  test("do not start without their image, and say why", async () => {
    await define("absent", [
      { name: "main", script: "true", more: { image: image.replace(":v1", ":none") } },
    ]);
    const task = await stopped(await runTask("absent"));
    expect(task).toMatchObject({ stopCode: "TaskFailedToStart", version: 5 });
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: .*not found/);
    expect(task).not.toHaveProperty("startedAt");
  });

  test("do not start when the execution role may not pull", async () => {
    await makeRole("powerless");
    await define(
      "refused",
      [{ name: "main", script: "true" }],
      ["--execution-role-arn", `arn:aws:iam::${account}:role/powerless`],
    );
    const task = await stopped(await runTask("refused"));
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.stoppedReason).toMatch(/^ResourceInitializationError: .*ecr:GetAuthorizationToken/s);
  });

  test("leave nothing on the engine", async () => {
    const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
    const label = `label=roadstead.installation=${installation}`;
    const left = async () =>
      (await run("docker", ["ps", "--all", "--quiet", "--filter", label])) +
      (await run("docker", ["network", "ls", "--quiet", "--filter", label]));
    await eventually(20, async () => (await left()) === "");
    expect(await left()).toBe("");
  });
});
