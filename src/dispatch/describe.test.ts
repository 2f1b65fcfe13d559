import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { account, inHouse, region } from "./house.testing.ts";
import type { AnyOperation, Reading, Writing } from "./operation.ts";
import type { ResourceFacts } from "./service.ts";

const arns = {
  repository: `arn:aws:ecr:${region}:${account}:repository/team/app`,
  role: `arn:aws:iam::${account}:role/path/Builder`,
  other: `arn:aws:ecr:${region}:444455556666:repository/theirs`,
  open: `arn:aws:ecr:${region}:444455556666:repository/open`,
};

/** An operation that asks for what the test says. */
const asking = (...resources: readonly string[]): Reading<object, object> => ({
  name: "DescribeRepositories",
  authorise: () => resources.map((resource) => ({ action: "ecr:DescribeRepositories", resource })),
  read: async () => ({}),
});

/** What lets everybody in. */
const open: ResourceFacts = {
  policies: [
    {
      name: "theirs",
      document: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:*" }],
      }),
    },
  ],
};

/** Calls an operation and gives the record of it that the caller's account has. */
async function recordOf(
  operations: { readonly ecr?: readonly AnyOperation[]; readonly iam?: readonly AnyOperation[] },
  name: string,
  input: object,
): Promise<Record<string, unknown>> {
  let record = "";
  await inHouse(operations, async (house) => {
    house.resources.set(arns.other, open);
    await house.refusal(name, input);
    record = (await house.events())[0]?.record ?? "{}";
  });
  return JSON.parse(record) as Record<string, unknown>;
}

describe("a call that nobody signed", () => {
  const anybody = { type: "Anonymous" } as const;
  const vouched = {
    type: "WebIdentityUser",
    principalId: "provider:audience:subject",
    userName: "subject",
    identityProvider: "provider",
  } as const;
  const operation = (authorise: Reading<object, object>["authorise"]): Reading<object, object> => ({
    name: "DescribeRepositories",
    recordedFor: () => account,
    authorise,
    read: async () => ({}),
  });

  test.each<readonly [string, Reading<object, object>, object]>([
    [
      "and was refused before it is known what it asks for",
      operation(() => {
        throw new Fault("InvalidIdentityToken", "No.");
      }),
      { errorCode: "InvalidIdentityToken", userIdentity: { type: "Unknown" } },
    ],
    [
      "and was refused for whom it is",
      operation(() => [{ action: "ecr:DescribeRepositories", resource: "*", vouched }]),
      { errorCode: "AccessDenied", userIdentity: vouched },
    ],
    [
      "and was let in",
      operation(() => [{ action: "ecr:DescribeRepositories", resource: arns.open, vouched }]),
      { userIdentity: vouched },
    ],
  ])("is in the trail of the account that it names: %s", async (_what, asked, expected) => {
    await inHouse({ ecr: [asked] }, async (house) => {
      house.resources.set(arns.open, open);
      await house.refusal("DescribeRepositories", {}, { as: anybody });
      expect((await house.events()).map((event) => JSON.parse(event.record))).toMatchObject([expected]);
    });
  });
});

describe("resources of a record", () => {
  test.each<readonly [readonly string[], unknown]>([
    [[arns.repository], [{ accountId: account, type: "AWS::ECR::Repository", ARN: arns.repository }]],
    [
      [arns.repository, arns.repository],
      [{ accountId: account, type: "AWS::ECR::Repository", ARN: arns.repository }],
    ],
    [[arns.role], [{ accountId: account, type: "AWS::IAM::Role", ARN: arns.role }]],
    [[arns.other], [{ accountId: "444455556666", type: "AWS::ECR::Repository", ARN: arns.other }]],
    ...(
      [
        ["events", "event-bus/harbour", "EventBus"],
        ["events", "rule/harbour/dawn", "Rule"],
        ["kms", "key/0e1f2a3b", "Key", "KMS"],
        ["kms", "alias/tide", "Alias", "KMS"],
        ["logs", "log-group:/quay/app", "LogGroup"],
        ["logs", "log-group:/quay/app:log-stream:day", "LogStream"],
        ["organizations", "policy/o-1/service_control_policy/p-1", "Policy"],
        ["organizations", "ou/o-1/ou-1", "OrganizationalUnit"],
        ["secretsmanager", "secret:tide-AbCdEf", "Secret", "SecretsManager"],
        ["sts", "federated-user/ann", "FederatedUser", "STS"],
      ] as const
    ).map(([service, resource, noun, title = service.charAt(0).toUpperCase() + service.slice(1)]) => {
      const ARN = `arn:aws:${service}:${region}:${account}:${resource}`;
      return [[ARN], [{ accountId: account, type: `AWS::${title}::${noun}`, ARN }]] as const;
    }),
    // A log group is decided on as a stream without a name.
    [
      [`arn:aws:logs:${region}:${account}:log-group:app:log-stream:`],
      [
        {
          accountId: account,
          type: "AWS::Logs::LogGroup",
          ARN: `arn:aws:logs:${region}:${account}:log-group:app`,
        },
      ],
    ],
    [[`arn:aws:secretsmanager:${region}:${account}:secret:not-there-??????`], undefined],
    [["*"], undefined],
    [[`arn:aws:ecr:${region}:${account}:repository/*`], undefined],
    [[`arn:aws:ecr:${region}:${account}:unheard-of/x`], undefined],
    [[], undefined],
  ])("%j", async (resources, expected) => {
    const record = await recordOf({ ecr: [asking(...resources)] }, "DescribeRepositories", {});
    expect(record.errorCode).toBeUndefined();
    expect(record.resources).toEqual(expected);
  });
});

describe("what a record shows", () => {
  test("no secret of an answer", async () => {
    const create: Writing<object, undefined, object> = {
      name: "CreateAccessKey",
      authorise: () => [],
      commit: async () => ({
        AccessKey: {
          UserName: "ann",
          AccessKeyId: "AKIAANN",
          Status: "Active",
          SecretAccessKey: "hush-hush",
        },
      }),
    };
    const record = await recordOf({ iam: [create] }, "iam:CreateAccessKey", { UserName: "ann" });
    expect(JSON.stringify(record)).not.toContain("hush-hush");
    expect(record).toMatchObject({
      awsRegion: "us-east-1",
      requestParameters: { userName: "ann" },
      responseElements: { accessKey: { accessKeyId: "AKIAANN", status: "Active" } },
    });
  });

  test("an error by its modelled name, where Query has another code for it", async () => {
    const missing: Reading<object, object> = {
      name: "GetUser",
      authorise: () => [],
      read: async () => {
        throw new Fault("NoSuchEntity", "not there");
      },
    };
    expect(await recordOf({ iam: [missing] }, "iam:GetUser", { UserName: "ann" })).toMatchObject({
      errorCode: "NoSuchEntityException",
      errorMessage: "not there",
      requestParameters: { userName: "ann" },
      responseElements: null,
    });
  });
});
