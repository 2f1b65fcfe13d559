import {
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, openDoor, testAccount, userPrincipal } from "../../../test/support/iam-door.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { hour, second } from "../../kernel/duration.ts";
import type { UserPrincipal } from "../../kernel/principal.ts";
import { systemRandom } from "../../kernel/random.ts";
import { sessionAccessKeyId } from "../../kernel/session-key-id.ts";

const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const trusts = (AWS: string, Action: string | string[], Condition: object = {}) =>
  policy({ Effect: "Allow", Principal: { AWS }, Action, Condition });
const all = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
const roleArn = (name: string, account: string = testAccount) => `arn:aws:iam::${account}:role/${name}`;
const other = "444455556666" as AccountId;

let door: Door;
let ann: UserPrincipal;
beforeAll(async () => {
  door = await openDoor();
  const root = door.root(testAccount);
  const { User } = await root.send(new CreateUserCommand({ UserName: "ann" }));
  ann = userPrincipal(User);
  await root.send(
    new PutUserPolicyCommand({
      UserName: "ann",
      PolicyName: "sts",
      PolicyDocument: policy({ Effect: "Allow", Action: ["sts:*", "iam:ListRoles"], Resource: "*" }),
    }),
  );
  const roles: readonly (readonly [string, string, number?])[] = [
    ["open", trusts(testAccount, all), 43_200],
    ["short", trusts(testAccount, "sts:AssumeRole")],
    ["external", trusts(testAccount, "sts:AssumeRole", { StringEquals: { "sts:ExternalId": "secret" } })],
    ["named", trusts(ann.arn, "sts:AssumeRole", { StringLike: { "sts:RoleSessionName": "ann-*" } })],
    [
      "closed",
      policy({ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }),
    ],
  ];
  for (const [RoleName, AssumeRolePolicyDocument, MaxSessionDuration] of roles) {
    await root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, MaxSessionDuration }));
  }
  await root.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }));
});
afterAll(() => door.close());

const assume = (input: Partial<AssumeRoleCommandInput>, accessKeyId?: string) =>
  (accessKeyId === undefined ? door.as(ann) : door.session(accessKeyId)).send(
    new AssumeRoleCommand({ RoleArn: roleArn("open"), RoleSessionName: "session", ...input }),
  );
const fault = (code: string, message: string) => expect.objectContaining({ code, message });
const denied = (action: string, arn: string) =>
  fault("AccessDenied", `User: ${ann.arn} is not authorized to perform: ${action} on resource: ${arn}`);

describe("AssumeRole", () => {
  test("answers as AWS does", async () => {
    const before = door.clock.now();
    const answer = await assume({ DurationSeconds: 900, RoleSessionName: "probe" });
    expect(answer).toEqual({
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA/),
        SecretAccessKey: expect.any(String),
        SessionToken: expect.any(String),
        Expiration: expect.any(Date),
      },
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:probe$/),
        Arn: `arn:aws:sts::${testAccount}:assumed-role/open/probe`,
      },
      PackedPolicySize: undefined,
      SourceIdentity: undefined,
    });
    const lasts = Number(answer.Credentials?.Expiration) - before;
    expect(lasts).toBeGreaterThan(899 * second);
    expect(Number(answer.Credentials?.Expiration) % second).toBe(0);
    expect(lasts).toBeLessThan(960 * second);
    const identity = await door
      .session(answer.Credentials?.AccessKeyId)
      .send(new GetCallerIdentityCommand({}));
    expect(identity).toEqual({
      Account: testAccount,
      Arn: answer.AssumedRoleUser?.Arn,
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
    });
  });

  test.each([
    ["the right external id", { RoleArn: roleArn("external"), ExternalId: "secret" }],
    ["the right session name", { RoleArn: roleArn("named"), RoleSessionName: "ann-1" }],
    ["twelve hours", { DurationSeconds: 43_200 }],
  ])("allows: %s", async (_what, input) => {
    expect((await assume(input)).Credentials).toBeDefined();
  });

  // Texts: responses of AWS that localstack's STS tests recorded and users quoted.
  const tag = (Key: string) => ({ Key, Value: "v" });
  test.each([
    [
      "no external id",
      { RoleArn: roleArn("external") },
      "AccessDenied",
      /^User: .*ann is not authorized to perform: sts:AssumeRole on resource: \S+external$/,
    ],
    [
      "a wrong external id",
      { RoleArn: roleArn("external"), ExternalId: "wrong" },
      "AccessDenied",
      /sts:AssumeRole/,
    ],
    [
      "another session name",
      { RoleArn: roleArn("named"), RoleSessionName: "bob-1" },
      "AccessDenied",
      /sts:AssumeRole/,
    ],
    ["a role of a service", { RoleArn: roleArn("closed") }, "AccessDenied", /sts:AssumeRole/],
    [
      "a service-linked role",
      { RoleArn: roleArn("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS") },
      "AccessDenied",
      /sts:AssumeRole/,
    ],
    [
      "no such role",
      { RoleArn: roleArn("none") },
      "AccessDenied",
      /^User: .*ann is not authorized to perform: sts:AssumeRole on resource: \S+none$/,
    ],
    ["another account's", { RoleArn: roleArn("open", other) }, "AccessDenied", /sts:AssumeRole/],
    [
      "tags that the trust does not permit",
      { RoleArn: roleArn("short"), Tags: [tag("a")] },
      "AccessDenied",
      /sts:TagSession/,
    ],
    [
      "a source identity that the trust does not permit",
      { RoleArn: roleArn("short"), SourceIdentity: "ann" },
      "AccessDenied",
      /sts:SetSourceIdentity/,
    ],
    [
      "a text that is no ARN",
      { RoleArn: "nothing-valid-in-here" },
      "ValidationError",
      "nothing-valid-in-here is invalid",
    ],
    [
      "an ARN of something else",
      { RoleArn: `arn:aws:iam::${testAccount}:user/ann` },
      "ValidationError",
      "Request ARN is invalid",
    ],
    [
      "longer than the role",
      { RoleArn: roleArn("short"), DurationSeconds: 3601 },
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ],
    [
      "keys that differ in case",
      { Tags: [tag("a"), tag("A")] },
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
    ["a policy that is none", { Policy: "{}" }, "MalformedPolicyDocument", /./],
    [
      "a policy with a principal",
      { Policy: policy({ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }) },
      "MalformedPolicyDocument",
      "Policy document should not specify a principal.",
    ],
    [
      "a policy ARN that is none",
      { PolicyArns: [{ arn: "arn:aws:s3:::a-bucket-it-is" }] },
      "ValidationError",
      "arn:aws:s3:::a-bucket-it-is is invalid",
    ],
    [
      "a device that is not there",
      { SerialNumber: "GAHT12345678", TokenCode: "123456" },
      "AccessDenied",
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    ],
  ])("refuses: %s", async (_what, input, code, message) => {
    const error: unknown = await assume(input).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("refuses root, in AWS's words", async () => {
    const call = door
      .root(testAccount)
      .send(new AssumeRoleCommand({ RoleArn: roleArn("open"), RoleSessionName: "session" }));
    await expect(call).rejects.toEqual(fault("AccessDenied", "Roles may not be assumed by root accounts."));
  });

  test("follows the trust policy as it is now", async () => {
    const root = door.root(testAccount);
    const change = (PolicyDocument: string) =>
      root.send(new UpdateAssumeRolePolicyCommand({ RoleName: "short", PolicyDocument }));
    await assume({ RoleArn: roleArn("short") });
    await change(trusts(`arn:aws:iam::${other}:root`, "sts:AssumeRole"));
    await expect(assume({ RoleArn: roleArn("short") })).rejects.toEqual(
      denied("sts:AssumeRole", roleArn("short")),
    );
    await change(trusts(testAccount, "sts:AssumeRole"));
    await assume({ RoleArn: roleArn("short") });
  });

  test("chains: an hour at most, tags and source identity go along and cannot be replaced", async () => {
    await door.root(testAccount).send(
      new PutRolePolicyCommand({
        RoleName: "open",
        PolicyName: "sts",
        PolicyDocument: policy({ Effect: "Allow", Action: "sts:*", Resource: "*" }),
      }),
    );
    const first = await assume({
      Tags: [
        { Key: "Team", Value: "a" },
        { Key: "stays", Value: "b" },
      ],
      TransitiveTagKeys: ["Team"],
      SourceIdentity: "ann",
    });
    const key = first.Credentials?.AccessKeyId;
    expect(first.SourceIdentity).toBe("ann");
    expect(first.PackedPolicySize).toBeGreaterThan(0);
    const second = await assume({ Tags: [{ Key: "more", Value: "c" }] }, key);
    expect(second.SourceIdentity).toBe("ann");
    expect(door.principalOf(second.Credentials?.AccessKeyId).session).toMatchObject({
      tags: [
        { key: "Team", value: "a" },
        { key: "more", value: "c" },
      ],
      transitiveTagKeys: ["Team"],
      sourceIdentity: "ann",
    });
    await expect(assume({ Tags: [{ Key: "team", Value: "x" }] }, key)).rejects.toEqual(
      fault(
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      ),
    );
    await expect(assume({ SourceIdentity: "bob" }, key)).rejects.toEqual(
      fault("ValidationError", "The source identity is already set for this assume role session"),
    );
    await expect(assume({ DurationSeconds: 3601 }, key)).rejects.toEqual(
      fault(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      ),
    );
  });

  test("a session policy narrows the role", async () => {
    await door.root(testAccount).send(
      new PutRolePolicyCommand({
        RoleName: "open",
        PolicyName: "iam",
        PolicyDocument: policy({ Effect: "Allow", Action: "iam:ListRoles", Resource: "*" }),
      }),
    );
    const list = async (input: Partial<AssumeRoleCommandInput>) => {
      const { Credentials } = await assume(input);
      return door.session(Credentials?.AccessKeyId).send(new ListRolesCommand({}));
    };
    expect((await list({})).Roles).not.toHaveLength(0);
    const nothing = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
    for (const input of [
      { Policy: nothing },
      { PolicyArns: [{ arn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }] },
    ]) {
      await expect(list(input)).rejects.toMatchObject({
        code: "AccessDenied",
        message: expect.stringContaining("because no session policy allows the iam:ListRoles action"),
      });
    }
  });

  test("refuses policies that do not fit", async () => {
    const noise = systemRandom.bytes(900).toString("base64url");
    const big = policy({ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${noise}` });
    const tags = Array.from({ length: 8 }, (_, i) => ({
      Key: `k${i}`,
      Value: systemRandom.bytes(120).toString("hex"),
    }));
    await expect(assume({ Policy: big, Tags: tags })).rejects.toMatchObject({
      code: "PackedPolicyTooLarge",
      message: expect.stringMatching(
        /^Packed policy consumes [1-9]\d\d% of allotted space, please use smaller policy\.$/,
      ),
    });
  });

  test("a session ends with its role, though another of the name comes", async () => {
    const root = door.root(testAccount);
    const make = () =>
      root.send(
        new CreateRoleCommand({ RoleName: "brief", AssumeRolePolicyDocument: trusts(testAccount, all) }),
      );
    await make();
    const { Credentials } = await assume({ RoleArn: roleArn("brief") });
    const list = () => door.session(Credentials?.AccessKeyId).send(new ListRolesCommand({}));
    await root.send(new DeleteRoleCommand({ RoleName: "brief" }));
    await expect(list()).rejects.toMatchObject({ code: "InvalidClientTokenId" });
    await make();
    await expect(list()).rejects.toMatchObject({ code: "InvalidClientTokenId" });
  });
});

describe("sessions of the caller itself", () => {
  const lasting = (expiration: Date | undefined) =>
    Math.round((Number(expiration) - door.clock.now()) / hour);

  test.each([
    ["a user, by default", () => door.as(ann), undefined, 12],
    ["a user, as asked", () => door.as(ann), 7200, 2],
    ["root, whatever it asks", () => door.root(testAccount), 43_200, 1],
  ])("GetSessionToken: %s", async (_what, who, DurationSeconds, hours) => {
    const { Credentials } = await who().send(new GetSessionTokenCommand({ DurationSeconds }));
    expect(lasting(Credentials?.Expiration)).toBe(hours);
    const identity = await door.session(Credentials?.AccessKeyId).send(new GetCallerIdentityCommand({}));
    expect(identity).toEqual(await who().send(new GetCallerIdentityCommand({})));
  });

  test("GetFederationToken makes somebody else, bounded by session policies", async () => {
    const list = { Effect: "Allow", Action: "iam:ListRoles", Resource: "*" };
    const answer = await door
      .as(ann)
      .send(new GetFederationTokenCommand({ Name: "bob", Policy: policy(list) }));
    const arn = `arn:aws:sts::${testAccount}:federated-user/bob`;
    expect(answer.FederatedUser).toEqual({ FederatedUserId: `${testAccount}:bob`, Arn: arn });
    const bob = door.session(answer.Credentials?.AccessKeyId);
    expect(await bob.send(new GetCallerIdentityCommand({}))).toEqual({
      Account: testAccount,
      Arn: arn,
      UserId: `${testAccount}:bob`,
    });
    expect(door.principalOf(answer.Credentials?.AccessKeyId).session).toMatchObject({ policy: policy(list) });
    const bare = await door.as(ann).send(new GetFederationTokenCommand({ Name: "bob" }));
    expect(bare.PackedPolicySize).toBe(0);
    // An empty list of session policies allows nothing; none at all would leave the caller's whole permissions.
    expect(door.principalOf(bare.Credentials?.AccessKeyId).session).toMatchObject({ policyArns: [] });
    const assumed = bob.send(new AssumeRoleCommand({ RoleArn: roleArn("open"), RoleSessionName: "session" }));
    await expect(assumed).rejects.toEqual(
      fault("AccessDenied", "Cannot call AssumeRole with session credentials"),
    );
  });

  test("IAM is closed to such sessions, though their policies allow it", async () => {
    const list = policy({ Effect: "Allow", Action: "iam:*", Resource: "*" });
    const own = await door.as(ann).send(new GetSessionTokenCommand({}));
    const federated = await door.as(ann).send(new GetFederationTokenCommand({ Name: "bob", Policy: list }));
    await door.as(ann).send(new ListRolesCommand({}));
    for (const { Credentials } of [own, federated]) {
      await expect(door.session(Credentials?.AccessKeyId).send(new ListRolesCommand({}))).rejects.toEqual(
        fault("InvalidClientTokenId", "The security token included in the request is invalid."),
      );
    }
  });

  test.each([
    ["GetSessionToken", new GetSessionTokenCommand({})],
    ["GetFederationToken", new GetFederationTokenCommand({ Name: "bob" })],
  ] as const)("%s wants long-term credentials", async (operation, command) => {
    const { Credentials } = await assume({});
    const client = door.session(Credentials?.AccessKeyId);
    const call = command instanceof GetSessionTokenCommand ? client.send(command) : client.send(command);
    await expect(call).rejects.toEqual(
      fault("AccessDenied", `Cannot call ${operation} with session credentials`),
    );
  });
});

describe("the rest", () => {
  test.each([
    [
      "root",
      () => door.root(testAccount),
      { Account: testAccount, Arn: `arn:aws:iam::${testAccount}:root`, UserId: testAccount },
    ],
    ["a user", () => door.as(ann), { Account: testAccount, Arn: `arn:aws:iam::${testAccount}:user/ann` }],
  ])("GetCallerIdentity of %s", async (_what, who, expected) => {
    expect(await who().send(new GetCallerIdentityCommand({}))).toMatchObject(expected);
  });

  test("GetAccessKeyInfo tells the account of every kind of key", async () => {
    const info = (AccessKeyId: string) => door.as(ann).send(new GetAccessKeyInfoCommand({ AccessKeyId }));
    expect(await info("BOOTSTRAPKEY00001")).toEqual({ Account: testAccount });
    expect(await info(sessionAccessKeyId(other, systemRandom))).toEqual({ Account: other });
    await expect(info("AKIAZZZZZZZZZZZZZZZZ")).rejects.toMatchObject({ code: "InvalidClientTokenId" });
  });

  test("DecodeAuthorizationMessage opens what was sealed here, for those who may", async () => {
    const decode = (EncodedMessage: string) =>
      door.as(ann).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }));
    expect(await decode("sealed:{}")).toEqual({ DecodedMessage: "{}" });
    await expect(decode("noise")).rejects.toMatchObject({ code: "InvalidAuthorizationMessageException" });
    const { User } = await door.root(testAccount).send(new CreateUserCommand({ UserName: "eve" }));
    const call = door
      .as(userPrincipal(User))
      .send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "sealed:{}" }));
    await expect(call).rejects.toMatchObject({ code: "AccessDenied" });
  });
});
