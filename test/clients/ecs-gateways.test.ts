import { randomInt } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Two services of two clusters behind one gateway on a real Docker Engine: each answers under its own name. */

const account = "575757575757";
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const patience = { timeout: 120_000, interval: 300 };
const gateway = "front";
const clusters = ["blue", "green"];
const image = `roadstead-gateways-${randomInt(1_000_000)}:1`;
const range = `10.${randomInt(64, 256)}.${randomInt(256)}`;

describe.skipIf(reason !== undefined)("services behind a gateway", { timeout: 300_000 }, () => {
  let roadstead: TestRoadstead;
  let client: ecs.ECSClient;
  let folder: string;
  let subnets: string[];

  async function run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await command("docker", args);
    if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", ecsHealthyAfter: 0 });
    const settings = roadstead.client(account);
    client = new ecs.ECSClient(settings);
    folder = mkdtempSync(join(tmpdir(), "roadstead-gateways-"));
    const bin = join(folder, "root", "bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(realpathSync(busybox ?? ""), join(bin, "busybox"));
    for (const applet of ["sh", "httpd", "sleep", "mkdir"]) symlinkSync("busybox", join(bin, applet));
    await command("tar", ["-C", join(folder, "root"), "-cf", join(folder, "root.tar"), "."]);
    await run("import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), image);
    const ec2 = new EC2Client(settings);
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `${range}.0/24` }));
    subnets = [];
    for (const [zone, start] of [
      ["us-east-1a", 0],
      ["us-east-1b", 128],
    ] as const) {
      const place = { VpcId: Vpc?.VpcId, AvailabilityZone: zone, CidrBlock: `${range}.${start}/25` };
      const { Subnet } = await ec2.send(new CreateSubnetCommand(place));
      subnets.push(Subnet?.SubnetId ?? "");
    }
    ec2.destroy();
  }, 120_000);

  afterAll(async () => {
    client?.destroy();
    await roadstead?.stop();
    await command("docker", ["image", "rm", "--force", image]);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** What is ours on the engine. */
  async function left(): Promise<string> {
    const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
    const label = `label=roadstead.installation=${installation}`;
    return (
      (await run("ps", "--all", "--quiet", "--filter", label)) +
      (await run("network", "ls", "--quiet", "--filter", label))
    );
  }

  async function infrastructureRole(): Promise<string> {
    const iam = new IAMClient(roadstead.client(account));
    const RoleName = "gateways";
    const trust = { Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRoleForGatewayHostSharedALB";
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    iam.destroy();
    return Role?.Arn ?? "";
  }

  async function forward(advanceSeconds: number): Promise<void> {
    await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds }),
    });
  }

  const routes = async () =>
    (await client.send(new ecs.ListGatewayRoutesCommand({ gateway }))).gatewayRoutes ?? [];

  /** One request to the listener, under a service's name. */
  async function ask(serviceUrl: string, loadBalancerArn: string): Promise<string> {
    const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const { host } = listeners.find(
      (one: { loadBalancerArn: string }) => one.loadBalancerArn === loadBalancerArn,
    );
    const { hostname } = new URL(serviceUrl);
    return new Promise((resolve) => {
      const sent = request(
        {
          host: host.address,
          port: host.port,
          servername: hostname,
          headers: { host: hostname },
          rejectUnauthorized: false,
        },
        (answer) => {
          let body = "";
          answer.on("data", (piece) => {
            body += piece;
          });
          answer.on("end", () => resolve(`${answer.statusCode} ${body}`));
        },
      );
      sent.on("error", (error) => resolve(error.message));
      sent.end();
    });
  }

  test("answer each under its own name, and leave nothing", async () => {
    const infrastructureRoleArn = await infrastructureRole();
    await client.send(
      new ecs.CreateGatewayCommand({
        ...{ name: gateway, infrastructureRoleArn, deletionProtection: false },
        configuration: { hostSharedAlb: { scheme: "internal", networkConfiguration: { subnets } } },
      }),
    );
    for (const word of clusters) {
      await client.send(new ecs.CreateClusterCommand({ clusterName: word }));
      await client.send(new ecs.AssociateGatewayWithClusterCommand({ gateway, cluster: word }));
      const serve = `mkdir -p /w; echo -n ${word} > /w/index.html; trap 'exit 0' TERM; httpd -p 8080 -h /w; sleep 100000 & wait`;
      await client.send(
        new ecs.RegisterTaskDefinitionCommand({
          ...{
            family: word,
            networkMode: "awsvpc",
            requiresCompatibilities: ["FARGATE"],
            cpu: "256",
            memory: "512",
          },
          containerDefinitions: [
            {
              ...{ name: "main", image, command: ["sh", "-c", serve], stopTimeout: 2 },
              portMappings: [{ name: "web", containerPort: 8080, appProtocol: "http" }],
            },
          ],
        }),
      );
      const healthCheck = {
        ...{ healthCheckIntervalSeconds: 5, healthCheckTimeoutSeconds: 2, healthyThresholdCount: 2 },
      };
      await client.send(
        new ecs.CreateServiceCommand({
          ...{
            cluster: word,
            serviceName: "web",
            taskDefinition: word,
            desiredCount: 1,
            launchType: "FARGATE",
          },
          networkConfiguration: { awsvpcConfiguration: { subnets } },
          gatewayConnectors: [{ portName: "web", healthCheck }],
        }),
      );
    }
    await expect
      .poll(async () => (await routes()).map(({ status }) => status), patience)
      .toEqual(["ACTIVE", "ACTIVE"]);
    const used = new Set<string>();
    for (const { gatewayRouteArn, clusterArn } of await routes()) {
      const { gatewayRoute } = await client.send(new ecs.DescribeGatewayRouteCommand({ gatewayRouteArn }));
      const { loadBalancerArn = "" } = gatewayRoute?.resources?.hostSharedAlb?.[0] ?? {};
      used.add(loadBalancerArn);
      const url = gatewayRoute?.serviceUrl ?? "";
      const word = clusterArn?.split("/").at(-1);
      await expect.poll(() => ask(url, loadBalancerArn), patience).toBe(`200 ${word}`);
      expect(await ask("https://nobody.example", loadBalancerArn)).toBe("404 ");
    }
    expect(used.size).toBe(1);
    for (const cluster of clusters) {
      await client.send(new ecs.DeleteServiceCommand({ cluster, service: "web", force: true }));
      await client.send(new ecs.DisassociateGatewayFromClusterCommand({ gateway, cluster }));
    }
    // Targets drain for five minutes by default; the clock goes on.
    await expect
      .poll(async () => {
        await forward(20);
        return await routes();
      }, patience)
      .toEqual([]);
    const associated = async () =>
      (await client.send(new ecs.ListGatewayClusterAssociationsCommand({ gateway })))
        .gatewayClusterAssociations;
    await expect.poll(associated, patience).toEqual([]);
    await client.send(new ecs.DeleteGatewayCommand({ gateway }));
    await expect.poll(left, patience).toBe("");
  });
});
