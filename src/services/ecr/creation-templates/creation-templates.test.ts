import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  type CreateRepositoryCreationTemplateRequest,
  DeleteRepositoryCreationTemplateCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  UpdateRepositoryCreationTemplateCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { image, push } from "../images/images.testing.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";
import { matchingPrefixes, templateFor } from "./creation-templates.ts";
import { templatePrincipal } from "./role-owner.ts";

const home = "111111111111" as AccountId;
const registry = { account: home, region: "us-east-1" as Region };
const role = `arn:aws:iam::${home}:role/templates`;
const slrArn = `arn:aws:iam::${home}:role/aws-service-role/${templatePrincipal}/AWSServiceRoleForECRTemplate`;

let world: TestWorld;
let root: Client;

beforeEach(async () => {
  world = await openTestWorld();
  root = world.root(home);
});

afterEach(() => world.close());

type Members = Partial<CreateRepositoryCreationTemplateRequest>;

const create = (prefix: string, more: Members = {}) =>
  root.send(new CreateRepositoryCreationTemplateCommand({ prefix, appliedFor: ["CREATE_ON_PUSH"], ...more }));

const described = async (prefixes?: string[]) =>
  (await root.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes }))).repositoryCreationTemplates;

const repository = async (name: string) =>
  (await root.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))).repositories?.[0];

const pushTo = (client: Client, name: string) => {
  const { manifest, blobs } = image(name);
  return push(client, world.operations, name, manifest, { blobs, reference: "v1" });
};

const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }],
});

describe("the template of a repository", () => {
  test.each([
    ["app", ["ROOT"]],
    ["prod/app", ["prod", "ROOT"]],
    ["prod/team/app", ["prod/team", "prod", "ROOT"]],
  ])("%s is the first there is of %j", (name, prefixes) => {
    expect(matchingPrefixes(name)).toEqual(prefixes);
  });

  test.each([
    ["prod/team/app", "CREATE_ON_PUSH", "prod/team"],
    ["prod/other/app", "CREATE_ON_PUSH", "prod"],
    ["prod", "CREATE_ON_PUSH", "ROOT"],
    ["production/app", "CREATE_ON_PUSH", "ROOT"],
    ["prod/team/app", "REPLICATION", "prod"],
    ["dev/app", "REPLICATION", undefined],
    ["prod/team/app", "PULL_THROUGH_CACHE", undefined],
  ] as const)("%s for %s has the prefix %s", async (name, appliedFor, prefix) => {
    await create("ROOT");
    await create("prod/", { appliedFor: ["REPLICATION", "CREATE_ON_PUSH"] });
    await create("prod/team");
    const found = await templateFor(world.store.rows, registry, name, appliedFor);
    expect(found?.prefix).toBe(prefix);
  });
});

describe("the operations", () => {
  test("answer what was given, and AWS's defaults", async () => {
    const { repositoryCreationTemplate: made } = await create("plain");
    expect(made).toEqual({
      prefix: "plain",
      appliedFor: ["CREATE_ON_PUSH"],
      imageTagMutability: "MUTABLE",
      encryptionConfiguration: { encryptionType: "AES256" },
      resourceTags: [],
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    const whole: Members = {
      description: "all of it",
      appliedFor: ["REPLICATION", "PULL_THROUGH_CACHE"],
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "dev-*" }],
      encryptionConfiguration: {
        encryptionType: "KMS",
        kmsKey: `arn:aws:kms:us-east-1:${home}:key/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
      },
      resourceTags: [{ Key: "team", Value: "blue" }],
      repositoryPolicy: policy,
      customRoleArn: role,
    };
    await create("whole", whole);
    expect((await described())?.map(({ prefix }) => prefix)).toEqual(["plain", "whole"]);
    expect(await described(["whole", "absent"])).toMatchObject([{ prefix: "whole", ...whole }]);
  });

  test("change what is named, and leave the rest", async () => {
    await create("app", { description: "before", imageTagMutability: "IMMUTABLE", repositoryPolicy: policy });
    world.clock.advance(5000);
    const { repositoryCreationTemplate: changed } = await root.send(
      new UpdateRepositoryCreationTemplateCommand({ prefix: "app/", repositoryPolicy: "" }),
    );
    expect(changed).toMatchObject({ prefix: "app", description: "before", imageTagMutability: "IMMUTABLE" });
    expect(changed?.repositoryPolicy).toBeUndefined();
    expect((changed?.updatedAt?.getTime() ?? 0) - (changed?.createdAt?.getTime() ?? 0)).toBeGreaterThan(4000);
  });

  test("page in order of the prefixes", async () => {
    for (const prefix of ["c", "a", "b"]) await create(prefix);
    const first = await root.send(new DescribeRepositoryCreationTemplatesCommand({ maxResults: 2 }));
    expect(first.repositoryCreationTemplates?.map(({ prefix }) => prefix)).toEqual(["a", "b"]);
    const { nextToken } = first;
    const second = await root.send(new DescribeRepositoryCreationTemplatesCommand({ nextToken }));
    expect(second.repositoryCreationTemplates?.map(({ prefix }) => prefix)).toEqual(["c"]);
    expect(second.nextToken).toBeUndefined();
  });

  test.each<[string, Members, string, string]>([
    ["taken/", {}, "TemplateAlreadyExistsException", "prefix 'taken/' already exists"],
    ["new", { appliedFor: [] }, "InvalidParameterException", "'appliedFor'"],
    ["new", { imageTagMutability: "MUTABLE_WITH_EXCLUSION" }, "InvalidParameterException", "can't be null"],
    ["new", { repositoryPolicy: "{}" }, "InvalidParameterException", "Invalid repository policy provided"],
    ["new", { lifecyclePolicy: "{}" }, "InvalidParameterException", "ifecyclePolicy"],
    [
      "new",
      { lifecyclePolicy: `{"x":"${"x".repeat(99)}"}` },
      "InvalidParameterException",
      "Lifecycle policy validation failure",
    ],
    ["new", { resourceTags: [{ Key: "a", Value: "b" }] }, "ValidationException", "needs customRoleArn"],
    [
      "new",
      { resourceTags: [{ Key: "aws:a", Value: "b" }], customRoleArn: role },
      "InvalidTagParameterException",
      "aws:",
    ],
    [
      "new",
      { encryptionConfiguration: { encryptionType: "KMS" } },
      "ValidationException",
      "needs customRoleArn",
    ],
    [
      "new",
      {
        encryptionConfiguration: {
          encryptionType: "AES256",
          kmsKey: `arn:aws:kms:us-east-1:${home}:key/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
        },
      },
      "InvalidParameterException",
      "kmsKey",
    ],
    ["new", { customRoleArn: `arn:aws:iam::${home}:user/x` }, "InvalidParameterException", "customRoleArn"],
    ["Upper", {}, "InvalidParameterException", "'prefix'"],
  ])("refuse %s with %j: %s", async (prefix, members, code, text) => {
    await create("taken");
    await expect(create(prefix, members)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
    expect(await described()).toHaveLength(1);
  });

  test("tell of templates that are not there, and keep their number", async () => {
    for (const command of [
      new UpdateRepositoryCreationTemplateCommand({ prefix: "none" }),
      new DeleteRepositoryCreationTemplateCommand({ prefix: "none" }),
    ]) {
      await expect(root.send(command as never)).rejects.toMatchObject({ code: "TemplateNotFoundException" });
    }
    for (let i = 0; i < 50; i++) await create(`p${i}`);
    await expect(create("one-more")).rejects.toMatchObject({ code: "LimitExceededException" });
    await root.send(new DeleteRepositoryCreationTemplateCommand({ prefix: "p0/" }));
    await expect(create("one-more")).resolves.toMatchObject({ registryId: home });
  });
});

describe("the role", () => {
  const lock = () => world.store.transaction((tx) => tx.lockRole(home, templatePrincipal));
  const owner = () => world.service.roleOwners?.find((one) => one.servicePrincipal === templatePrincipal);

  test("comes with the first template that needs it, and is in use until the last is gone", async () => {
    await create("own", { customRoleArn: role });
    expect(await lock()).toBe("absent");
    await create("app");
    expect(await lock()).toBe("present");
    const arn = `arn:aws:ecr:us-east-1:${home}:repository-creation-template`;
    expect(await owner()?.usage(world.store.rows, home)).toEqual([
      { region: "us-east-1", resources: [`${arn}/app`, `${arn}/own`] },
    ]);
    for (const prefix of ["app", "own"]) {
      await root.send(new DeleteRepositoryCreationTemplateCommand({ prefix }));
    }
    expect(await owner()?.usage(world.store.rows, home)).toEqual([]);
  });

  test("must be the caller's to create, and one's own to pass", async () => {
    const ada = world.user(home, "ada");
    world.policies.set(`arn:aws:iam::${home}:user/ada`, [
      { Effect: "Allow", Action: "ecr:*", Resource: "*" },
    ]);
    const command = (more: Members = {}) =>
      new CreateRepositoryCreationTemplateCommand({ prefix: "app", appliedFor: ["CREATE_ON_PUSH"], ...more });
    await expect(ada.send(command())).rejects.toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining("iam:CreateServiceLinkedRole"),
    });
    await expect(ada.send(command({ customRoleArn: role }))).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("iam:PassRole"),
    });
    world.policies.set(`arn:aws:iam::${home}:user/ada`, [
      { Effect: "Allow", Action: "ecr:*", Resource: "*" },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: role,
        Condition: { StringEquals: { "iam:PassedToService": "ecr.amazonaws.com" } },
      },
    ]);
    await world.store.transaction((tx) => tx.bumpEpoch(home));
    await expect(ada.send(command({ customRoleArn: role }))).resolves.toMatchObject({ registryId: home });
  });
});

describe("a push to a repository that is not there", () => {
  test("fails without a template for it", async () => {
    await create("other");
    await create("prod", { appliedFor: ["REPLICATION"] });
    await expect(pushTo(root, "prod/app")).rejects.toMatchObject({ code: "RepositoryNotFoundException" });
  });

  test("creates it as the template says", async () => {
    await create("prod", { imageTagMutability: "IMMUTABLE", repositoryPolicy: policy });
    const digest = await pushTo(root, "prod/app");
    expect(await repository("prod/app")).toMatchObject({ imageTagMutability: "IMMUTABLE" });
    const { policyText } = await root.send(new GetRepositoryPolicyCommand({ repositoryName: "prod/app" }));
    expect(JSON.parse(policyText ?? "")).toMatchObject({ Statement: [{ Principal: "*" }] });
    const got = await root.send(
      new BatchGetImageCommand({ repositoryName: "prod/app", imageIds: [{ imageTag: "v1" }] }),
    );
    expect(got.images?.[0]?.imageId?.imageDigest).toBe(digest);
  });

  test("creates it through the API as well, and only then", async () => {
    await create("prod");
    await root.send(new InitiateLayerUploadCommand({ repositoryName: "prod/app" }));
    expect(await repository("prod/app")).toMatchObject({ imageTagMutability: "MUTABLE" });
    await root.send(new CreateRepositoryCommand({ repositoryName: "prod/own" }));
    await expect(
      root.send(new InitiateLayerUploadCommand({ repositoryName: "test/app" })),
    ).rejects.toMatchObject({ code: "RepositoryNotFoundException" });
  });

  test("needs the pusher's permission to create it, and the role's", async () => {
    await create("prod");
    const ada = world.user(home, "ada");
    const arn = `arn:aws:iam::${home}:user/ada`;
    const pushing = [
      "ecr:InitiateLayerUpload",
      "ecr:UploadLayerPart",
      "ecr:CompleteLayerUpload",
      "ecr:PutImage",
    ];
    world.policies.set(arn, [{ Effect: "Allow", Action: pushing, Resource: "*" }]);
    await expect(pushTo(ada, "prod/app")).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("ecr:CreateRepository"),
    });
    world.policies.set(arn, [
      { Effect: "Allow", Action: [...pushing, "ecr:CreateRepository"], Resource: "*" },
    ]);
    world.policies.set(slrArn, []);
    await world.store.transaction((tx) => tx.bumpEpoch(home));
    await expect(pushTo(ada, "prod/app")).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("AWSServiceRoleForECRTemplate"),
    });
    world.policies.delete(slrArn);
    await world.store.transaction((tx) => tx.bumpEpoch(home));
    await expect(pushTo(ada, "prod/app")).resolves.toMatch(/^sha256:/);
  });
});
