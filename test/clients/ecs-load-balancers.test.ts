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
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { eventually, findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * A service of two tasks behind an Application Load Balancer, by the AWS CLI and on a real Docker Engine: what clients
 * get while it rolls, while a canary has its share, and when what comes is bad. What is only looked at is looked at
 * with the SDK, which is quicker.
 */

const account = "565656565656";
const applets = ["sh", "httpd", "sleep"];
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const patience = { timeout: 120_000, interval: 300 };

let roadstead: TestRoadstead;
let client: ECSClient;
let folder: string;
let repository: string;
let subnets: readonly string[];
let vpc: string;

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
const elbv2 = (...args: readonly string[]) => aws("elbv2", ...args);

/** Pushes an image whose web server says one word. */
async function push(word: string): Promise<void> {
  const root = join(folder, "root");
  mkdirSync(join(root, "w"), { recursive: true });
  writeFileSync(join(root, "w", "index.html"), word);
  await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
  const image = `${repository}:${word}`;
  await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image]);
  await run("docker", ["push", image]);
  await run("docker", ["image", "rm", image]);
}

/** Registers the next revision of the family: a web server that says the word of its image. */
async function define(
  word: string,
  program = "trap 'exit 0' TERM; httpd -p 8080 -h /w; sleep 100000 & wait",
) {
  const main = {
    name: "main",
    image: `${repository}:${word}`,
    command: ["sh", "-c", program],
    portMappings: [{ containerPort: 8080 }],
    stopTimeout: 2,
  };
  await ecs(
    ...["register-task-definition", "--family", "web", "--network-mode", "awsvpc"],
    ...["--requires-compatibilities", "FARGATE", "--cpu", "256", "--memory", "512"],
    ...["--execution-role-arn", `arn:aws:iam::${account}:role/execution`],
    ...["--container-definitions", JSON.stringify([main])],
  );
}

interface Balancer {
  readonly arn: string;
  readonly groups: readonly string[];
  readonly rule: string;
}

/** A load balancer with a listener on a port, and two target groups behind it, the first with all the traffic. */
async function balancer(name: string, port: number): Promise<Balancer> {
  const { LoadBalancers } = await elbv2(
    "create-load-balancer",
    "--scheme",
    "internal",
    "--name",
    name,
    "--subnets",
    ...subnets,
  );
  const { LoadBalancerArn: arn } = LoadBalancers[0];
  const groups: string[] = [];
  for (const suffix of ["blue", "green"]) {
    const { TargetGroups } = await elbv2(
      ...["create-target-group", "--name", `${name}-${suffix}`, "--protocol", "HTTP", "--port", "8080"],
      ...["--vpc-id", vpc, "--target-type", "ip", "--health-check-interval-seconds", "5"],
      ...["--healthy-threshold-count", "2", "--health-check-timeout-seconds", "2"],
    );
    const group = TargetGroups[0].TargetGroupArn;
    groups.push(group);
    await elbv2(
      ...["modify-target-group-attributes", "--target-group-arn", group],
      ...["--attributes", "Key=deregistration_delay.timeout_seconds,Value=3"],
    );
  }
  const weighed = groups.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: index === 0 ? 100 : 0 }));
  const actions = [{ Type: "forward", ForwardConfig: { TargetGroups: weighed } }];
  const { Listeners } = await elbv2(
    ...["create-listener", "--load-balancer-arn", arn, "--protocol", "HTTP", "--port", String(port)],
    ...["--default-actions", JSON.stringify(actions)],
  );
  const { Rules } = await elbv2("describe-rules", "--listener-arn", Listeners[0].ListenerArn);
  return { arn, groups, rule: Rules[0].RuleArn };
}

/** Where the listener of a load balancer is reached from here. */
async function placeOf({ arn }: Balancer): Promise<Place> {
  const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
  return listeners.find((one: { loadBalancerArn: string }) => one.loadBalancerArn === arn)?.host;
}

interface Place {
  readonly address: string;
  readonly port: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** One request; what goes wrong is an answer as well. */
function ask({ address, port }: Place): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ host: address, port, path: "/", agent }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        body += piece;
      });
      answer.on("end", () => resolve(answer.statusCode === 200 ? body : `status ${answer.statusCode}`));
      answer.on("error", (error) => resolve(error.message));
    });
    sent.on("error", (error) => resolve(error.message));
    sent.end();
  });
}

/** Asks again and again, several at once, until something has come to its end. @returns how often each answer came. */
async function underLoad(place: Place, work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>();
  let done = false;
  const client = async (): Promise<void> => {
    while (!done) {
      const answer = await ask(place);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await wait(10);
    }
  };
  const clients = Array.from({ length: 4 }, client);
  try {
    await work();
  } finally {
    done = true;
  }
  await Promise.all(clients);
  return answers;
}

/** How many of so many answers are each word. */
async function sample(place: Place, count: number): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>();
  for (let asked = 0; asked < count; asked++) {
    const answer = await ask(place);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  return answers;
}

async function serviceNamed(name: string): Promise<Service> {
  const { services = [] } = await client.send(new DescribeServicesCommand({ services: [name] }));
  return services[0] ?? {};
}

async function stable(name: string): Promise<void> {
  const isStable = async () => {
    const { deployments = [], runningCount, desiredCount } = await serviceNamed(name);
    return [runningCount === desiredCount, ...deployments.map(({ rolloutState }) => rolloutState)];
  };
  await expect.poll(isStable, patience).toEqual([true, "COMPLETED"]);
}

async function create(name: string, loadBalancer: object, more: readonly string[] = []): Promise<void> {
  const loadBalancers = JSON.stringify([{ ...loadBalancer, containerName: "main", containerPort: 8080 }]);
  await ecs(
    ...["create-service", "--service-name", name, "--task-definition", "web", "--desired-count", "2"],
    ...["--launch-type", "FARGATE", "--load-balancers", loadBalancers],
    ...["--network-configuration", `awsvpcConfiguration={subnets=[${subnets.join(",")}]}`],
    ...more,
  );
}

async function newestDeployment(name: string): Promise<ServiceDeployment> {
  const { serviceDeployments: [brief] = [] } = await client.send(
    new ListServiceDeploymentsCommand({ service: name }),
  );
  const { serviceDeployments: [found] = [] } = await client.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief?.serviceDeploymentArn ?? ""] }),
  );
  return found ?? {};
}

async function forward(seconds: number): Promise<void> {
  await fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceSeconds: seconds }),
  });
}

async function role(name: string, service: string, policy: string): Promise<string> {
  const trust = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  const { Role } = await aws(
    ...["iam", "create-role", "--role-name", name, "--assume-role-policy-document"],
    JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  );
  const policyArn = `arn:aws:iam::aws:policy/${policy}`;
  await run("aws", ["iam", "attach-role-policy", "--role-name", name, "--policy-arn", policyArn]);
  return Role.Arn;
}

describe.skipIf(reason !== undefined)("a service behind a load balancer", { timeout: 300_000 }, () => {
  let infrastructure: string;
  let front: Balancer;

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", registryNames: "path" });
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
    for (const word of ["one", "two"]) await push(word);
    await role("execution", "ecs-tasks.amazonaws.com", "service-role/AmazonECSTaskExecutionRolePolicy");
    infrastructure = await role(
      "infrastructure",
      "ecs.amazonaws.com",
      "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    );
    await ecs("create-cluster");
    // A range that nobody else on this engine is likely to have: else the host could not reach the tasks.
    const [x = 0, y = 0] = randomBytes(2);
    const { Vpc } = await aws("ec2", "create-vpc", "--cidr-block", `10.${x}.${y}.0/24`);
    vpc = Vpc.VpcId;
    subnets = [];
    for (const [zone, start] of [
      ["us-east-1a", 0],
      ["us-east-1b", 128],
    ] as const) {
      const { Subnet } = await aws(
        ...["ec2", "create-subnet", "--vpc-id", vpc, "--availability-zone", zone],
        ...["--cidr-block", `10.${x}.${y}.${start}/25`],
      );
      subnets = [...subnets, Subnet.SubnetId];
    }
    front = await balancer("front", 18_321);
  }, 300_000);

  afterAll(async () => {
    if (roadstead !== undefined) {
      for (const name of ["web", "canary"]) {
        await ecs("delete-service", "--service", name, "--force").catch(() => {});
      }
      await eventually(60, async () => (await left()) === "");
      const name = repository.replace(/^[^/]*/, `127.0.0.1:${roadstead.port}`);
      const ids = await command("docker", ["images", "--quiet", "--no-trunc", name]);
      const images = [...new Set(ids.stdout.split("\n").filter((id) => id !== ""))];
      if (images.length > 0) await command("docker", ["image", "rm", "--force", ...images]);
      client.destroy();
      await roadstead.stop();
    }
    agent.destroy();
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

  test("answers through it", async () => {
    await define("one");
    await create("web", { targetGroupArn: front.groups[0] }, [
      ...["--deployment-configuration", "deploymentCircuitBreaker={enable=true,rollback=true}"],
    ]);
    await stable("web");
    const { address, port } = await placeOf(front);
    expect(await run("curl", ["-sS", "--max-time", "5", `http://${address}:${port}/`])).toBe("one");
    const { TargetHealthDescriptions } = await elbv2(
      ...["describe-target-health", "--target-group-arn", front.groups[0] ?? ""],
    );
    const states = TargetHealthDescriptions.map((one: { TargetHealth: object }) => one.TargetHealth);
    expect(states).toEqual([{ State: "healthy" }, { State: "healthy" }]);
  });

  test("rolls under load, and no request fails", async () => {
    const place = await placeOf(front);
    await define("two");
    const answers = await underLoad(place, async () => {
      await ecs("update-service", "--service", "web", "--task-definition", "web");
      await stable("web");
    });
    expect([...answers.keys()].sort()).toEqual(["one", "two"]);
    expect(await sample(place, 10)).toEqual(new Map([["two", 10]]));
  });

  test("rolls back what never becomes healthy, and nobody notices", async () => {
    const place = await placeOf(front);
    await define("two", "trap 'exit 0' TERM; sleep 100000 & wait");
    const answers = await underLoad(place, async () => {
      await ecs("update-service", "--service", "web", "--task-definition", "web");
      const status = async () => (await newestDeployment("web")).status;
      await expect.poll(status, { ...patience, timeout: 180_000 }).toBe("ROLLBACK_SUCCESSFUL");
    });
    expect([...answers.keys()]).toEqual(["two"]);
    const { events } = await serviceNamed("web");
    expect(JSON.stringify(events)).toMatch(/is unhealthy in \(target-group [^)]*\) due to \(reason /);
  });

  test("gives a canary its share, then everything", async () => {
    const canaries = await balancer("canaries", 18_322);
    const [targetGroupArn, alternateTargetGroupArn] = canaries.groups;
    const advancedConfiguration = {
      ...{ alternateTargetGroupArn, productionListenerRule: canaries.rule, roleArn: infrastructure },
    };
    await define("one");
    const configuration =
      "strategy=CANARY,bakeTimeInMinutes=0,canaryConfiguration={canaryPercent=30,canaryBakeTimeInMinutes=30}";
    await create("canary", { targetGroupArn, advancedConfiguration }, [
      ...["--deployment-configuration", configuration],
    ]);
    await stable("canary");
    const place = await placeOf(canaries);
    expect(await sample(place, 10)).toEqual(new Map([["one", 10]]));
    await define("two");
    const answers = await underLoad(place, async () => {
      await ecs("update-service", "--service", "canary", "--task-definition", "web");
      const share = async () =>
        (await newestDeployment("canary")).targetServiceRevision?.requestedProductionTrafficWeight;
      await expect.poll(share, patience).toBe(30);
      await wait(2000);
      const shared = await sample(place, 400);
      // 30 percent of 400, six standard deviations to each side.
      expect(shared.get("two")).toBeGreaterThan(65);
      expect(shared.get("two")).toBeLessThan(175);
      expect((shared.get("one") ?? 0) + (shared.get("two") ?? 0)).toBe(400);
      await forward(31 * 60);
      const status = async () => (await newestDeployment("canary")).status;
      await expect.poll(status, patience).toBe("SUCCESSFUL");
    });
    expect([...answers.keys()].sort()).toEqual(["one", "two"]);
    expect(await sample(place, 10)).toEqual(new Map([["two", 10]]));
    await stable("canary");
  });
});
