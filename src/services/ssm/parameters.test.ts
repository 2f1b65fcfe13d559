import {
  AddTagsToResourceCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let ssm: SSMClient;
beforeAll(async () => {
  roadstead = await testRoadstead();
  ssm = new SSMClient(roadstead.client());
});
afterAll(async () => {
  ssm?.destroy();
  await roadstead?.stop();
});

function put(input: Partial<PutParameterCommandInput> & { Name: string }) {
  return ssm.send(new PutParameterCommand({ Value: "v", Type: "String", ...input }));
}

async function get(Name: string, WithDecryption = false) {
  return (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return error === undefined ? "no refusal" : `${error.name}: ${error.message}`;
}

describe("versions and labels", () => {
  test("each overwriting makes a version, which number and label name", async () => {
    await put({ Name: "/fleet/flag", Value: "one", Description: "first" });
    expect(await put({ Name: "/fleet/flag", Value: "two", Overwrite: true })).toMatchObject({
      Version: 2,
      Tier: "Standard",
    });
    await ssm.send(
      new LabelParameterVersionCommand({
        Name: "/fleet/flag",
        ParameterVersion: 1,
        Labels: ["prod", "1bad"],
      }),
    );
    expect(await get("/fleet/flag")).toMatchObject({ Value: "two", Version: 2, DataType: "text" });
    expect(await get("/fleet/flag:1")).toMatchObject({ Value: "one", Version: 1, Selector: ":1" });
    expect(await get("/fleet/flag:prod")).toMatchObject({ Value: "one" });
    await ssm.send(new LabelParameterVersionCommand({ Name: "/fleet/flag", Labels: ["prod"] }));
    expect(await get("/fleet/flag:prod")).toMatchObject({ Value: "two" });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: "/fleet/flag" }));
    expect(Parameters?.map(({ Version, Value, Labels }) => [Version, Value, Labels])).toEqual([
      [1, "one", []],
      [2, "two", ["prod"]],
    ]);
    const unlabelled = await ssm.send(
      new UnlabelParameterVersionCommand({
        Name: "/fleet/flag",
        ParameterVersion: 2,
        Labels: ["prod", "none"],
      }),
    );
    expect(unlabelled).toMatchObject({ RemovedLabels: ["prod"], InvalidLabels: ["none"] });
    expect(await refusal(get("/fleet/flag:prod"))).toContain("ParameterVersionNotFound");
    expect(await refusal(get("/fleet/flag:9"))).toBe(
      "ParameterVersionNotFound: Systems Manager could not find version 9 of /fleet/flag. Verify the version and try again.",
    );
  });

  test("of a hundred and one versions the oldest is gone", async () => {
    await put({ Name: "many", Value: "1" });
    for (let i = 2; i <= 101; i++) await put({ Name: "many", Value: String(i), Overwrite: true });
    const versions: (number | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ssm.send(new GetParameterHistoryCommand({ Name: "many", NextToken }));
      versions.push(...(page.Parameters ?? []).map(({ Version }) => Version));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect([versions.length, versions[0], versions.at(-1)]).toEqual([100, 2, 101]);
  });
});

describe("SecureString", () => {
  test.each(["Standard", "Advanced"] as const)(
    "%s is shown only when decryption is asked for",
    async (Tier) => {
      const Name = `/secret/${Tier}`;
      await put({ Name, Type: "SecureString", Value: "swordfish", Tier });
      expect((await get(Name, true))?.Value).toBe("swordfish");
      expect((await get(Name))?.Value).toMatch(/^[A-Za-z0-9+/=]{40,}$/);
      const { Parameters } = await ssm.send(
        new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [Name] }] }),
      );
      expect(Parameters).toMatchObject([{ KeyId: "alias/aws/ssm", Tier }]);
    },
  );

  test("a key that is not there is told in KMS's words", async () => {
    expect(await refusal(put({ Name: "lost", Type: "SecureString", KeyId: "alias/none" }))).toMatch(
      /^InvalidKeyId: Alias .*alias\/none is not found\.$/,
    );
  });
});

describe("hierarchies", () => {
  test("a path shows what is right below it, or all that is below it", async () => {
    for (const Name of ["/tree/a", "/tree/b/c", "/tree/b/d", "/treetop"]) await put({ Name });
    const below = async (Path: string, Recursive: boolean) =>
      (await ssm.send(new GetParametersByPathCommand({ Path, Recursive }))).Parameters?.map(
        ({ Name }) => Name,
      );
    expect(await below("/tree", false)).toEqual(["/tree/a"]);
    expect(await below("/tree/", true)).toEqual(["/tree/a", "/tree/b/c", "/tree/b/d"]);
    expect(await refusal(below("tree", true))).toContain("Valid example: /get/parameters2-/by1./path0_.");
  });

  test("pages hold what was asked for and go on where they ended", async () => {
    const first = await ssm.send(
      new GetParametersByPathCommand({ Path: "/tree", Recursive: true, MaxResults: 2 }),
    );
    const second = await ssm.send(
      new GetParametersByPathCommand({ Path: "/tree", Recursive: true, NextToken: first.NextToken }),
    );
    expect([first.Parameters?.length, second.Parameters?.map(({ Name }) => Name), second.NextToken]).toEqual([
      2,
      ["/tree/b/d"],
      undefined,
    ]);
  });

  test("what is there and what is not are told apart", async () => {
    const { Parameters, InvalidParameters } = await ssm.send(
      new GetParametersCommand({ Names: ["/tree/a", "/tree/none"] }),
    );
    expect([Parameters?.map(({ Name }) => Name), InvalidParameters]).toEqual([["/tree/a"], ["/tree/none"]]);
    const deleted = await ssm.send(new DeleteParametersCommand({ Names: ["/tree/a", "/tree/none"] }));
    expect(deleted).toMatchObject({ DeletedParameters: ["/tree/a"], InvalidParameters: ["/tree/none"] });
  });
});

test("an Expiration policy ends a parameter when its time comes", async () => {
  const hour = 60 * 60 * 1000;
  const Timestamp = new Date(Date.now() + hour).toISOString();
  const Policies = JSON.stringify([{ Type: "Expiration", Version: "1.0", Attributes: { Timestamp } }]);
  expect(await refusal(put({ Name: "/brief", Policies }))).toContain("advanced");
  await put({ Name: "/brief", Policies, Tier: "Advanced" });
  expect((await get("/brief"))?.Value).toBe("v");
  await fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceSeconds: 7200 }),
  });
  expect(await refusal(get("/brief"))).toBe("ParameterNotFound: UnknownError");
});

test("tags are given, filtered by and listed", async () => {
  await put({ Name: "tagged", Tags: [{ Key: "team", Value: "deck" }] });
  const on = { ResourceType: "Parameter", ResourceId: "tagged" } as const;
  await ssm.send(new AddTagsToResourceCommand({ ...on, Tags: [{ Key: "stage", Value: "test" }] }));
  expect((await ssm.send(new ListTagsForResourceCommand(on))).TagList).toEqual([
    { Key: "team", Value: "deck" },
    { Key: "stage", Value: "test" },
  ]);
  const { Parameters } = await ssm.send(
    new DescribeParametersCommand({ ParameterFilters: [{ Key: "tag:team", Values: ["deck"] }] }),
  );
  expect(Parameters?.map(({ Name }) => Name)).toEqual(["tagged"]);
});

describe("what is refused", () => {
  test.each<[string, Partial<PutParameterCommandInput> & { Name: string }, RegExp]>([
    [
      "a path that begins without a slash",
      { Name: "a/b" },
      /ValidationException: Parameter name must be a fully/,
    ],
    [
      "AWS's own names",
      { Name: "/aws/service/x" },
      /AccessDeniedException: No access to reserved parameter name/,
    ],
    ["names that begin with ssm", { Name: "ssm-x" }, /can't be prefixed with "aws" or "ssm"/],
    ["characters", { Name: "a b" }, /ValidationException: Only a mix of letters/],
    ["sixteen levels", { Name: "/a".repeat(16) }, /HierarchyLevelLimitExceededException/],
    ["no type", { Name: "typeless", Type: undefined }, /A parameter type is required/],
    ["a large value", { Name: "big", Value: "x".repeat(4097) }, /maximum parameter value of 4096 characters/],
    [
      "a value against its pattern",
      { Name: "n", Value: "x", AllowedPattern: "^\\d+$" },
      /ParameterPatternMismatch/,
    ],
    [
      "a pattern that never ends",
      { Name: "n", Value: `${"a".repeat(40)}!`, AllowedPattern: "^(a+)+$" },
      /InvalidAllowedPatternException/,
    ],
    ["a data type that is none", { Name: "n", DataType: "Text" }, /data type is not supported: Text/],
    ["a key for a plain string", { Name: "n", KeyId: "alias/aws/ssm" }, /KeyId is required for SecureString/],
    [
      "tags while overwriting",
      { Name: "n", Overwrite: true, Tags: [{ Key: "a", Value: "b" }] },
      /tags and overwrite can't be used together/,
    ],
    ["an existing name", { Name: "tagged" }, /ParameterAlreadyExists: The parameter already exists/],
    [
      "another type",
      { Name: "tagged", Type: "StringList", Overwrite: true },
      /HierarchyTypeMismatchException/,
    ],
  ])("%s", async (_what, input, expected) => {
    expect(await refusal(put(input))).toMatch(expected);
  });
});
