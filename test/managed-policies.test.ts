import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AttachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openManagedPolicies } from "../src/services/iam/managed-policy-catalogue.ts";
import { rootParty, userParty } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** `tools/managed-policies.mjs` adds a policy of AWS as its head says, and Roadstead then has it like any other. */

const project = fileURLToPath(new URL("..", import.meta.url));
const PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Häfen", Effect: "Allow", Action: "iam:ListUsers", Resource: "*" }],
};
const given = {
  PolicyName: "AmazonHarbourMaster",
  Path: "/service-role/",
  DefaultVersionId: "v3",
  UpdateDate: "2026-05-06T07:08:09+00:00",
  PolicyDocument,
};
const arn = "arn:aws:iam::aws:policy/service-role/AmazonHarbourMaster";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roadstead-policies-"));
  mkdirSync(join(folder, "tools"));
  cpSync(join(project, "tools/managed-policies.mjs"), join(folder, "tools/managed-policies.mjs"));
  cpSync(join(project, "data/managed-policies"), join(folder, "data/managed-policies"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function add(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  const tool = join(folder, "tools/managed-policies.mjs");
  return execFileSync(process.execPath, [tool, join(folder, name)], { encoding: "utf8", stdio: "pipe" });
}

const list = () => [...openManagedPolicies(join(folder, "data")).list()];

test("a policy from GetPolicy and GetPolicyVersion is added, and the others stay as they are", () => {
  const before = [...openManagedPolicies(join(project, "data")).list()];
  expect(add("one.json", JSON.stringify(given))).toMatch(/^\d+ policies, 1 of them new/);
  expect(list().filter((policy) => policy.arn !== arn)).toEqual(before);
  const added = openManagedPolicies(join(folder, "data")).get(arn);
  expect(added).toMatchObject({
    name: given.PolicyName,
    path: given.Path,
    defaultVersion: "v3",
    updatedAt: Date.parse(given.UpdateDate),
    attachable: true,
    id: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
  });
  expect(JSON.parse(added?.document ?? "")).toEqual(PolicyDocument);
  const some = before[before.length - 1]?.arn ?? "";
  expect(openManagedPolicies(join(folder, "data")).get(some)).toEqual(
    openManagedPolicies(join(project, "data")).get(some),
  );
});

test("a newer version takes the place of an older one; a policy without a version is refused, and nothing written", () => {
  const newer = { ...given, DefaultVersionId: "v4", PolicyId: "ANPAAAAAAAAAAAAAAAAAA" };
  expect(add("more.jsonl", `${JSON.stringify(newer)}\n`)).toContain(" 0 of them new");
  expect(list().filter((policy) => policy.arn === arn)).toMatchObject([
    { defaultVersion: "v4", id: "ANPAAAAAAAAAAAAAAAAAA" },
  ]);
  const written = readFileSync(join(folder, "data/managed-policies/index.json"), "utf8");
  const { DefaultVersionId: _, ...incomplete } = given;
  expect(() => add("bad.json", JSON.stringify(incomplete))).toThrow(/has no DefaultVersionId/);
  expect(readFileSync(join(folder, "data/managed-policies/index.json"), "utf8")).toBe(written);
});

describe("a Roadstead with that data", () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead({}, { managedPolicies: openManagedPolicies(join(folder, "data")) });
  });
  afterAll(() => roadstead?.stop());

  test("shows it, and lets those in who have it attached", async () => {
    const root = rootParty(roadstead.url, "850000000001");
    const { Policy } = await root.iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    expect(Policy).toMatchObject({ Arn: arn, DefaultVersionId: "v4", AttachmentCount: 0 });
    const { PolicyVersion } = await root.iam.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: "v4" }),
    );
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toEqual(PolicyDocument);
    const ann = await userParty(root, "ann");
    await expect(ann.iam.send(new ListUsersCommand({}))).rejects.toThrow(/not authorized/);
    await root.iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: arn }));
    expect((await ann.iam.send(new ListUsersCommand({}))).Users).toHaveLength(1);
  });
});
