import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { EventBridgeClient, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAuthorizationReference } from "../src/cli/authorization-reference.ts";
import { policyFromTrail } from "../src/cli/policy.ts";
import { checkPolicy } from "../src/cli/policy-check.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

const account = "111111111111";
const roleArn = `arn:aws:iam::${account}:role/deck`;
let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

/** The clients of a new user with one policy. */
async function crew(name: string, document: object) {
  const root = new IAMClient(roadstead.client(account));
  await root.send(new CreateUserCommand({ UserName: name }));
  const { Policy: policy } = await root.send(
    new CreatePolicyCommand({ PolicyName: name, PolicyDocument: JSON.stringify(document) }),
  );
  await root.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: policy?.Arn }));
  const { AccessKey: key } = await root.send(new CreateAccessKeyCommand({ UserName: name }));
  const credentials = {
    accessKeyId: key?.AccessKeyId ?? "",
    secretAccessKey: key?.SecretAccessKey ?? "",
  };
  const at = (region: string) => ({ ...roadstead.client(account, region), credentials });
  return {
    iam: new IAMClient(at("us-east-1")),
    sts: new STSClient(at("us-east-1")),
    ecr: new ECRClient(at("us-east-1")),
    ecrWest: new ECRClient(at("eu-west-1")),
    kms: new KMSClient(at("us-east-1")),
    secrets: new SecretsManagerClient(at("us-east-1")),
    events: new EventBridgeClient(at("us-east-1")),
    logs: new CloudWatchLogsClient(at("us-east-1")),
  };
}

type Crew = Awaited<ReturnType<typeof crew>>;

/** What the story does, in several services and regions, each call with its name. */
const story: Readonly<Record<string, (crew: Crew) => Promise<unknown>>> = {
  identity: ({ sts }) => sts.send(new GetCallerIdentityCommand({})),
  role: ({ iam }) => iam.send(new GetRoleCommand({ RoleName: "deck" })),
  token: ({ ecr }) => ecr.send(new GetAuthorizationTokenCommand({})),
  images: ({ ecr }) => ecr.send(new ListImagesCommand({ repositoryName: "ship" })),
  west: ({ ecrWest }) => ecrWest.send(new DescribeRepositoriesCommand({ repositoryNames: ["tug"] })),
  key: ({ kms }) => kms.send(encrypt("alias/ship")),
  secret: ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: "ship" })),
  rule: ({ events }) => events.send(rule("ship", roleArn)),
  logGroup: ({ logs }) => logs.send(retain("ship")),
  session: ({ sts }) =>
    sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: "watch",
        Tags: [{ Key: "watch", Value: "first" }],
      }),
    ),
};

const encrypt = (KeyId: string) => new EncryptCommand({ KeyId, Plaintext: Buffer.from("tide") });
const retain = (logGroupName: string) => new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 });
const rule = (Name: string, RoleArn: string) =>
  new PutRuleCommand({ Name, RoleArn, ScheduleExpression: "rate(1 day)", State: "DISABLED" });

/** Neighbours of the story's calls: another name, another region, another action. */
const beyond: typeof story = {
  otherRole: ({ iam }) => iam.send(new GetRoleCommand({ RoleName: "bridge" })),
  roles: ({ iam }) => iam.send(new ListRolesCommand({})),
  otherRepository: ({ ecr }) => ecr.send(new ListImagesCommand({ repositoryName: "tug" })),
  otherRegion: ({ ecrWest }) => ecrWest.send(new ListImagesCommand({ repositoryName: "ship" })),
  otherAction: ({ ecr }) => ecr.send(new DeleteRepositoryCommand({ repositoryName: "ship" })),
  otherKey: ({ kms }) => kms.send(encrypt("alias/tug")),
  otherSecret: ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: "tug" })),
  otherRule: ({ events }) => events.send(rule("tug", roleArn)),
  otherRoleOfRule: ({ events }) => events.send(rule("ship", roleArn.replace("deck", "bridge"))),
  otherLogGroup: ({ logs }) => logs.send(retain("tug")),
  otherSession: ({ sts }) =>
    sts.send(new AssumeRoleCommand({ RoleArn: roleArn.replace("deck", "bridge"), RoleSessionName: "watch" })),
};

/** The names of the calls that go through. */
async function allowed(calls: typeof story, by: Crew): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, make] of Object.entries(calls)) {
    const done = await make(by).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.name.startsWith("AccessDenied")) return false;
        throw error;
      },
    );
    if (done) names.push(name);
  }
  return names;
}

test("the generated policy allows the recorded story and nothing beside it", {
  timeout: 60_000,
}, async () => {
  const root = new IAMClient(roadstead.client(account));
  const trust = {
    Effect: "Allow",
    Principal: { AWS: account },
    Action: ["sts:AssumeRole", "sts:TagSession"],
  };
  for (const RoleName of ["deck", "bridge"]) {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
  for (const region of ["us-east-1", "eu-west-1"]) {
    const ecr = new ECRClient(roadstead.client(account, region));
    for (const repositoryName of ["ship", "tug"])
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }
  const kms = new KMSClient(roadstead.client(account));
  const secrets = new SecretsManagerClient(roadstead.client(account));
  const logs = new CloudWatchLogsClient(roadstead.client(account));
  for (const name of ["ship", "tug"]) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyMetadata?.KeyId }));
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString: "tide" }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  }
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const nothingDeleted = { Effect: "Deny", Action: "ecr:DeleteRepository", Resource: "*" };
  const free = await crew("free", { Version: "2012-10-17", Statement: [everything, nothingDeleted] });
  expect(await allowed(story, free)).toEqual(Object.keys(story));
  expect(await allowed({ otherAction: beyond.otherAction } as typeof story, free)).toEqual([]);

  const { generated } = await policyFromTrail(
    { principal: `arn:aws:iam::${account}:user/free`, endpoint: roadstead.url, since: "1h" },
    dataDirectory,
  );
  expect(generated).toMatchObject({ open: [], unknown: [], denied: ["ecr:DeleteRepository"] });
  expect(
    checkPolicy(JSON.stringify(generated.document), "managed", readAuthorizationReference(dataDirectory)),
  ).toEqual([]);

  const bound = await crew("bound", generated.document);
  expect(await allowed(story, bound)).toEqual(Object.keys(story));
  expect(await allowed(beyond, bound)).toEqual([]);
  expect(
    (
      await allowed(beyond, await crew("wild", { Version: "2012-10-17", Statement: [everything] }))
    ).toSorted(),
  ).toEqual(Object.keys(beyond).toSorted());
});

test.each([
  [{ principal: "ann" }, "'ann' is not the ARN of a user or role"],
  [{ principal: "arn:aws:iam::111111111111:user/free", since: "soon" }, "'soon' is not a length of time"],
  [{ principal: "arn:aws:iam::111111111111:user/nobody", region: ["us-east-1"] }, "it keeps 90 days"],
])("%j is refused with the reason", async (options, why) => {
  await expect(policyFromTrail({ endpoint: roadstead.url, ...options }, dataDirectory)).rejects.toMatchObject(
    { why },
  );
});
