import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import { movableClock } from "../../kernel/clock.ts";
import { day } from "../../kernel/duration.ts";

const account = "111122223333";
const stranger = "444455556666";
const token = (character: string) => character.repeat(32);

const clock = movableClock();
let roadstead: TestRoadstead;
let client: SecretsManagerClient;

/** How far the house's clock was moved, in ms: signatures are dated by it. */
let ahead = 0;

function connect(as: string): SecretsManagerClient {
  return new SecretsManagerClient({ ...roadstead.client(as), systemClockOffset: ahead });
}

/** Sends by a client of its own: a client that has seen the time of an answer signs by that time. */
async function once(
  command: DescribeSecretCommand | CreateSecretCommand | GetSecretValueCommand,
): Promise<object> {
  const fresh = connect(account);
  try {
    return await fresh.send(command as GetSecretValueCommand);
  } finally {
    fresh.destroy();
  }
}

beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
  client = connect(account);
});

afterAll(async () => {
  client?.destroy();
  await roadstead?.stop();
});

/** The value of a secret's version. */
async function value(SecretId: string, version: { VersionId?: string; VersionStage?: string } = {}) {
  return (await client.send(new GetSecretValueCommand({ SecretId, ...version }))).SecretString;
}

function refusal(name: string, message: string | RegExp) {
  return { name, message: typeof message === "string" ? message : expect.stringMatching(message) };
}

describe("a secret", () => {
  test("is found by its name, its ARN, and its ARN without the random characters", async () => {
    const made = await client.send(
      new CreateSecretCommand({ Name: "ecr-pullthroughcache/hub", SecretString: "s3cret", Description: "d" }),
    );
    const arn = made.ARN ?? "";
    expect(arn).toMatch(
      /^arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache\/hub-[A-Za-z0-9]{6}$/,
    );
    for (const id of ["ecr-pullthroughcache/hub", arn, arn.slice(0, -7)])
      expect(await value(id)).toBe("s3cret");
    for (const id of [
      `${arn.slice(0, -6)}zzzzzz`,
      arn.replace("us-east-1", "eu-west-1"),
      "ecr-pullthroughcache",
    ]) {
      await expect(value(id)).rejects.toMatchObject(
        refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
      );
    }
    expect(await client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({
      ARN: arn,
      Description: "d",
      VersionIdsToStages: { [made.VersionId ?? ""]: ["AWSCURRENT"] },
    });
  });

  test("keeps bytes as bytes", async () => {
    const SecretBinary = Buffer.from([0, 255, 1, 254]);
    await client.send(new CreateSecretCommand({ Name: "bytes", SecretBinary }));
    const got = await client.send(new GetSecretValueCommand({ SecretId: "bytes" }));
    expect(Buffer.from(got.SecretBinary ?? [])).toEqual(SecretBinary);
    expect(got.SecretString).toBeUndefined();
  });

  test("has no value until it is given one, which is current whatever its labels", async () => {
    await client.send(new CreateSecretCommand({ Name: "empty" }));
    await expect(value("empty")).rejects.toMatchObject(
      refusal(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      ),
    );
    const put = new PutSecretValueCommand({ SecretId: "empty", SecretString: "1", VersionStages: ["MINE"] });
    expect((await client.send(put)).VersionStages).toEqual(["MINE", "AWSCURRENT"]);
  });

  test.each([
    ["a name with a space", { Name: "a b", SecretString: "x" }, "ValidationException", /^Invalid name\. /],
    [
      "text and bytes",
      { Name: "both", SecretString: "x", SecretBinary: Buffer.from("x") },
      "InvalidParameterException",
      /both a binary secret value and a string/,
    ],
    [
      "more bytes than may be",
      { Name: "big", SecretString: "é".repeat(32_769) },
      "InvalidParameterException",
      /65536 bytes/,
    ],
    [
      "a reserved tag",
      { Name: "t", Tags: [{ Key: "AWS:x", Value: "" }] },
      "InvalidParameterException",
      /aws:/,
    ],
    [
      "a replica where there is no region",
      { Name: "r", AddReplicaRegions: [{ Region: "xx-nowhere-1" }] },
      "InvalidParameterException",
      /Invalid replica region/,
    ],
    [
      "a name in use",
      { Name: "bytes", SecretString: "x" },
      "ResourceExistsException",
      /secret bytes already exists/,
    ],
  ])("is not made with %s", async (_what, input, name, message) => {
    await expect(client.send(new CreateSecretCommand(input))).rejects.toMatchObject(refusal(name, message));
  });

  test("is made once by a request that is sent twice", async () => {
    const input = { Name: "twice", SecretString: "v", ClientRequestToken: token("a") };
    const first = await client.send(new CreateSecretCommand(input));
    const again = await client.send(new CreateSecretCommand(input));
    expect([again.ARN, again.VersionId]).toEqual([first.ARN, token("a")]);
    await expect(
      client.send(new CreateSecretCommand({ ...input, SecretString: "other" })),
    ).rejects.toMatchObject({ name: "ResourceExistsException" });
  });
});

describe("versions", () => {
  test("take the labels from each other", async () => {
    const put = (id: string, VersionStages?: string[]) =>
      client.send(
        new PutSecretValueCommand({
          SecretId: "labels",
          SecretString: id,
          ClientRequestToken: token(id),
          ...(VersionStages && { VersionStages }),
        }),
      );
    await client.send(
      new CreateSecretCommand({ Name: "labels", SecretString: "1", ClientRequestToken: token("1") }),
    );
    await put("2");
    expect([await value("labels"), await value("labels", { VersionStage: "AWSPREVIOUS" })]).toEqual([
      "2",
      "1",
    ]);
    await put("3", ["AWSPENDING"]);
    expect(await value("labels")).toBe("2");
    // Sent again it changes nothing; with another value it is refused.
    expect((await put("3", ["AWSPENDING"])).VersionStages).toEqual(["AWSPENDING"]);
    const other = { SecretId: "labels", SecretString: "x", ClientRequestToken: token("3") };
    await expect(client.send(new PutSecretValueCommand(other))).rejects.toMatchObject(
      refusal(
        "ResourceExistsException",
        /^You can't use ClientRequestToken 3+ because that value is already in use/,
      ),
    );
    const move = (input: object) =>
      client.send(
        new UpdateSecretVersionStageCommand({ SecretId: "labels", VersionStage: "AWSCURRENT", ...input }),
      );
    await expect(move({ MoveToVersionId: token("3") })).rejects.toMatchObject(
      refusal("InvalidParameterException", /^The parameter RemoveFromVersionId can't be empty\./),
    );
    await expect(move({ RemoveFromVersionId: token("2") })).rejects.toMatchObject(
      refusal("InvalidParameterException", /can't be completely removed/),
    );
    await move({ MoveToVersionId: token("3"), RemoveFromVersionId: token("2") });
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "labels" }));
    expect(VersionIdsToStages).toEqual({
      [token("2")]: ["AWSPREVIOUS"],
      [token("3")]: ["AWSPENDING", "AWSCURRENT"],
    });
    await expect(
      value("labels", { VersionId: token("2"), VersionStage: "AWSCURRENT" }),
    ).rejects.toMatchObject(refusal("InvalidRequestException", /not associated to the provided VersionId/));
    expect(await value("labels", { VersionId: token("1") })).toBe("1");
  });

  test("are listed in pages, those without labels on request", async () => {
    const all: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new ListSecretVersionIdsCommand({
          SecretId: "labels",
          MaxResults: 2,
          IncludeDeprecated: true,
          NextToken,
        }),
      );
      all.push(...(page.Versions ?? []).map((version) => version.VersionId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(all.toSorted()).toEqual([token("1"), token("2"), token("3")]);
    const labelled = await client.send(new ListSecretVersionIdsCommand({ SecretId: "labels" }));
    expect(labelled.Versions?.length).toBe(2);
  });

  test("come with UpdateSecret only when it has a value", async () => {
    await client.send(new CreateSecretCommand({ Name: "update", SecretString: "1" }));
    const described = await client.send(new UpdateSecretCommand({ SecretId: "update", Description: "new" }));
    expect(described.VersionId).toBeUndefined();
    expect(await value("update")).toBe("1");
    await client.send(new UpdateSecretCommand({ SecretId: "update", SecretString: "2" }));
    expect([await value("update"), await value("update", { VersionStage: "AWSPREVIOUS" })]).toEqual([
      "2",
      "1",
    ]);
    expect((await client.send(new DescribeSecretCommand({ SecretId: "update" }))).Description).toBe("new");
  });
});

describe("deletion", () => {
  test.each([
    [{ RecoveryWindowInDays: 6 }, /between 7 and 30 days/],
    [{ RecoveryWindowInDays: 31 }, /between 7 and 30 days/],
    [{ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }, /in conjunction with/],
  ])("is refused with %j", async (input, message) => {
    await expect(client.send(new DeleteSecretCommand({ SecretId: "bytes", ...input }))).rejects.toMatchObject(
      refusal("InvalidParameterException", message),
    );
  });

  test("can be taken back within the window", async () => {
    await client.send(new CreateSecretCommand({ Name: "doomed", SecretString: "v" }));
    const remove = () =>
      client.send(new DeleteSecretCommand({ SecretId: "doomed", RecoveryWindowInDays: 7 }));
    await remove();
    await expect(value("doomed")).rejects.toMatchObject(
      refusal(
        "InvalidRequestException",
        /^You can't perform this operation on the secret because it was marked/,
      ),
    );
    await expect(
      client.send(new CreateSecretCommand({ Name: "doomed", SecretString: "v" })),
    ).rejects.toMatchObject(refusal("InvalidRequestException", /already scheduled for deletion/));
    const listed = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: "name", Values: ["doomed"] }] }),
    );
    expect(listed.SecretList).toEqual([]);
    await client.send(new RestoreSecretCommand({ SecretId: "doomed" }));
    expect(await value("doomed")).toBe("v");
  });

  test("at once, even of what is not there, when it is forced", async () => {
    const force = (SecretId: string) =>
      client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await client.send(new CreateSecretCommand({ Name: "gone", SecretString: "v" }));
    await force("gone");
    await expect(value("gone")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect((await force("never-was")).Name).toBe("never-was");
  });
});

describe("lists", () => {
  test("pass filters and come in pages", async () => {
    for (const Name of ["list/a", "list/b", "list/c"]) {
      await client.send(
        new CreateSecretCommand({ Name, SecretString: Name, Tags: [{ Key: "team", Value: Name.slice(-1) }] }),
      );
    }
    const names = async (Filters: { Key: "name" | "tag-value" | "all"; Values: string[] }[]) => {
      const found: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new ListSecretsCommand({ Filters, MaxResults: 1, SortBy: "name", SortOrder: "asc", NextToken }),
        );
        found.push(...(page.SecretList ?? []).map((secret) => secret.Name));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    };
    expect(await names([{ Key: "name", Values: ["list/"] }])).toEqual(["list/a", "list/b", "list/c"]);
    expect(await names([{ Key: "name", Values: ["list/", "!list/b"] }])).toEqual(["list/a", "list/c"]);
    expect(
      await names([
        { Key: "name", Values: ["list/"] },
        { Key: "tag-value", Values: ["c"] },
      ]),
    ).toEqual(["list/c"]);
    expect(await names([{ Key: "all", Values: ["LIST"] }])).toEqual(["list/a", "list/b", "list/c"]);
    await expect(client.send(new ListSecretsCommand({ NextToken: "x" }))).rejects.toMatchObject({
      name: "InvalidNextTokenException",
    });
  });

  test("of values tell what could not be got", async () => {
    const got = await client.send(new BatchGetSecretValueCommand({ SecretIdList: ["list/a", "nothing"] }));
    expect(got.SecretValues?.map((secret) => secret.SecretString)).toEqual(["list/a"]);
    expect(got.Errors).toEqual([
      {
        SecretId: "nothing",
        ErrorCode: "ResourceNotFoundException",
        Message: "Secrets Manager can't find the specified secret.",
      },
    ]);
    await expect(client.send(new BatchGetSecretValueCommand({}))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("tags and policies", () => {
  test("tags are added and taken away", async () => {
    await client.send(new TagResourceCommand({ SecretId: "bytes", Tags: [{ Key: "k", Value: "v" }] }));
    const tags = async () => (await client.send(new DescribeSecretCommand({ SecretId: "bytes" }))).Tags;
    expect(await tags()).toEqual([{ Key: "k", Value: "v" }]);
    await client.send(new UntagResourceCommand({ SecretId: "bytes", TagKeys: ["k", "absent"] }));
    expect(await tags()).toBeUndefined();
  });

  test("a policy that cannot be read, or lets everybody in, is told", async () => {
    const open = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" },
      ],
    });
    const put = (ResourcePolicy: string, BlockPublicPolicy: boolean) =>
      client.send(new PutResourcePolicyCommand({ SecretId: "bytes", ResourcePolicy, BlockPublicPolicy }));
    await expect(put("{", false)).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    await expect(put(open, true)).rejects.toMatchObject({ name: "PublicPolicyException" });
    await put(open, false);
    const got = await client.send(new GetResourcePolicyCommand({ SecretId: "bytes" }));
    expect(got.ResourcePolicy).toBe(open);
    await client.send(new DeleteResourcePolicyCommand({ SecretId: "bytes" }));
    expect(
      (await client.send(new GetResourcePolicyCommand({ SecretId: "bytes" }))).ResourcePolicy,
    ).toBeUndefined();
    const checked = await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy: open }));
    expect([checked.PolicyValidationPassed, checked.ValidationErrors?.[0]?.CheckName]).toEqual([
      false,
      "PUBLIC_ACCESS",
    ]);
  });
});

describe("random passwords", () => {
  test.each([
    [{}, /^[!-~]{32}$/],
    [
      { PasswordLength: 8, ExcludePunctuation: true, ExcludeNumbers: true },
      /^(?=.*[a-z])(?=.*[A-Z])[A-Za-z]{8}$/,
    ],
    [{ PasswordLength: 1, RequireEachIncludedType: false, ExcludeCharacters: "abc" }, /^[^abc]$/],
    [
      { PasswordLength: 5, IncludeSpace: true, ExcludeCharacters: "0123456789" },
      /^(?=.* )(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9 ]).{5}$/,
    ],
  ])("are made as asked: %j", async (input, pattern) => {
    const { RandomPassword } = await client.send(new GetRandomPasswordCommand(input));
    expect(RandomPassword).toMatch(pattern);
  });

  test("cannot be shorter than the types that must be in them", async () => {
    await expect(client.send(new GetRandomPasswordCommand({ PasswordLength: 3 }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

test("another account gets in by the secret's policy only", async () => {
  await client.send(new CreateSecretCommand({ Name: "shared", SecretString: "v" }));
  const { ARN: SecretId } = await client.send(new DescribeSecretCommand({ SecretId: "shared" }));
  const other = connect(stranger);
  try {
    await expect(other.send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject(
      refusal(
        "AccessDeniedException",
        /because no resource-based policy allows the secretsmanager:DescribeSecret action$/,
      ),
    );
    const ResourcePolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: stranger },
          Action: "secretsmanager:DescribeSecret",
          Resource: "*",
        },
      ],
    });
    await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
    expect((await other.send(new DescribeSecretCommand({ SecretId }))).Name).toBe("shared");
  } finally {
    other.destroy();
  }
});

test("a secret is gone when its recovery window ends, and its name is free", async () => {
  await client.send(new CreateSecretCommand({ Name: "late", SecretString: "v" }));
  await client.send(new DeleteSecretCommand({ SecretId: "late", RecoveryWindowInDays: 7 }));
  clock.advance(7 * day);
  ahead += 7 * day;
  await expect(once(new DescribeSecretCommand({ SecretId: "late" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await once(new CreateSecretCommand({ Name: "late", SecretString: "another" }));
  const got = await once(new GetSecretValueCommand({ SecretId: "late" }));
  expect(got).toMatchObject({ SecretString: "another" });
});
