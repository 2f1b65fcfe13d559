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
import { CreateSubnetCommand, CreateVpcCommand, DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateDaemonCommand,
  CreateServiceCommand,
  DeleteDaemonCommand,
  DeleteServiceCommand,
  RegisterDaemonTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ManagedWorld,
  managedWorld,
} from "../../src/services/ecs/capacity-providers/managed.testing.ts";
import { command, missing } from "../support/command.ts";
import { eventually, findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * Managed instances on a real Docker Engine: a provider, a daemon, a service of two tasks. An instance appears, the
 * daemon runs on it first, the tasks answer; scaled to nothing, all of it goes.
 */

const account = "555555555555";
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const patience = { timeout: 90_000, interval: 250 };

let roadstead: TestRoadstead;
let world: ManagedWorld;
let folder: string;
let image: string;
let subnet: string;
let executionRoleArn: string;

async function run(file: string, args: readonly string[], input?: string): Promise<string> {
  const env = { ...process.env, ...roadstead.environment(account), HOME: folder };
  const { code, stdout, stderr } = await command(file, args, { env, input });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Pushes an image with a shell and a web server. */
async function push(): Promise<void> {
  const root = join(folder, "root");
  mkdirSync(join(root, "bin"), { recursive: true });
  mkdirSync(join(root, "w"));
  copyFileSync(realpathSync(busybox ?? ""), join(root, "bin", "busybox"));
  for (const applet of ["sh", "httpd", "sleep"]) symlinkSync("busybox", join(root, "bin", applet));
  writeFileSync(join(root, "w", "index.html"), "managed");
  const ecr = new ECRClient(roadstead.client(account));
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "team/managed" }));
  ecr.destroy();
  image = `${repository?.repositoryUri}:v1`;
  const password = await run("aws", ["ecr", "get-login-password"]);
  await run(
    "docker",
    ["login", "--username", "AWS", "--password-stdin", image.split("/")[0] ?? ""],
    password,
  );
  await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
  await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image]);
  await run("docker", ["push", image]);
  await run("docker", ["image", "rm", image]);
}

/** What is ours on the engine. */
async function left(): Promise<string> {
  const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
  const filter = `label=roadstead.installation=${installation}`;
  return (await command("docker", ["ps", "--all", "--quiet", "--filter", filter])).stdout;
}

const program = (what: string) => ["sh", "-c", `trap 'exit 0' TERM; ${what} & wait`];

describe.skipIf(reason !== undefined)("managed instances on the Docker Engine", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", registryNames: "path", ecsHealthyAfter: 1 });
    folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
    mkdirSync(folder);
    world = await managedWorld(roadstead, account);
    await push();
    const { Role } = await world.iam.send(
      new CreateRoleCommand({
        RoleName: "execution",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "ecs-tasks.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      }),
    );
    executionRoleArn = Role?.Arn ?? "";
    await world.iam.send(
      new AttachRolePolicyCommand({
        RoleName: "execution",
        PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
      }),
    );
    // A range that nobody else on this engine is likely to have: else the host could not reach the tasks.
    const [x = 0, y = 0] = randomBytes(2);
    const CidrBlock = `10.${x}.${y}.0/24`;
    const { Vpc } = await world.ec2.send(new CreateVpcCommand({ CidrBlock }));
    const { Subnet } = await world.ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock }));
    subnet = Subnet?.SubnetId ?? "";
  }, 120_000);

  afterAll(async () => {
    if (roadstead !== undefined) {
      await world?.ecs.send(new DeleteServiceCommand({ service: "web", force: true })).catch(() => undefined);
      await eventually(60, async () => (await left()) === "");
      const name = image.replace(/^[^/]*/, `127.0.0.1:${roadstead.port}`).replace(/:v1$/, "");
      const ids = await command("docker", ["images", "--quiet", "--no-trunc", name]);
      const images = [...new Set(ids.stdout.split("\n").filter((id) => id !== ""))];
      if (images.length > 0) await command("docker", ["image", "rm", "--force", ...images]);
      world?.close();
      await roadstead.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test("an instance comes for a service, with its daemon, and goes after it", async () => {
    const provider = await world.provider("managed", {
      instanceLaunchTemplate: {
        ec2InstanceProfileArn: `arn:aws:iam::${account}:instance-profile/ecsInstanceRole`,
        networkConfiguration: { subnets: [subnet] },
        instanceRequirements: { vCpuCount: { min: 1, max: 4 }, memoryMiB: { min: 512, max: 4096 } },
      },
    });
    const { daemonTaskDefinitionArn } = await world.ecs.send(
      new RegisterDaemonTaskDefinitionCommand({
        family: "agent",
        executionRoleArn,
        cpu: "128",
        memory: "128",
        containerDefinitions: [{ name: "agent", image, command: program("sleep 100000"), stopTimeout: 2 }],
      }),
    );
    const { daemonArn } = await world.ecs.send(
      new CreateDaemonCommand({
        daemonName: "agent",
        daemonTaskDefinitionArn,
        capacityProviderArns: [provider],
      }),
    );
    await world.register({
      executionRoleArn,
      containerDefinitions: [
        { name: "main", image, command: program("httpd -p 8080 -h /w; sleep 100000"), stopTimeout: 2 },
      ],
    });
    await world.ecs.send(
      new CreateServiceCommand({
        serviceName: "web",
        taskDefinition: "web",
        desiredCount: 2,
        capacityProviderStrategy: [{ capacityProvider: "managed", weight: 1 }],
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
      }),
    );
    const running = async () =>
      (await world.tasks()).filter(({ lastStatus }) => lastStatus === "RUNNING").map(({ group }) => group);
    await expect
      .poll(async () => (await running()).sort(), patience)
      .toEqual(["daemon:agent", "service:web", "service:web"]);
    const [instance, ...more] = await world.instances();
    expect(more).toEqual([]);
    expect(instance).toMatchObject({ status: "ACTIVE", runningTasksCount: 3 });
    const { Reservations = [] } = await world.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [instance?.ec2InstanceId ?? ""] }),
    );
    expect(Reservations[0]?.Instances?.[0]?.State?.Name).toBe("running");

    const web = (await world.tasks()).filter(({ group }) => group === "service:web");
    for (const { containers } of web) {
      const address = containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
      const retries = ["--max-time", "2", "--retry", "5", "--retry-all-errors"];
      expect(await run("curl", ["-sS", ...retries, `${address}:8080`])).toBe("managed");
    }

    await world.ecs.send(new UpdateServiceCommand({ service: "web", desiredCount: 0 }));
    await expect.poll(async () => (await world.instances()).length, patience).toBe(0);
    const ended = await world.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [instance?.ec2InstanceId ?? ""] }),
    );
    expect(ended.Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe("terminated");
    await expect.poll(left, patience).toBe("");
    // The daemon was the last that stopped.
    const stopped = await world.tasks({ desiredStatus: "STOPPED" });
    const at = (group: string) =>
      stopped.filter((task) => task.group === group).map(({ stoppedAt }) => Number(stoppedAt));
    expect(Math.min(...at("daemon:agent"))).toBeGreaterThanOrEqual(Math.max(...at("service:web")));
    await world.ecs.send(new DeleteDaemonCommand({ daemonArn }));
    await world.ecs.send(new DeleteServiceCommand({ service: "web" }));
  });
});
