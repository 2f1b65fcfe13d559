import {
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  DeleteRegistryPolicyCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAccountSettingCommand,
  GetRegistryPolicyCommand,
  GetRepositoryPolicyCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutAccountSettingCommand,
  PutRegistryPolicyCommand,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";

const repositoryName = "app";

let world: TestWorld;
let account = "";
let root: Client;

beforeAll(async () => {
  world = await openTestWorld();
});

let accounts = 300_000_000_000;

// Each test has an account of its own: opening databases takes longer than the tests.
beforeEach(async () => {
  account = String(accounts++);
  root = world.root(account);
});

afterAll(() => world.close());

const arn = (region = "us-east-1"): string => `arn:aws:ecr:${region}:${account}:repository/${repositoryName}`;
const create = (more: Partial<CreateRepositoryCommandInput> = {}) =>
  root.send(new CreateRepositoryCommand({ repositoryName, ...more }));
const document = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

/** A user who may do everything that the policies of resources do not forbid. */
function admin(name: string, of = account): Client {
  world.policies.set(`arn:aws:iam::${of}:user/${name}`, [{ Effect: "Allow", Action: "*", Resource: "*" }]);
  return world.user(of, name);
}

describe("a repository is created", () => {
  const id = "68ab2c9a-47f0-41e9-b9e5-b715582c7aec";
  test.each([
    [{}, { encryptionType: "AES256" }],
    [
      { encryptionConfiguration: { encryptionType: "KMS", kmsKey: id } },
      { encryptionType: "KMS", kmsKey: `key/${id}` },
    ],
    [
      { encryptionConfiguration: { encryptionType: "KMS" } },
      { encryptionType: "KMS", kmsKey: "key/aws/ecr" },
    ],
  ] as const)("with %j, encrypted with %j", async (more, { encryptionType, ...expected }) => {
    const { repository } = await create(more);
    const kms = `arn:aws:kms:us-east-1:${account}:`;
    expect(repository?.encryptionConfiguration).toEqual({
      encryptionType,
      kmsKey: "kmsKey" in expected ? kms + expected.kmsKey : undefined,
    });
  });

  test("with its exclusion filters, which it keeps", async () => {
    const filters = [{ filterType: "WILDCARD", filter: "dev-*" }] as const;
    await create({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [...filters],
    });
    const { repositories } = await root.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([
      { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: filters },
    ]);
  });

  test.each([
    ["a name that is none", { repositoryName: "App" }, "InvalidParameterException"],
    [
      "exclusion without filters",
      { imageTagMutability: "MUTABLE_WITH_EXCLUSION" as const },
      "InvalidParameterException",
    ],
    ["a reserved tag", { tags: [{ Key: "aws:x", Value: "" }] }, "InvalidTagParameterException"],
  ])("not with %s", async (_what, more, code) => {
    await expect(create(more)).rejects.toMatchObject({ code });
    expect((await root.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
  });

  test("in the region of the call only", async () => {
    await create();
    const elsewhere = world.root(account, "eu-west-1");
    await expect(elsewhere.send(new DeleteRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
      code: "RepositoryNotFoundException",
    });
  });
});

describe("tags", () => {
  const tags = async () => {
    const answer = await root.send(new ListTagsForResourceCommand({ resourceArn: arn() }));
    return answer.tags?.map(({ Key, Value }) => `${Key}=${Value}`);
  };
  const tagged = (...list: string[]) =>
    list.map((pair) => ({ Key: pair.split("=")[0] ?? "", Value: pair.split("=")[1] ?? "" }));

  test("are added, changed and taken away", async () => {
    await create({ tags: tagged("b=1", "a=1") });
    await root.send(new TagResourceCommand({ resourceArn: arn(), tags: tagged("b=2", "c=3") }));
    expect(await tags()).toEqual(["a=1", "b=2", "c=3"]);
    await root.send(new UntagResourceCommand({ resourceArn: arn(), tagKeys: ["a", "absent"] }));
    expect(await tags()).toEqual(["b=2", "c=3"]);
  });

  test("are at most fifty", async () => {
    await create({ tags: tagged(...Array.from({ length: 50 }, (_, i) => `k${i}=v`)) });
    const more = (tag: string) =>
      root.send(new TagResourceCommand({ resourceArn: arn(), tags: tagged(tag) }));
    await expect(more("k50=v")).rejects.toMatchObject({ code: "TooManyTagsException" });
    await more("k49=w");
    expect(await tags()).toHaveLength(50);
  });

  test.each([
    ["arn:aws:ecr:us-east-1:ACCOUNT:repository/absent", "RepositoryNotFoundException"],
    ["arn:aws:ecr:us-east-1:ACCOUNT:other/app", "InvalidParameterException"],
    ["nonsense", "InvalidParameterException"],
  ])("of %s cannot be listed", async (resourceArn, code) => {
    const command = new ListTagsForResourceCommand({ resourceArn: resourceArn.replace("ACCOUNT", account) });
    await expect(root.send(command)).rejects.toMatchObject({ code });
  });

  test("decide from the next call on", async () => {
    await create();
    const name = "tagged";
    world.policies.set(`arn:aws:iam::${account}:user/${name}`, [
      {
        Effect: "Allow",
        Action: "ecr:ListImages",
        Resource: "*",
        Condition: { StringEquals: { "ecr:ResourceTag/team": "red" } },
      },
    ]);
    const list = () => world.user(account, name).send(new ListImagesCommand({ repositoryName }));
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
    await root.send(new TagResourceCommand({ resourceArn: arn(), tags: tagged("team=red") }));
    expect(await list()).toMatchObject({ imageIds: [] });
    await root.send(new UntagResourceCommand({ resourceArn: arn(), tagKeys: ["team"] }));
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

describe("a repository policy", () => {
  const set = (client: Client, force: boolean, ...statements: object[]) =>
    client.send(
      new SetRepositoryPolicyCommand({ repositoryName, force, policyText: document(...statements) }),
    );

  test("that locks its author out must be forced", async () => {
    await create();
    const ada = admin("ada");
    const lock = { Effect: "Deny", Principal: "*", Action: "ecr:Set*" };
    await expect(set(ada, false, lock)).rejects.toMatchObject({ code: "InvalidParameterException" });
    await expect(root.send(new GetRepositoryPolicyCommand({ repositoryName }))).rejects.toMatchObject({
      code: "RepositoryPolicyNotFoundException",
    });
    await set(ada, true, lock);
    await expect(set(ada, true)).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test("lets another account in, and dies with its repository", async () => {
    await create();
    const partner = String(accounts++);
    const bob = admin("bob", partner);
    const list = () => bob.send(new ListImagesCommand({ registryId: account, repositoryName }));
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
    await set(root, false, {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${partner}:root` },
      Action: "ecr:ListImages",
    });
    expect(await list()).toMatchObject({ imageIds: [] });
    await root.send(new DeleteRepositoryCommand({ repositoryName }));
    await create();
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

describe("a registry policy", () => {
  const put = (...statements: object[]) =>
    root.send(new PutRegistryPolicyCommand({ policyText: document(...statements) }));

  test("can be read and removed", async () => {
    await expect(root.send(new GetRegistryPolicyCommand({}))).rejects.toMatchObject({
      code: "RegistryPolicyNotFoundException",
      message: `Registry policy does not exist in the registry with id '${account}'`,
    });
    const { policyText } = await put({
      Effect: "Deny",
      Principal: "*",
      Action: "ecr:PutImage",
      Resource: "*",
    });
    expect(await root.send(new GetRegistryPolicyCommand({}))).toEqual({ registryId: account, policyText });
    expect(await root.send(new DeleteRegistryPolicyCommand({}))).toEqual({ registryId: account, policyText });
    await expect(root.send(new DeleteRegistryPolicyCommand({}))).rejects.toMatchObject({
      code: "RegistryPolicyNotFoundException",
    });
  });

  test("governs every action in scope V2 and only replication's in V1", async () => {
    await create();
    const eve = admin("eve");
    const list = () => eve.send(new ListImagesCommand({ repositoryName }));
    const scope = (value: string) =>
      root.send(new PutAccountSettingCommand({ name: "REGISTRY_POLICY_SCOPE", value }));
    await put({
      Effect: "Deny",
      Principal: { AWS: `arn:aws:iam::${account}:user/eve` },
      Action: "ecr:*",
      Resource: "*",
    });
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
    await scope("V1");
    expect(await list()).toMatchObject({ imageIds: [] });
    const creation = new CreateRepositoryCommand({ repositoryName: "other" });
    await expect(eve.send(creation)).rejects.toMatchObject({ code: "AccessDenied" });
    await scope("V2");
    await expect(list()).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

describe("an account setting", () => {
  const get = (name: string) => root.send(new GetAccountSettingCommand({ name: name as "BLOB_MOUNTING" }));
  const put = (name: string, value: string) =>
    root.send(new PutAccountSettingCommand({ name: name as "BLOB_MOUNTING", value }));

  test.each([
    ["REGISTRY_POLICY_SCOPE", "V2", "V1"],
    ["BLOB_MOUNTING", "DISABLED", "ENABLED"],
    ["BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE", "CLAIR"],
  ])("%s is %s until it is set to %s", async (name, before, after) => {
    expect(await get(name)).toEqual({ name, value: before });
    await put(name, after);
    expect(await get(name)).toEqual({ name, value: after });
  });

  test.each([
    ["BLOB_MOUNTING", "V1"],
    ["BASIC_SCAN_TYPE_VERSION", "TRIVY"],
    ["toString", "V1"],
  ])("%s cannot be %s", async (name, value) => {
    await expect(put(name, value)).rejects.toMatchObject({ code: "InvalidParameterException" });
  });
});
