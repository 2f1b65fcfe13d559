import type { Event } from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** The event history by the AWS CLI: each attribute by which LookupEvents finds events. */

const reason = missing("aws");
let roadstead: TestRoadstead;
let accessKeyId = "";
let created: Event = {};

/** What `aws cloudtrail lookup-events` answers. */
async function lookup(key: string, value: string): Promise<readonly Event[]> {
  const { code, stdout, stderr } = await command(
    "aws",
    [
      ...["cloudtrail", "lookup-events", "--output", "json"],
      ...["--lookup-attributes", `AttributeKey=${key},AttributeValue=${value}`],
    ],
    { env: { ...process.env, ...roadstead.environment() } },
  );
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout).Events;
}

describe.skipIf(reason !== undefined)("lookup-events", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    const iam = new IAMClient(roadstead.client());
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    iam.destroy();
    accessKeyId = AccessKey?.AccessKeyId ?? "";
    const credentials = { accessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    const ecr = new ECRClient({ ...roadstead.client(), credentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await ecr.send(new DescribeRepositoriesCommand({}));
    ecr.destroy();
    [created = {}] = await lookup("EventName", "CreateRepository");
  }, 60_000);
  afterAll(() => roadstead?.stop());

  const names = (events: readonly Event[]) => events.map(({ EventName }) => EventName);

  test.each<readonly [string, () => string, readonly string[]]>([
    ["EventId", () => created.EventId ?? "", ["CreateRepository"]],
    ["EventName", () => "CreateRepository", ["CreateRepository"]],
    ["Username", () => "ann", ["DescribeRepositories", "CreateRepository"]],
    ["AccessKeyId", () => accessKeyId, ["DescribeRepositories", "CreateRepository"]],
    ["EventSource", () => "ecr.amazonaws.com", ["DescribeRepositories", "CreateRepository"]],
    ["ResourceType", () => created.Resources?.[0]?.ResourceType ?? "", ["CreateRepository"]],
    ["ResourceName", () => created.Resources?.[0]?.ResourceName ?? "", ["CreateRepository"]],
  ])("finds events by %s", async (key, value, expected) => {
    expect(value()).not.toBe("");
    expect(names(await lookup(key, value()))).toEqual(expected);
  });

  test("finds events by ReadOnly", async () => {
    const reads = names(await lookup("ReadOnly", "true"));
    const writes = names(await lookup("ReadOnly", "false"));
    expect(reads).toContain("DescribeRepositories");
    expect(reads).not.toContain("CreateRepository");
    expect(writes).toEqual(expect.arrayContaining(["CreateRepository", "CreateUser"]));
  });

  test("shows of an event what the console's table has", () => {
    expect(created).toMatchObject({
      ...{ Username: "ann", ReadOnly: "false", EventSource: "ecr.amazonaws.com", AccessKeyId: accessKeyId },
      Resources: [{ ResourceName: expect.stringContaining("app") }],
    });
  });
});
