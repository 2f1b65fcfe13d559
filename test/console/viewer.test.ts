import { CreateRepositoryCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../../src/kernel/clock.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser, visit } from "./browser.ts";

const password = "Correct-horse-1";
const clock = movableClock();
let roadstead: TestRoadstead;
let browser: Browser;

async function signInAs(page: Page, userName: string): Promise<void> {
  await page.getByRole("button", { name: "IAM user" }).click();
  await page.getByLabel("Account ID or alias").fill("000000000000");
  await page.getByLabel("IAM user name").fill(userName);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe.skipIf(noBrowser !== undefined)(`what a person may see ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({}, { clock });
    browser = await startBrowser();
    const iam = new IAMClient(roadstead.client());
    for (const [name, policy] of [
      ["viewer", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
      ["nobody", undefined],
    ] as const) {
      await iam.send(new CreateUserCommand({ UserName: name }));
      await iam.send(new CreateLoginProfileCommand({ UserName: name, Password: password }));
      if (policy !== undefined) {
        await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: policy }));
      }
    }
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "viewer",
        PolicyName: "explain",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "sts:DecodeAuthorizationMessage", Resource: "*" },
            { Sid: "NoNewRepositories", Effect: "Deny", Action: "ecr:CreateRepository", Resource: "*" },
            { Sid: "NoSecrets", Effect: "Deny", Action: "secretsmanager:GetSecretValue", Resource: "*" },
          ],
        }),
      }),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("a viewer's buttons are disabled with AWS's reason; a refusal shows the statement that decided", async () => {
    const { page, context, troubles } = await visit(browser);
    page.setDefaultTimeout(10_000);
    await page.goto(`${roadstead.url}/ecr/repositories?region=us-east-1`);
    await signInAs(page, "viewer");
    const create = page.getByRole("button", { name: "Create repository" });
    await expect.poll(() => create.getAttribute("aria-disabled")).toBe("true");
    await create.hover();
    const reason = /user\/viewer is not authorized to perform: ecr:CreateRepository .*explicit deny/;
    await page.getByText(reason).filter({ visible: true }).first().waitFor();

    await new SecretsManagerClient(roadstead.client()).send(
      new CreateSecretCommand({ Name: "seal", SecretString: "ahoy" }),
    );
    await page.goto(`${roadstead.url}/secretsmanager/secrets/seal?region=us-east-1`);
    await page.getByRole("button", { name: "Retrieve value" }).click();
    await page
      .getByText(/user\/viewer is not authorized to perform: secretsmanager:GetSecretValue/)
      .waitFor();
    await page.getByRole("button", { name: "Explain" }).click();
    const why = page.getByRole("dialog");
    await why.getByText(/statement NoSecrets/).waitFor();
    expect(await why.getByRole("region", { name: "deciding statement" }).textContent()).toContain(
      "secretsmanager:GetSecretValue",
    );
    await why.getByText("explicitDeny").or(why.getByText("denied")).first().waitFor();
    expect(await page.getByText("ahoy").count()).toBe(0);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("somebody without permissions sees refusals in place of lists, and may not know why", async () => {
    const { page, context } = await visit(browser);
    page.setDefaultTimeout(10_000);
    await page.goto(`${roadstead.url}/iam/roles`);
    await signInAs(page, "nobody");
    await page.getByText(/is not authorized to perform: iam:ListRoles/).waitFor();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText(/is not authorized to perform: sts:DecodeAuthorizationMessage/).waitFor();
    await context.close();
  });

  test("a session that ends leads back to signing in, at the same page", async () => {
    const { page, context } = await visit(browser);
    page.setDefaultTimeout(10_000);
    await page.goto(`${roadstead.url}/iam/users?region=us-east-1`);
    await signInAs(page, "viewer");
    await page.getByRole("link", { name: "viewer", exact: true }).waitFor();
    clock.advance(13 * 3_600_000);
    await page.getByRole("button", { name: "Reload users" }).click();
    await page.getByText("Your session has ended.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/iam/users");
    await signInAs(page, "viewer");
    await page.getByRole("link", { name: "viewer", exact: true }).waitFor();
    await context.close();
  });

  test("what is hostile shows as text", async () => {
    const hostile = `<img src=x onerror="window.broken=1">`;
    const iam = new IAMClient(roadstead.client());
    await iam.send(
      new CreatePolicyCommand({
        PolicyName: "hostile",
        Description: hostile,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Sid: "S", Effect: "Allow", Action: "ecr:*", Resource: `arn:aws:ecr:*:*:${hostile}` }],
        }),
      }),
    );
    const ecr = new ECRClient(roadstead.client());
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "onerror/alert-1" }));
    const config = `{"mediaType":"${hostile.replaceAll('"', '\\"')}"}`;
    await ecr
      .send(
        new PutImageCommand({
          repositoryName: "onerror/alert-1",
          imageTag: "script_alert.1_",
          imageManifest: JSON.stringify({
            schemaVersion: 2,
            mediaType: "application/vnd.oci.image.index.v1+json",
            manifests: [],
            annotations: { note: config },
          }),
        }),
      )
      .catch(() => undefined);
    const { page, context, troubles } = await signedIn(
      browser,
      `${roadstead.url}/iam/policies/${encodeURIComponent("arn:aws:iam::000000000000:policy/hostile")}`,
    );
    await page.getByText(hostile).first().waitFor();
    await page.goto(`${roadstead.url}/ecr/repositories/${encodeURIComponent("onerror/alert-1")}`);
    await page.getByRole("heading", { name: "onerror/alert-1" }).waitFor();
    for (const path of [`/iam/roles/${encodeURIComponent(hostile)}`, `/${hostile}`]) {
      await page.goto(`${roadstead.url}${path}`);
      await page.getByRole("main").first().waitFor();
    }
    expect(await page.evaluate(() => "broken" in window)).toBe(false);
    expect(await page.locator("img[src='x']").count()).toBe(0);
    expect(troubles.filter((text) => /Content.Security|onerror/i.test(text))).toEqual([]);
    await context.close();
  });
});
