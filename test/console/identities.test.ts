import { createHmac } from "node:crypto";
import {
  CreateGroupCommand,
  GetAccountPasswordPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../../src/kernel/clock.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser, type Visit } from "./browser.ts";

const clock = movableClock();
let roadstead: TestRoadstead;
let browser: Browser;
let visited: Visit;
let page: Page;
let iam: IAMClient;

const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
const inDialog = (name: string): Locator =>
  page.getByRole("dialog").getByRole("button", { name, exact: true });
const tab = (name: string): Promise<void> => page.getByRole("tab", { name, exact: true }).click();
const told = (text: string): Promise<void> => page.getByText(text).first().waitFor();

async function open(path: string): Promise<void> {
  await page.goto(`${roadstead.url}${path}?region=us-east-1`);
}

describe.skipIf(noBrowser !== undefined)(`identities made and changed ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({}, { clock });
    iam = new IAMClient(roadstead.client());
    await iam.send(new CreateGroupCommand({ GroupName: "crew" }));
    browser = await startBrowser();
    visited = await signedIn(browser, `${roadstead.url}/?region=us-east-1`);
    page = visited.page;
    await page.getByRole("heading", { name: "Console home" }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("a role: whom it trusts, a managed policy, an inline one with findings as one types, a boundary", async () => {
    await open("/iam/roles");
    await button("Create role").click();
    await page.getByLabel("Role name").fill("crane");
    await inDialog("Create").click();
    await page.getByRole("heading", { name: "crane", level: 1 }).waitFor();
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: "crane" }));
    expect(decodeURIComponent(role?.AssumeRolePolicyDocument ?? "")).toContain("ecs-tasks.amazonaws.com");

    await button("Attach policies").click();
    const dialog = page.getByRole("dialog");
    const filter = dialog.getByRole("searchbox", { name: "Filter policies" });
    await filter.fill("AmazonECSTaskExecutionRolePolicy");
    await dialog.getByRole("checkbox", { name: "Select AmazonECSTaskExecutionRolePolicy" }).check();
    // What serves to find a policy sends nothing, though one is chosen: the dialog would be gone.
    await filter.press("Enter");
    await inDialog("Reload policies").click();
    await inDialog("Preferences of policies").click();
    const preferences = page.getByRole("dialog", { name: "Preferences" });
    await preferences.getByRole("checkbox", { name: "Description" }).press("Enter");
    await preferences.waitFor({ state: "hidden" });
    await inDialog("Attach").click();
    await told("Attached the policy.");
    const { AttachedPolicies: attached } = await iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: "crane" }),
    );
    expect(attached?.map((one) => one.PolicyName)).toEqual(["AmazonECSTaskExecutionRolePolicy"]);

    await button("Create inline policy").click();
    await page.getByLabel("Policy name").fill("lift");
    const text = page.getByRole("textbox", { name: "Policy document" });
    await text.fill((await text.inputValue()).replace("[]", '"ecr:PutImages"'));
    await told("is no action of");
    await text.fill((await text.inputValue()).replace("PutImages", "PutImage"));
    await told("No findings");
    await inDialog("Save").click();
    await told("Saved the inline policy lift.");
    const { PolicyDocument: document = "" } = await iam.send(
      new GetRolePolicyCommand({ RoleName: "crane", PolicyName: "lift" }),
    );
    expect(decodeURIComponent(document)).toContain("ecr:PutImage");

    await button("Set boundary").click();
    await dialog.getByRole("searchbox", { name: "Filter policies" }).fill("AmazonECS_FullAccess");
    await dialog.getByRole("radio", { name: "Select AmazonECS_FullAccess" }).check();
    await inDialog("Set").click();
    await told("Set the permissions boundary.");

    await tab("Trust relationships");
    await button("Edit").click();
    const trust = page.getByRole("textbox", { name: "Trust policy" });
    await trust.fill((await trust.inputValue()).replace("ecs-tasks.amazonaws.com", "ec2.amazonaws.com"));
    await button("Save").click();
    await told("Saved: trust policy.");
    const { Role: changed } = await iam.send(new GetRoleCommand({ RoleName: "crane" }));
    expect(decodeURIComponent(changed?.AssumeRolePolicyDocument ?? "")).toContain("ec2.amazonaws.com");
    expect(changed?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(
      "arn:aws:iam::aws:policy/AmazonECS_FullAccess",
    );
  });

  test("a user: a group, an access key whose secret is shown once, an MFA device by its QR code; deleted with all of it", async () => {
    await open("/iam/users");
    await button("Create user").click();
    await page.getByLabel("User name").fill("ann");
    await inDialog("Create").click();
    await told("Created the user ann.");
    await page.getByRole("link", { name: "ann", exact: true }).click();

    await tab("Groups");
    await button("Add user to groups").click();
    await page.getByRole("dialog").getByText("Choose groups").click();
    await page.getByRole("option", { name: "crew" }).click();
    await page.keyboard.press("Escape");
    await inDialog("Add").click();
    await told("Added ann to crew.");
    const { Groups: groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "ann" }));
    expect(groups?.map((one) => one.GroupName)).toEqual(["crew"]);

    await tab("Security credentials");
    await button("Create access key").click();
    const shown = (name: string): Promise<string | null> =>
      page.getByRole("dialog").getByRole("region", { name }).textContent();
    const accessKeyId = (await shown("access key ID")) ?? "";
    const secretAccessKey = (await shown("secret access key")) ?? "";
    const sts = new STSClient({ ...roadstead.client(), credentials: { accessKeyId, secretAccessKey } });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/user\/ann$/);
    await inDialog("Close").click();
    expect(await page.getByText(secretAccessKey).count()).toBe(0);
    await page.getByRole("radio", { name: `Select ${accessKeyId}` }).check();
    await button("Deactivate").click();
    await told("The key is inactive.");
    const { AccessKeyMetadata: keys } = await iam.send(new ListAccessKeysCommand({ UserName: "ann" }));
    expect(keys?.map((one) => one.Status)).toEqual(["Inactive"]);

    await button("Assign MFA device").click();
    await inDialog("Next").click();
    const code = page.getByRole("img", { name: "QR code of the MFA device" });
    await code.waitFor();
    expect(await code.evaluate((image) => Reflect.get(image, "naturalWidth"))).toBeGreaterThan(50);
    await inDialog("Show").click();
    const seed = (await shown("Secret key")) ?? "";
    await page.getByLabel("MFA code 1").fill(totp(seed, -1));
    await page.getByLabel("MFA code 2").fill(totp(seed, 0));
    await inDialog("Add MFA").click();
    await told("Enabled the MFA device.");
    const { MFADevices: devices } = await iam.send(new ListMFADevicesCommand({ UserName: "ann" }));
    expect(devices?.map((one) => one.SerialNumber)).toEqual(["arn:aws:iam::000000000000:mfa/ann"]);

    await button("Enable console access").click();
    await page.getByLabel("New password").fill("Correct-horse-1");
    await inDialog("Set password").click();
    await told("Set the console password.");

    await open("/iam/users");
    await page.getByRole("checkbox", { name: "Select ann" }).check();
    await button("Delete").click();
    await inDialog("Delete").click();
    await told("Deleted ann.");
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    await expect(iam.send(new GetUserCommand({ UserName: "ann" }))).rejects.toThrow();
  });

  test("the password policy of the account", async () => {
    await open("/iam/account-settings");
    await told("The default of IAM applies.");
    await page.getByLabel("Minimum length").fill("14");
    await page.getByLabel("At least one number").click();
    await button("Save").click();
    await told("The account has its own.");
    const { PasswordPolicy: policy } = await iam.send(new GetAccountPasswordPolicyCommand({}));
    expect([policy?.MinimumPasswordLength, policy?.RequireNumbers, policy?.RequireSymbols]).toEqual([
      14,
      true,
      false,
    ]);
    expect(visited.troubles).toEqual([]);
  });
});

/** A code of RFC 6238 as an app shows it, so many steps of 30 s from now. */
function totp(seed: string, steps: number): string {
  const bits = [...seed.replace(/=+$/, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
