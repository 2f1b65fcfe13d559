import { randomBytes } from "node:crypto";
import {
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
import { setTimeout as wait } from "node:timers/promises";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually, findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * The life of a service, by the AWS CLI and on a real Docker Engine: from its first task that answers to the deletion of
 * the service-linked role. What is only looked at is looked at with the SDK, which is quicker.
 */

const account = "444444444444";
const role = "AWSServiceRoleForECS";
const applets = ["sh", "httpd", "sleep"];
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const patience = { timeout: 90_000, interval: 250 };

let roadstead: TestRoadstead;
let folder: string;
let repository: string;
let subnet: string;
let client: ECSClient;

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

/** Pushes an image whose web server says one word. */
async function push(tag: string, word: string): Promise<void> {
  const root = join(folder, "root");
  mkdirSync(join(root, "w"), { recursive: true });
  writeFileSync(join(root, "w", "index.html"), word);
  await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
  const image = `${repository}:${tag}`;
  await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image]);
  await run("docker", ["push", image]);
  await run("docker", ["image", "rm", image]);
}

/** Registers the next revision of the family. */
async function define(tag: string, program = "trap 'exit 0' TERM; httpd -p 8080 -h /w; sleep 100000 & wait") {
  const main = {
    name: "main",
    image: `${repository}:${tag}`,
    command: program.startsWith("/") ? [program] : ["sh", "-c", program],
    stopTimeout: 2,
  };
  await ecs(
    ...["register-task-definition", "--family", "web", "--network-mode", "awsvpc"],
    ...["--requires-compatibilities", "FARGATE", "--cpu", "256", "--memory", "512"],
    ...["--execution-role-arn", `arn:aws:iam::${account}:role/execution`],
    ...["--container-definitions", JSON.stringify([main])],
  );
}

async function described(): Promise<Service> {
  const { services = [] } = await client.send(new DescribeServicesCommand({ services: ["web"] }));
  return services[0] ?? {};
}

/** Waits until the service has what it wants, as `aws ecs wait services-stable` does, and more often. */
async function stable(): Promise<void> {
  const isStable = async () => {
    const { deployments = [], runningCount, desiredCount } = await described();
    return [runningCount === desiredCount, ...deployments.map(({ rolloutState }) => rolloutState)];
  };
  await expect.poll(isStable, patience).toEqual([true, "COMPLETED"]);
}

const definitionOf = ({ taskDefinition }: Service) => taskDefinition?.split("/").at(-1);

async function tasks(): Promise<readonly Task[]> {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ serviceName: "web" }));
  if (taskArns.length === 0) return [];
  return (await client.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
}

async function newestDeployment() {
  const { serviceDeployments = [] } = await client.send(
    new ListServiceDeploymentsCommand({ service: "web" }),
  );
  return serviceDeployments[0] ?? {};
}

/** What the web servers of the service's tasks say, each once. */
async function words(): Promise<readonly string[]> {
  const said = await Promise.all(
    (await tasks()).map(async ({ containers }) => {
      const address = containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
      return run("curl", ["-sS", "--max-time", "2", "--retry", "5", "--retry-all-errors", `${address}:8080`]);
    }),
  );
  return [...new Set(said)];
}

const digests = async () => new Set((await tasks()).map(({ containers }) => containers?.[0]?.imageDigest));
const digestOf = async (tag: string) =>
  (await aws("ecr", "describe-images", "--repository-name", "team/web", "--image-ids", `imageTag=${tag}`))
    .imageDetails[0].imageDigest;

/** Looks at the service again and again until it is stable. @returns the fewest and the most tasks that were seen. */
async function watched(): Promise<{ readonly fewest: number; readonly most: number }> {
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  let done = false;
  const looking = (async () => {
    while (!done) {
      const { deployments = [] } = await described();
      const running = deployments.reduce((all, { runningCount = 0 }) => all + runningCount, 0);
      const pending = deployments.reduce((all, { pendingCount = 0 }) => all + pendingCount, 0);
      fewest = Math.min(fewest, running);
      most = Math.max(most, running + pending);
      await wait(50);
    }
  })();
  await stable();
  done = true;
  await looking;
  return { fewest, most };
}

describe.skipIf(reason !== undefined)("a service on the Docker Engine", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", registryNames: "path", ecsHealthyAfter: 1 });
    client = new ECSClient(roadstead.client(account));
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    const bin = join(folder, "root", "bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(realpathSync(busybox ?? ""), join(bin, "busybox"));
    for (const applet of applets) symlinkSync("busybox", join(bin, applet));
    const made = await aws("ecr", "create-repository", "--repository-name", "team/web");
    repository = made.repository.repositoryUri;
    const password = await run("aws", ["ecr", "get-login-password"]);
    const host = repository.split("/")[0] ?? "";
    await run("docker", ["login", "--username", "AWS", "--password-stdin", host], password);
    await push("v1", "one");
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
    await ecs("create-cluster");
    // A range that nobody else on this engine is likely to have: else the host could not reach the tasks.
    const [x = 0, y = 0] = randomBytes(2);
    const range = `10.${x}.${y}.0/24`;
    const { Vpc } = await aws("ec2", "create-vpc", "--cidr-block", range);
    const { Subnet } = await aws("ec2", "create-subnet", "--vpc-id", Vpc.VpcId, "--cidr-block", range);
    subnet = Subnet.SubnetId;
  }, 120_000);

  afterAll(async () => {
    if (roadstead !== undefined) {
      const { taskArns = [] } = await ecs("list-tasks").catch(() => ({}));
      for (const arn of taskArns) await ecs("stop-task", "--task", arn);
      await eventually(30, async () => (await left()) === "");
      // Under the name by which the engine pulled it.
      const name = repository.replace(/^[^/]*/, `127.0.0.1:${roadstead.port}`);
      const ids = await command("docker", ["images", "--quiet", "--no-trunc", name]);
      const images = [...new Set(ids.stdout.split("\n").filter((id) => id !== ""))];
      if (images.length > 0) await command("docker", ["image", "rm", "--force", ...images]);
      client.destroy();
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

  test("comes to its tasks, which answer, and the role is there", async () => {
    await define("v1");
    await ecs(
      ...["create-service", "--service-name", "web", "--task-definition", "web", "--desired-count", "2"],
      ...["--launch-type", "FARGATE"],
      ...["--network-configuration", `awsvpcConfiguration={subnets=[${subnet}]}`],
      ...["--deployment-configuration", "deploymentCircuitBreaker={enable=true,rollback=true}"],
    );
    await run("aws", ["ecs", "wait", "services-stable", "--services", "web"]);
    expect(await tasks()).toHaveLength(2);
    expect(await words()).toEqual(["one"]);
    const found = await aws("iam", "get-role", "--role-name", role);
    expect(found.Role.Path).toBe("/aws-service-role/ecs.amazonaws.com/");
  });

  test("runs what its first task pulled, though the tag has moved; a new deployment takes the new image", async () => {
    const before = await digestOf("v1");
    await push("v1", "moved");
    expect(await digestOf("v1")).not.toBe(before);
    await ecs("update-service", "--service", "web", "--desired-count", "3");
    await stable();
    expect(await digests()).toEqual(new Set([before]));
    expect(await words()).toEqual(["one"]);
    await ecs("update-service", "--service", "web", "--desired-count", "2", "--force-new-deployment");
    await stable();
    expect(await digests()).toEqual(new Set([await digestOf("v1")]));
    expect(await words()).toEqual(["moved"]);
    const number = (await described()).deployments?.[0]?.id?.split("/")[1];
    const revision = `arn:aws:ecs:us-east-1:${account}:service-revision/default/web/${number}`;
    const { serviceRevisions } = await ecs(
      ...["describe-service-revisions", "--service-revision-arns", revision],
    );
    expect(serviceRevisions[0].containerImages).toEqual([
      { containerName: "main", image: `${repository}:v1`, imageDigest: await digestOf("v1") },
    ]);
  });

  test("is updated within the percentages", async () => {
    await push("v2", "two");
    await define("v2");
    await ecs("update-service", "--service", "web", "--task-definition", "web");
    // 100 to 200 % of two.
    const { fewest, most } = await watched();
    expect(fewest).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(2);
    expect(await words()).toEqual(["two"]);
  });

  test("is rolled back when its new tasks do not start", async () => {
    await define("v2", "/absent");
    await ecs("update-service", "--service", "web", "--task-definition", "web");
    expect(definitionOf(await described())).toBe("web:3");
    await expect.poll(async () => definitionOf(await described()), patience).toBe("web:2");
    await stable();
    const { events = [] } = await described();
    const said = events.map(({ message }) => message).join("\n");
    expect(said).toContain("deployment failed: tasks failed to start.");
    expect(said).toContain("rolling back to deployment ecs-svc/");
    expect(await words()).toEqual(["two"]);
    expect((await newestDeployment()).status).toBe("ROLLBACK_SUCCESSFUL");
  });

  test("replaces a task whose container is killed", async () => {
    const [victim] = await tasks();
    const arn = victim?.taskArn ?? "";
    await run("docker", ["kill", victim?.containers?.[0]?.runtimeId ?? ""]);
    const dead = async () => (await client.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks?.[0];
    await expect.poll(async () => (await dead())?.lastStatus, patience).toBe("STOPPED");
    expect(await dead()).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 137 }],
    });
    await expect.poll(async () => (await described()).runningCount, patience).toBe(2);
    await stable();
    expect((await tasks()).map(({ taskArn }) => taskArn)).not.toContain(arn);
    expect(await words()).toEqual(["two"]);
  });

  test("is stopped in mid-deployment by hand, and rolled back", async () => {
    // Its new tasks start, and never come to be healthy within this test.
    await define("v2", "sleep 100000");
    const update = ["update-service", "--service", "web", "--task-definition", "web"];
    await ecs(...update, "--deployment-configuration", "bakeTimeInMinutes=60");
    const { status, serviceDeploymentArn = "" } = await newestDeployment();
    expect(status).toMatch(/PENDING|IN_PROGRESS/);
    await ecs("stop-service-deployment", "--service-deployment-arn", serviceDeploymentArn);
    await ecs("update-service", "--service", "web", "--deployment-configuration", "bakeTimeInMinutes=0");
    await expect.poll(async () => (await newestDeployment()).status, patience).toBe("ROLLBACK_SUCCESSFUL");
    await stable();
    expect(definitionOf(await described())).toBe("web:2");
  });

  test("is scaled to nothing and deleted; cluster and role go in AWS's order", async () => {
    const removal = ["delete-service", "--service", "web"];
    await expect(ecs(...removal)).rejects.toThrow(
      "The service cannot be stopped while it is scaled above 0.",
    );
    await ecs("update-service", "--service", "web", "--desired-count", "0");
    await stable();
    expect(await tasks()).toEqual([]);
    await expect(ecs("delete-cluster", "--cluster", "default")).rejects.toThrow(
      "ClusterContainsServicesException",
    );
    const refused = await deleteRole();
    expect(refused.Status).toBe("FAILED");
    expect(refused.Reason.RoleUsageList[0].Region).toBe("us-east-1");

    await ecs(...removal);
    await expect.poll(async () => (await described()).status, patience).toBe("INACTIVE");
    await ecs("delete-cluster", "--cluster", "default");
    expect(await deleteRole()).toMatchObject({ Status: "SUCCEEDED" });
    await expect(aws("iam", "get-role", "--role-name", role)).rejects.toThrow("NoSuchEntity");
    await expect.poll(left, patience).toBe("");
  });

  async function deleteRole() {
    const { DeletionTaskId: id } = await aws("iam", "delete-service-linked-role", "--role-name", role);
    const status = () => aws("iam", "get-service-linked-role-deletion-status", "--deletion-task-id", id);
    await expect.poll(async () => (await status()).Status, patience).toMatch(/SUCCEEDED|FAILED/);
    return status();
  }
});
