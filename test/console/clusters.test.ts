import { CreateDefaultVpcCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser } from "./browser.ts";

const region = "eu-west-1";
let roadstead: TestRoadstead;
let browser: Browser;
let ecs: ECSClient;

async function deleteRole(page: Page): Promise<void> {
  await page.goto(`${roadstead.url}/iam/roles/AWSServiceRoleForECS?region=${region}`);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByLabel(/To confirm/).fill("AWSServiceRoleForECS");
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
}

/** How a cluster is cleared so that its role can go (ECS Developer Guide, "Deleting a service-linked role"). */
describe.skipIf(noBrowser !== undefined)(`ECS → Clusters ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    ecs = new ECSClient(roadstead.client("000000000000", region));
    const ec2 = new EC2Client(roadstead.client("000000000000", region));
    await ec2.send(new CreateDefaultVpcCommand({})).catch(() => undefined);
    const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    await ecs.send(new CreateClusterCommand({ clusterName: "harbour" }));
    for (const command of ["sleep 1", "sleep 2"]) {
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "crane",
          requiresCompatibilities: ["FARGATE"],
          networkMode: "awsvpc",
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "app", image: "busybox", command: [command], essential: true }],
        }),
      );
    }
    await ecs.send(
      new CreateServiceCommand({
        cluster: "harbour",
        serviceName: "lift",
        taskDefinition: "crane:2",
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnets[0]?.SubnetId ?? ""] } },
      }),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("what changed between two revisions", async () => {
    const { page, context, troubles } = await signedIn(
      browser,
      `${roadstead.url}/ecs/task-definitions/crane?region=${region}`,
    );
    const lines = page.getByRole("region", { name: "Differences" }).locator("pre");
    await lines.first().waitFor();
    expect(await lines.filter({ hasText: /^- .*sleep 1/ }).count()).toBe(1);
    expect(await lines.filter({ hasText: /^\+ .*sleep 2/ }).count()).toBe(1);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("scale to 0, delete the service, delete the cluster, then the role", async () => {
    const { page, context, troubles } = await signedIn(
      browser,
      `${roadstead.url}/ecs/clusters/harbour?region=${region}`,
    );
    await page.getByRole("link", { name: "lift" }).waitFor();

    await deleteRole(page);
    await page.getByText(`Held in ${region}`).waitFor();

    await page.goto(`${roadstead.url}/ecs/clusters/harbour?region=${region}`);
    await page.getByRole("checkbox", { name: "Select lift" }).check();
    await page.getByRole("button", { name: "Update", exact: true }).click();
    await page.getByLabel("Desired tasks").fill("0");
    await page.getByRole("dialog").getByRole("button", { name: "Update", exact: true }).click();
    await page.getByText("Updated the service lift.").waitFor();
    await page.goto(`${roadstead.url}/ecs/clusters/harbour/services/lift?region=${region}`);
    await page.getByRole("heading", { name: "Deployments" }).waitFor();
    await page.getByRole("button", { name: "Delete service" }).click();
    await page.getByLabel(/To confirm/).fill("delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted lift.").waitFor();
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "harbour", services: ["lift"] }),
    );
    expect(services?.[0]?.status).not.toBe("ACTIVE");

    await page.goto(`${roadstead.url}/ecs/clusters?region=${region}`);
    await expect
      .poll(
        async () =>
          (await ecs.send(new DescribeClustersCommand({ clusters: ["harbour"] }))).clusters?.[0]
            ?.runningTasksCount,
        { timeout: 20_000 },
      )
      .toBe(0);
    await page.getByRole("checkbox", { name: "Select harbour" }).check();
    await page.getByRole("button", { name: "Delete cluster" }).click();
    await page.getByLabel(/To confirm/).fill("delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted harbour.").waitFor();

    await deleteRole(page);
    await page.getByText("Deleted", { exact: true }).waitFor();
    expect(troubles).toEqual([]);
    await context.close();
  });
});
