import { CreateRepositoryCommand, ECRClient, PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { findings } from "./axe-findings.ts";
import { noBrowser, signedIn, startBrowser, type Visit, visit } from "./browser.ts";

let roadstead: TestRoadstead;
let browser: Browser;

const pages = [
  "/",
  "/iam/roles",
  "/iam/roles/AWSServiceRoleForECRReplication",
  "/iam/policies",
  "/iam/simulator",
  "/iam/service-linked-roles",
  "/ecr/repositories",
  "/ecr/repositories/app",
  "/ecr/private-registry/replication/edit",
  "/ecr/private-registry/settings",
  "/ecs/clusters",
  "/ecs/clusters/harbour",
  "/ecs/task-definitions",
  "/ecs/create-task-definition",
  "/cloudtrail/events",
];

describe.skipIf(noBrowser !== undefined)(`for everybody ${noBrowser ?? ""}`, () => {
  let signed: Visit;

  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    const ecr = new ECRClient(roadstead.client());
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await ecr.send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: {
          rules: [{ destinations: [{ region: "eu-west-1", registryId: "000000000000" }] }],
        },
      }),
    );
    await new ECSClient(roadstead.client()).send(new CreateClusterCommand({ clusterName: "harbour" }));
    await new IAMClient(roadstead.client()).send(new CreateUserCommand({ UserName: "ann" }));
    signed = await signedIn(browser, `${roadstead.url}/?region=us-east-1`);
    await signed.page.getByRole("heading", { name: "Console home" }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("signing in", async () => {
    const { page, context } = await visit(browser, 390);
    await page.goto(roadstead.url);
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await context.close();
  });

  test.each(pages)(
    "%s: axe finds nothing, in either theme; nothing is wider than 390 pixels",
    async (path) => {
      const { page, troubles } = signed;
      for (const [theme, width] of [
        ["light", 1280],
        ["dark", 390],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((chosen) => localStorage.setItem("roadstead.theme", chosen), theme);
        await page.goto(`${roadstead.url}${path}?region=us-east-1`);
        await page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
        await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0);
        expect(await findings(page)).toEqual([]);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(troubles).toEqual([]);
    },
  );

  test.each([
    ["permissions", "Attach policies"],
    ["permissions", "Create inline policy"],
    ["groups", "Add user to groups"],
    ["credentials", "Enable console access"],
  ])("a user's %s, and the dialog of %s: axe finds nothing", async (tab, opens) => {
    const { page, troubles } = signed;
    await page.goto(`${roadstead.url}/iam/users/ann?tab=${tab}&region=us-east-1`);
    const button = page.getByRole("button", { name: opens, exact: true });
    await button.waitFor();
    expect(await findings(page)).toEqual([]);
    await button.click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).waitFor();
    await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0);
    expect(await findings(page)).toEqual([]);
    expect(troubles).toEqual([]);
  });
});
