import { CreateDefaultVpcCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { findings } from "./axe-findings.ts";
import { noBrowser, signedIn, startBrowser, visit } from "./browser.ts";

const region = "eu-west-1";
const hostile = "<img src=x onerror=window.broken=1>";
const password = "Correct-horse-1";
let roadstead: TestRoadstead;
let browser: Browser;
let ecs: ECSClient;
let subnet: string;
let roleArn: string;

const at = (path: string): string =>
  `${roadstead.url}${path}${path.includes("?") ? "&" : "?"}region=${region}`;

async function register(family: string, command: readonly string[]): Promise<void> {
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family, requiresCompatibilities: ["FARGATE"], networkMode: "awsvpc", cpu: "256", memory: "512" },
      ...{ taskRoleArn: roleArn, executionRoleArn: roleArn },
      containerDefinitions: [
        {
          ...{ name: "app", image: "busybox", command: [...command], essential: true },
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": "/harbour",
              "awslogs-region": region,
              "awslogs-stream-prefix": "crane",
              "awslogs-create-group": "true",
            },
          },
        },
      ],
    }),
  );
}

/** A task that runs, by its id. */
async function started(taskDefinition: string): Promise<string> {
  const { tasks } = await ecs.send(
    new RunTaskCommand({
      ...{ cluster: "harbour", taskDefinition, launchType: "FARGATE", enableExecuteCommand: true },
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
    }),
  );
  const arn = tasks?.[0]?.taskArn ?? "";
  await expect
    .poll(
      async () =>
        (await ecs.send(new DescribeTasksCommand({ cluster: "harbour", tasks: [arn] }))).tasks?.[0]
          ?.lastStatus,
      { timeout: 20_000 },
    )
    .toBe("RUNNING");
  return arn.slice(arn.lastIndexOf("/") + 1);
}

async function isUnbroken(page: Page): Promise<void> {
  expect(await page.evaluate(() => "broken" in window)).toBe(false);
  expect(await page.locator("img[src='x']").count()).toBe(0);
}

describe.skipIf(noBrowser !== undefined)(`ECS in the console ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    const settings = roadstead.client("000000000000", region);
    ecs = new ECSClient(settings);
    const ec2 = new EC2Client(settings);
    const iam = new IAMClient(settings);
    await ec2.send(new CreateDefaultVpcCommand({})).catch(() => undefined);
    subnet = (await ec2.send(new DescribeSubnetsCommand({}))).Subnets?.[0]?.SubnetId ?? "";
    const document = (statement: object): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const { Role: role } = await iam.send(
      new CreateRoleCommand({
        RoleName: "crane",
        AssumeRolePolicyDocument: document({
          ...{ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
        }),
      }),
    );
    roleArn = role?.Arn ?? "";
    await iam.send(
      new PutRolePolicyCommand({
        ...{ RoleName: "crane", PolicyName: "all" },
        PolicyDocument: document({ Action: ["ssmmessages:*", "logs:*"], Resource: "*" }),
      }),
    );
    await iam.send(new CreateUserCommand({ UserName: "viewer" }));
    await iam.send(new CreateLoginProfileCommand({ UserName: "viewer", Password: password }));
    await iam.send(
      new AttachUserPolicyCommand({
        ...{ UserName: "viewer", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      }),
    );
    await ecs.send(new CreateClusterCommand({ clusterName: "harbour" }));
    await register("crane", ["sh", "-c", `echo '${hostile}'; serve`]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("a page hears of what others change, without asking", async () => {
    const { page, context, troubles } = await signedIn(browser, at("/ecs/task-definitions"));
    // The first page of a cold browser.
    page.setDefaultTimeout(20_000);
    await page.getByRole("link", { name: "crane", exact: true }).waitFor();
    // This list is not asked for again by time: only the stream can bring it.
    await register("winch", ["serve"]);
    await page.getByRole("link", { name: "winch", exact: true }).waitFor();
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a definition is written, put right where it is wrong, and made; a service of it is created and seen to start", async () => {
    const { page, context, troubles } = await signedIn(
      browser,
      at("/ecs/create-task-definition?from=crane:1"),
    );
    const text = page.getByRole("textbox", { name: "Task definition" });
    await expect.poll(() => text.inputValue()).toContain('"family": "crane"');
    const create = page.getByRole("button", { name: "Create", exact: true });
    const right = await text.inputValue();
    await text.fill(right.replace('"networkMode"', '"netMode"'));
    await page.getByText("netMode is no member of a task definition.").waitFor();
    await expect.poll(() => create.isDisabled()).toBe(true);
    await text.fill(right.replace('"family": "crane"', '"family": "hoist"'));
    await create.click();
    await page.getByRole("heading", { name: "hoist", exact: true }).waitFor();

    await page.goto(at("/ecs/clusters/harbour"));
    await page.getByRole("button", { name: "Create service" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Service name").fill("lift");
    await form.getByRole("button", { name: /Task definition/ }).click();
    await page.getByRole("option", { name: "hoist:1" }).click();
    await form.getByLabel("Desired tasks").fill("2");
    await form.getByRole("button", { name: /Subnets/ }).click();
    await page.getByRole("option", { name: subnet }).click();
    await page.keyboard.press("Escape");
    await form.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByText("Created the service lift.").waitFor();

    await page.getByRole("link", { name: "lift", exact: true }).click();
    await page.getByRole("heading", { name: "Tasks, old and new" }).waitFor();
    await expect
      .poll(() => page.getByRole("link", { name: /: RUNNING/ }).count(), { timeout: 20_000 })
      .toBe(2);
    expect(await findings(page)).toEqual([]);
    await page.getByRole("tab", { name: "Metrics" }).click();
    await page.getByRole("heading", { name: "Memory utilization, percent" }).waitFor();
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "harbour", services: ["lift"] }),
    );
    expect(services?.[0]).toMatchObject({ desiredCount: 2, launchType: "FARGATE" });
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a command in a container, in a terminal; what it writes and what the task logs is text", async () => {
    const task = await started("crane");
    const { page, context, troubles } = await signedIn(browser, at(`/ecs/clusters/harbour/tasks/${task}`));
    await page.getByRole("link", { name: "Execute command" }).click();
    await page.getByLabel("Command").fill(`sh -c "echo '${hostile}'; echo ready; serve"`);
    await page.getByRole("button", { name: "Connect" }).click();
    const terminal = page.getByRole("region", { name: "Terminal of app" });
    await expect.poll(() => terminal.textContent(), { timeout: 10_000 }).toContain("ready");
    expect(await terminal.textContent()).toContain(hostile);
    expect(await findings(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
      .toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("button", { name: "Connect" }).waitFor();

    await page.goto(at(`/ecs/clusters/harbour/tasks/${task}?tab=logs`));
    await page.getByText(hostile).first().waitFor();
    await isUnbroken(page);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a viewer sees what is there, and why nothing of it may be changed", async () => {
    const { page, context } = await visit(browser);
    page.setDefaultTimeout(10_000);
    await page.goto(at("/ecs/clusters"));
    await page.getByRole("button", { name: "IAM user" }).click();
    await page.getByLabel("Account ID or alias").fill("000000000000");
    await page.getByLabel("IAM user name").fill("viewer");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "harbour", exact: true }).waitFor();
    const create = page.getByRole("button", { name: "Create cluster" });
    await expect.poll(() => create.getAttribute("aria-disabled")).toBe("true");
    expect(await findings(page)).toEqual([]);
    await create.hover();
    await page
      .getByText(/not authorized to perform: ecs:CreateCluster .* because no identity-based policy allows/)
      .filter({ visible: true })
      .first()
      .waitFor();
    await page.goto(at("/ecs/clusters/harbour?tab=tasks"));
    const run = page.getByRole("button", { name: "Run task" });
    await expect.poll(() => run.getAttribute("aria-disabled")).toBe("true");
    await context.close();
  });

  test("container instances: drained, then deregistered by force, in the region of the header", async () => {
    const other = new ECSClient(roadstead.client("000000000000", "us-east-2"));
    await other.send(new CreateClusterCommand({ clusterName: "quay" }));
    await other.send(
      new RegisterContainerInstanceCommand({
        cluster: "quay",
        // An external instance shows no identity document.
        attributes: [{ name: "ecs.capability.external" }],
        totalResources: [
          { name: "CPU", type: "INTEGER", integerValue: 1024 },
          { name: "MEMORY", type: "INTEGER", integerValue: 1024 },
          { name: "PORTS", type: "STRINGSET", stringSetValue: [] },
          { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] },
        ],
      }),
    );
    const { page, context, troubles } = await signedIn(browser, at("/ecs/clusters"));
    await page.getByRole("button", { name: /Region:/ }).click();
    await page.getByRole("menuitem", { name: /Ohio/ }).click();
    await page.getByRole("link", { name: "quay", exact: true }).click();
    await page.getByRole("tab", { name: "Infrastructure" }).click();
    await page.getByRole("checkbox", { name: "Select all container instances" }).check();
    await page.getByRole("button", { name: "Drain", exact: true }).click();
    await page.getByText("The instances are draining.").waitFor();
    await page.getByRole("button", { name: "Deregister", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Force deregistration").click();
    await dialog.getByRole("button", { name: "Deregister", exact: true }).click();
    await page.getByText("Deregistered the instance.").waitFor();
    await page.getByText("No container instances").waitFor();
    await page.goto(`${roadstead.url}/ecs/clusters?region=us-east-2`);
    await page.getByRole("checkbox", { name: "Select quay" }).check();
    await page.getByRole("button", { name: "Delete cluster" }).click();
    await page.getByLabel(/To confirm/).fill("delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted quay.").waitFor();
    expect(troubles).toEqual([]);
    await context.close();
  });
});
