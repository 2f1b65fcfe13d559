// `node tools/screenshots.mjs`: pictures of the console with real data, into `docs/console/`; only those that are named
// as arguments, if any are. Needs `npm run build` and Chromium.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  ECRClient,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { CreateClusterCommand, ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { chromium } from "playwright-core";
import { ecsPages, furnishEcs } from "./pictures/ecs.mjs";
import { settled } from "./pictures/settled.mjs";
import { furnishWayIn, wayInPages } from "./pictures/way-in.mjs";
import { root } from "./root.mjs";

const region = "eu-west-1";
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const target = join(root, "docs", "console");
const policyArn = "arn:aws:iam::000000000000:policy/deployers";

const wanted = process.argv.slice(2);

/** Name of the picture, address, and what is done before it is taken. */
const pictures = [
  ["home", "/"],
  ["repositories", "/ecr/repositories"],
  ["replication", "/ecr/private-registry/replication/edit"],
  ["pull-through", "/ecr/private-registry/pull-through-cache"],
  ["roles", "/iam/roles"],
  ["access-advisor", "/iam/roles/AWSServiceRoleForECRReplication?tab=access_advisor"],
  ["service-linked-roles", "/iam/service-linked-roles"],
  ["policy-editor", `/iam/policies/${encodeURIComponent(policyArn)}`, editPolicy],
  ["event-history", "/cloudtrail/events"],
  ["decision", "/cloudtrail/events?attribute=EventName&value=CreateRepository", openDecision],
  ["clusters", "/ecs/clusters"],
  ...ecsPages,
  ...wayInPages,
];

async function editPolicy(page) {
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const text = page.getByRole("textbox", { name: "Policy document" });
  await text.fill((await text.inputValue()).replace("ecr:PutImage", "ecr:PutImages"));
  await page.getByText("is no action of").waitFor();
}

async function openDecision(page) {
  await page.getByRole("link", { name: "CreateRepository" }).first().click();
  await page.getByText("Policies considered").first().waitFor();
}

async function furnish() {
  const settings = { endpoint: url, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const ecr = new ECRClient(settings);
  for (const repositoryName of ["harbour/crane", "harbour/pilot", "tools/lint"]) {
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  const destinations = ["eu-north-1", "us-east-1"].map((one) => ({
    region: one,
    registryId: "000000000000",
  }));
  await ecr.send(
    new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [{ destinations }] } }),
  );
  await ecr.send(
    new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: "public",
      upstreamRegistryUrl: "public.ecr.aws",
    }),
  );
  const ecs = new ECSClient(settings);
  await ecs.send(new CreateClusterCommand({ clusterName: "harbour" }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "crane",
      containerDefinitions: [{ name: "app", image: "harbour/crane", memory: 64 }],
    }),
  );
  const iam = new IAMClient(settings);
  await iam.send(
    new CreatePolicyCommand({
      PolicyName: "deployers",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["ecr:PutImage", "ecs:UpdateService"], Resource: "*" }],
      }),
    }),
  );
  await iam.send(new CreateUserCommand({ UserName: "ann" }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: policyArn }));
  await furnishEcs(settings);
  await furnishWayIn(settings);
}

async function take(browser, theme, width) {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: theme,
    locale: "en-GB",
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Access key ID").fill("test");
  await page.getByLabel("Secret access key").fill("test");
  if (wanted.length === 0 || wanted.includes("sign-in"))
    await page.screenshot({ path: file("sign-in", theme, width) });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Console home" }).waitFor();
  for (const [name, address, prepare] of pictures) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.goto(`${url}${address}${address.includes("?") ? "&" : "?"}region=${region}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await settled(page);
    await prepare?.(page);
    // What moves, as a dialog that opens, is shown where it ends.
    await page.screenshot({ path: file(name, theme, width), animations: "disabled" });
  }
  await context.close();
}

/** A port that nobody listens on. */
async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port: free } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

const file = (name, theme, width) => join(target, `${name}-${theme}-${width}.png`);

const data = mkdtempSync(join(tmpdir(), "roadstead-pictures-"));
const server = spawn(
  process.execPath,
  [
    join(root, "dist", "roadstead.js"),
    "start",
    "--port",
    String(port),
    "--data-dir",
    data,
    "--ecs-runtime",
    "memory",
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
try {
  for (let tries = 0; ; tries++) {
    if (server.exitCode !== null || tries === 300) throw new Error("Roadstead did not start");
    if (
      await fetch(`${url}/_roadstead/health`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      break;
    await wait(100);
  }
  await furnish();
  mkdirSync(target, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const theme of ["light", "dark"]) for (const width of [1280, 390]) await take(browser, theme, width);
  await browser.close();
} finally {
  if (server.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
}
