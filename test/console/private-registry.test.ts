import {
  CreatePullThroughCacheRuleCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRegistryCommand,
  ECRClient,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser } from "./browser.ts";

const account = "000000000000";
const region = "eu-west-1";
let roadstead: TestRoadstead;
let browser: Browser;
let ecr: ECRClient;

/**
 * The click paths by which a registry stops to need its service-linked roles (Amazon ECR User Guide, "Amazon ECR
 * service-linked role for replication", "… for pull through cache"), each in the region chosen in the header.
 */
describe.skipIf(noBrowser !== undefined)(`ECR → Private registry ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    ecr = new ECRClient(roadstead.client(account, region));
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  const rule = (destination: string, registryId = account) =>
    new PutReplicationConfigurationCommand({
      replicationConfiguration: { rules: [{ destinations: [{ region: destination, registryId }] }] },
    });

  test("Replication configuration → Edit → Delete all (asks first), then the role", async () => {
    await ecr.send(rule("eu-north-1"));
    const { page, context, troubles } = await signedIn(browser, `${roadstead.url}/?region=us-east-1`);
    await page.getByRole("button", { name: "Region: N. Virginia us-east-1" }).click();
    await page.getByRole("menuitem", { name: "Ireland" }).click();
    await page.getByRole("link", { name: "Elastic Container Registry" }).click();

    // The role is held while the rule is there: the deletion says where.
    await page.goto(`${roadstead.url}/iam/roles/AWSServiceRoleForECRReplication?region=${region}`);
    await page.getByRole("heading", { name: "Summary" }).waitFor();
    await page.getByRole("tab", { name: "Access Advisor" }).click();
    await page.getByRole("heading", { name: /Allowed services/ }).waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByLabel(/To confirm/).fill("AWSServiceRoleForECRReplication");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Held in eu-west-1").waitFor();
    await page.getByRole("link", { name: /replication-configuration/ }).click();

    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("button", { name: "Delete all" }).click();
    const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete all" });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel(/To confirm/).fill("delete");
    await confirm.click();
    await page.getByText("Deleted the replication configuration.").waitFor();
    const { replicationConfiguration } = await ecr.send(new DescribeRegistryCommand({}));
    expect(replicationConfiguration?.rules).toEqual([]);

    await page.goto(`${roadstead.url}/iam/roles/AWSServiceRoleForECRReplication?region=${region}`);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByLabel(/To confirm/).fill("AWSServiceRoleForECRReplication");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted", { exact: true }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("heading", { name: /^Roles/ }).waitFor();
    const { Roles: roles } = await new IAMClient(roadstead.client()).send(new ListRolesCommand({}));
    expect(roles).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("Registry settings: cross-region and cross-account replication both cleared, Save", async () => {
    await ecr.send(rule("eu-north-1"));
    const { page, context } = await signedIn(
      browser,
      `${roadstead.url}/ecr/private-registry/settings?region=${region}`,
    );
    await page.getByLabel("Cross-Region replication").click();
    expect(await page.getByLabel("Cross-account replication").isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved the registry settings.").waitFor();
    const { replicationConfiguration } = await ecr.send(new DescribeRegistryCommand({}));
    expect(replicationConfiguration?.rules).toEqual([]);
    await context.close();
  });

  test("Pull through cache → select → Delete rule", async () => {
    for (const [prefix, upstream] of [
      ["public", "public.ecr.aws"],
      ["quay", "quay.io"],
    ]) {
      await ecr.send(
        new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: prefix, upstreamRegistryUrl: upstream }),
      );
    }
    const { page, context } = await signedIn(
      browser,
      `${roadstead.url}/ecr/private-registry/pull-through-cache?region=${region}`,
    );
    await page.getByRole("checkbox", { name: "Select public" }).check();
    await page.getByRole("checkbox", { name: "Select quay" }).check();
    await page.getByRole("button", { name: "Delete rule" }).click();
    await page.getByLabel(/To confirm/).fill("delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted 2 rules.").waitFor();
    const { pullThroughCacheRules } = await ecr.send(new DescribePullThroughCacheRulesCommand({}));
    expect(pullThroughCacheRules).toEqual([]);
    await context.close();
  });
});
