import {
  CloudWatchLogsClient,
  DescribeResourcePoliciesCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
} from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand as PutSecretPolicyCommand,
  SecretsManagerClient,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/**
 * A policy of a resource that names a user means that user: one who is made anew under the name is not trusted for it
 * (IAM User Guide, "AWS JSON policy elements: Principal"). Kept policies show the ARN while the user lives, and the bare
 * id afterwards.
 */

const account = "111122223333";
const arnOf = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const nobody = arnOf("nobody");
const uniqueId = /^AIDA[A-Z0-9]{17}$/;

let roadstead: TestRoadstead;
let iam: IAMClient;
let kms: KMSClient;
let secrets: SecretsManagerClient;
let events: EventBridgeClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  const root = roadstead.client(account);
  iam = new IAMClient(root);
  kms = new KMSClient(root);
  secrets = new SecretsManagerClient(root);
  events = new EventBridgeClient(root);
});

afterAll(async () => {
  for (const client of [iam, kms, secrets, events]) client?.destroy();
  await roadstead?.stop();
});

/** A user without policies, with what its clients need to call. */
async function newUser(UserName: string): Promise<ClientSettings> {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    ...roadstead.client(),
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    },
  };
}

async function removeUser(UserName: string, { credentials }: ClientSettings): Promise<void> {
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: credentials.accessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName }));
}

function policyFor(principal: string, Action: string): string {
  const everything = { Effect: "Allow", Principal: { AWS: account }, Action: "*", Resource: "*" };
  const own = { Effect: "Allow", Principal: { AWS: principal }, Action, Resource: "*" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [everything, own] });
}

function namedIn(policy: string | undefined): unknown {
  return JSON.parse(policy ?? "").Statement[1].Principal.AWS;
}

/** One resource whose policy names users. */
interface Kept {
  readonly what: string;
  /** AWS's error for a user that is not there. */
  readonly refusal: object;
  make(): Promise<string>;
  trust(id: string, principal: string): Promise<unknown>;
  shown(id: string): Promise<unknown>;
  use(id: string, caller: ClientSettings): Promise<unknown>;
}

const kept: readonly Kept[] = [
  {
    what: "a key's policy",
    refusal: {
      name: "MalformedPolicyDocumentException",
      message: "Policy contains a statement with one or more invalid principals.",
    },
    async make() {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      return KeyMetadata?.Arn ?? "";
    },
    trust: (KeyId, principal) =>
      kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policyFor(principal, "kms:DescribeKey") })),
    async shown(KeyId) {
      return namedIn((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy);
    },
    use: (KeyId, caller) => new KMSClient(caller).send(new DescribeKeyCommand({ KeyId })),
  },
  {
    what: "a grant",
    refusal: {
      name: "InvalidArnException",
      message: `ARN does not refer to a valid principal: ${nobody}`,
    },
    async make() {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      return KeyMetadata?.Arn ?? "";
    },
    trust: (KeyId, GranteePrincipal) =>
      kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["DescribeKey"] })),
    async shown(KeyId) {
      return (await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.[0]?.GranteePrincipal;
    },
    use: (KeyId, caller) => new KMSClient(caller).send(new DescribeKeyCommand({ KeyId })),
  },
  {
    what: "a secret's policy",
    refusal: {
      name: "MalformedPolicyDocumentException",
      message: "This resource policy contains an unsupported principal.",
    },
    async make() {
      const { ARN } = await secrets.send(new CreateSecretCommand({ Name: "kept", SecretString: "tide" }));
      return ARN ?? "";
    },
    trust: (SecretId, principal) =>
      secrets.send(
        new PutSecretPolicyCommand({
          SecretId,
          ResourcePolicy: policyFor(principal, "secretsmanager:GetSecretValue"),
        }),
      ),
    async shown(SecretId) {
      return namedIn((await secrets.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy);
    },
    use: (SecretId, caller) => new SecretsManagerClient(caller).send(new GetSecretValueCommand({ SecretId })),
  },
  {
    what: "a bus's policy",
    refusal: { name: "ValidationException", message: expect.stringContaining(nobody) },
    async make() {
      await events.send(new CreateEventBusCommand({ Name: "harbour" }));
      return "harbour";
    },
    trust: (EventBusName, principal) =>
      events.send(
        new PutPermissionCommand({ EventBusName, Policy: policyFor(principal, "events:PutEvents") }),
      ),
    async shown(Name) {
      return namedIn((await events.send(new DescribeEventBusCommand({ Name }))).Policy);
    },
    use: (EventBusName, caller) =>
      new EventBridgeClient(caller).send(
        new PutEventsCommand({ Entries: [{ EventBusName, Source: "quay", DetailType: "x", Detail: "{}" }] }),
      ),
  },
];

describe.each(kept)("$what", ({ what, refusal, make, trust, shown, use }) => {
  test("does not trust who is made anew under an old name", async () => {
    const name = what.replaceAll(/\W/g, "-");
    const id = await make();
    await expect(trust(id, nobody)).rejects.toMatchObject(refusal);
    const first = await newUser(name);
    await expect(use(id, first)).rejects.toThrow();
    await trust(id, arnOf(name));
    await expect(use(id, first)).resolves.toBeDefined();
    expect(await shown(id)).toBe(arnOf(name));
    await removeUser(name, first);
    expect(await shown(id)).toMatch(uniqueId);
    const second = await newUser(name);
    await expect(use(id, second)).rejects.toThrow(/AccessDenied|not authorized/);
    expect(await shown(id)).toMatch(uniqueId);
    await trust(id, arnOf(name));
    await expect(use(id, second)).resolves.toBeDefined();
  });
});

test("a grant may be retired by whom it named, and listed by the name of who lives", async () => {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.Arn ?? "";
  const first = await newUser("retiring");
  const RetiringPrincipal = arnOf("retiring");
  const grant = { KeyId, GranteePrincipal: arnOf("retiring"), RetiringPrincipal };
  const { GrantId } = await kms.send(new CreateGrantCommand({ ...grant, Operations: ["DescribeKey"] }));
  const retirable = async () =>
    (await kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal }))).Grants?.map((one) => one.GrantId);
  const granted = async (GranteePrincipal: string) =>
    (await kms.send(new ListGrantsCommand({ KeyId, GranteePrincipal }))).Grants?.map((one) => one.GrantId);
  expect(await retirable()).toEqual([GrantId]);
  expect(await granted(RetiringPrincipal)).toEqual([GrantId]);
  await removeUser("retiring", first);
  const second = await newUser("retiring");
  expect(await retirable()).toEqual([]);
  expect(await granted(RetiringPrincipal)).toEqual([]);
  await expect(new KMSClient(second).send(new RetireGrantCommand({ KeyId, GrantId }))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});

test("a secret's policy may be asked about before it is put", async () => {
  const ResourcePolicy = policyFor(nobody, "secretsmanager:GetSecretValue");
  expect(await secrets.send(new ValidateResourcePolicyCommand({ ResourcePolicy }))).toMatchObject({
    PolicyValidationPassed: false,
    ValidationErrors: [{ ErrorMessage: "This resource policy contains an unsupported principal." }],
  });
});

describe("a policy of CloudWatch Logs names accounts by their numbers", () => {
  const put = (client: CloudWatchLogsClient, principal: string) =>
    client.send(
      new PutResourcePolicyCommand({
        policyName: "accounts",
        policyDocument: policyFor(principal, "logs:PutLogEvents"),
      }),
    );

  test.each([
    [nobody, "Principal section of policy contains ARN instead of account ID"],
    [`arn:aws:iam::${account}:root`, "Principal section of policy contains ARN instead of account ID"],
    ["delivery.logs.amazonaws.com", "Could not convert to persistable policy."],
  ])("not as %s", async (principal, message) => {
    const logs = new CloudWatchLogsClient(roadstead.client(account));
    await expect(put(logs, principal)).rejects.toMatchObject({ name: "InvalidParameterException", message });
  });

  test("and shows the ARN of the account", async () => {
    const logs = new CloudWatchLogsClient(roadstead.client(account));
    await put(logs, "444455556666");
    const { resourcePolicies } = await logs.send(new DescribeResourcePoliciesCommand({}));
    expect(namedIn(resourcePolicies?.[0]?.policyDocument)).toBe("arn:aws:iam::444455556666:root");
  });
});
