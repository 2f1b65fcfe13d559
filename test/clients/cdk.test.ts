import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { findProgram } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** The example of examples/cdk, by the real CDK and on a real Docker Engine: from `cdk deploy` to `cdk destroy`. */

const account = "575757575757";
const example = fileURLToPath(new URL("../../examples/cdk", import.meta.url));
const packages = process.env.ROADSTEAD_CDK ?? join(example, "node_modules");
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined) ??
  (existsSync(join(packages, "aws-cdk"))
    ? undefined
    : "the CDK is not installed (npm install in examples/cdk)");
if (reason !== undefined) process.stderr.write(`SKIPPED: cdk: ${reason}\n`);

describe.skipIf(reason !== undefined)("the AWS CDK", { timeout: 600_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;
  let image: string;

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker" });
    folder = mkdtempSync(join(tmpdir(), "roadstead-cdk-"));
    cpSync(example, folder, {
      recursive: true,
      filter: (path) => !/node_modules|cdk\.(out|context)/.test(path),
    });
    symlinkSync(packages, join(folder, "node_modules"));
    image = await pushed("hello");
  }, 120_000);
  afterAll(async () => {
    await roadstead?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => ({
    ...process.env,
    ...roadstead.environment(account),
    HOME: folder,
    IMAGE: image,
  });

  async function run(file: string, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await command(file, args, {
      ...{ env: environment(), cwd: folder, timeoutMs: 500_000 },
      ...(input !== undefined && { input }),
    });
    expect(code, `${file} ${args.join(" ")}: ${stdout}${stderr}`).toBe(0);
    return `${stdout}${stderr}`;
  }

  const cdk = (...args: readonly string[]) => run(join(packages, ".bin", "cdk"), args);

  /** Pushes an image whose web server says one word. @returns its URI. */
  async function pushed(word: string): Promise<string> {
    const made = JSON.parse(await run("aws", ["ecr", "create-repository", "--repository-name", "web"]));
    const uri: string = made.repository.repositoryUri;
    const root = join(folder, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    mkdirSync(join(root, "www"));
    writeFileSync(join(root, "www", "index.html"), word);
    copyFileSync(busybox ?? "", join(root, "bin", "busybox"));
    for (const applet of ["sh", "httpd"]) symlinkSync("busybox", join(root, "bin", applet));
    await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
    const program = 'CMD ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]';
    await run("docker", ["import", "--change", program, join(folder, "root.tar"), `${uri}:v1`]);
    const password = await run("aws", ["ecr", "get-login-password"]);
    await run("docker", ["login", "--username", "AWS", "--password-stdin", uri], password);
    await run("docker", ["push", `${uri}:v1`]);
    await run("docker", ["image", "rm", `${uri}:v1`]);
    return `${uri}:v1`;
  }

  /** What answers behind the stack's load balancer. */
  async function answer(): Promise<string> {
    const { listeners } = await (await fetch(`${roadstead.url}/_roadstead/load-balancers`)).json();
    const [{ host }] = listeners as readonly [{ host: { address: string; port: number } }];
    return (await fetch(`http://${host.address}:${host.port}/`)).text();
  }

  test("makes a network, a service and what leads to it, changes nothing twice, and takes all of it away", async () => {
    expect(await cdk("deploy", "--require-approval", "never")).toContain("web.Address = ");
    const stacks = new CloudFormationClient(roadstead.client(account));
    const { Stacks: [stack] = [] } = await stacks.send(new DescribeStacksCommand({ StackName: "web" }));
    expect(stack?.StackStatus).toBe("CREATE_COMPLETE");
    const { StackResourceSummaries = [] } = await stacks.send(
      new ListStackResourcesCommand({ StackName: "web" }),
    );
    expect(StackResourceSummaries.length).toBeGreaterThan(35);
    expect(await answer()).toBe("hello");

    expect(await cdk("diff")).toContain("Number of stacks with differences: 0");
    expect(await cdk("deploy", "--require-approval", "never")).toContain("web (no changes)");

    await cdk("destroy", "--force");
    await expect(stacks.send(new DescribeStacksCommand({ StackName: "web" }))).rejects.toThrow(
      /does not exist/,
    );
    const ec2 = new EC2Client(roadstead.client(account));
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    expect(Vpcs.map(({ IsDefault }) => IsDefault)).toEqual([true]);
    ec2.destroy();
    stacks.destroy();
  });
});
