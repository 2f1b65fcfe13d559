import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeNetworkInterfacesCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

/** The stack of examples/terraform-production by Terraform on a real Docker Engine: traffic flows through all of it. */

const account = "585858585858";
const region = "eu-west-1";
const example = terraformExample("terraform-production", account);
const busybox = findProgram("busybox");
const reason =
  example.unavailable ??
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);

afterAll(() => example.remove());

describe.skipIf(reason !== undefined)("a production stack", { timeout: 600_000 }, () => {
  let roadstead: TestRoadstead;
  let ec2: EC2Client;
  let folder: string;
  let image: string;

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", ecsHealthyAfter: 0 });
    ec2 = new EC2Client(roadstead.client(account, region));
    folder = mkdtempSync(join(tmpdir(), "roadstead-production-"));
    image = await pushed();
  }, 120_000);
  afterAll(async () => {
    ec2?.destroy();
    await roadstead?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function run(file: string, args: readonly string[], input?: string): Promise<string> {
    const env = { ...process.env, ...roadstead.environment(account, region), HOME: folder };
    const { code, stdout, stderr } = await command(file, args, {
      env,
      ...(input !== undefined && { input }),
    });
    expect(code, `${file} ${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout;
  }

  /** Pushes an image of busybox. @returns its URI. */
  async function pushed(): Promise<string> {
    const made = JSON.parse(await run("aws", ["ecr", "create-repository", "--repository-name", "base"]));
    const uri: string = made.repository.repositoryUri;
    const root = join(folder, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    copyFileSync(busybox ?? "", join(root, "bin", "busybox"));
    for (const applet of ["sh", "httpd", "wget", "sleep", "mkdir", "mv"]) {
      symlinkSync("busybox", join(root, "bin", applet));
    }
    await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
    await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), `${uri}:v1`]);
    const password = await run("aws", ["ecr", "get-login-password"]);
    await run("docker", ["login", "--username", "AWS", "--password-stdin", uri], password);
    await run("docker", ["push", `${uri}:v1`]);
    await run("docker", ["image", "rm", `${uri}:v1`]);
    return `${uri}:v1`;
  }

  const terraform = (action: string, ...args: readonly string[]) =>
    example.run(roadstead.url, action, `-var=image=${image}`, ...args);

  /** Where a listener of the load balancer is reached from here. */
  async function place(port: number): Promise<{ address: string; port: number }> {
    const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const found = listeners.find((one: { port: number }) => one.port === port);
    return found.host;
  }

  /** What the secure listener answers. */
  async function answer(): Promise<string> {
    const { address, port } = await place(443);
    return new Promise((resolve, reject) => {
      const options = { host: address, port, servername: "web.example.com", rejectUnauthorized: false };
      const asked = request(options, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          body += piece;
        });
        response.on("end", () => resolve(body.trim()));
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  test("is applied, and its services talk to each other by Service Connect and by name", async () => {
    const applied = await terraform("apply", "-auto-approve");
    expect(applied.code, applied.text).toBe(0);
    await expect.poll(answer, { timeout: 60_000, interval: 500 }).toBe("connect=hello name=hello");
    const plain = await place(80);
    const redirected = await fetch(`http://${plain.address}:${plain.port}/x`, { redirect: "manual" });
    expect(redirected.status).toBe(301);
    expect(redirected.headers.get("location")).toMatch(/^https:\/\/[^/]+:443\/x$/);
  });

  test("then has nothing to change", async () => {
    const plan = await terraform("plan", "-detailed-exitcode");
    expect(plan.code, plan.text).toBe(0);
  });

  test("and is destroyed without a rest", async () => {
    const destroyed = await terraform("destroy", "-auto-approve");
    expect(destroyed.code, destroyed.text).toBe(0);
    const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    expect(NetworkInterfaces).toEqual([]);
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    expect(Vpcs.map(({ IsDefault }) => IsDefault)).toEqual([true]);
  });
});
