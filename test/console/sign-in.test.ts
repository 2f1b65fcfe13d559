import { CreateServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signIn, startBrowser, visit } from "./browser.ts";

let roadstead: TestRoadstead;
let browser: Browser;

describe.skipIf(noBrowser !== undefined)(`signing in ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    const iam = new IAMClient(roadstead.client());
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }));
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("with an access key: the page that was asked for is shown, and survives a reload", async () => {
    const { page, context, troubles } = await visit(browser);
    await page.goto(`${roadstead.url}/iam/roles?region=eu-west-1`);
    await signIn(page, "test", "test");
    await page.getByRole("link", { name: "AWSServiceRoleForECS" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "AWSServiceRoleForECS" }).waitFor();
    expect(new URL(page.url()).searchParams.get("region")).toBe("eu-west-1");
    expect(await context.cookies()).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("a wrong secret is refused in AWS's words", async () => {
    const { page, context } = await visit(browser);
    await page.goto(roadstead.url);
    await signIn(page, "test", "wrong");
    await page.getByText("The request signature we calculated does not match").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await context.close();
  });

  test("signing out forgets the key; another tab never had it", async () => {
    const { page, context } = await visit(browser);
    await page.goto(roadstead.url);
    await signIn(page, "test", "test");
    await page.getByRole("heading", { name: "Console home" }).waitFor();
    const other = await context.newPage();
    await other.goto(roadstead.url);
    await other.getByLabel("Access key ID").waitFor();
    await page.getByRole("button", { name: "root" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByText("You have signed out.").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await context.close();
  });
});
