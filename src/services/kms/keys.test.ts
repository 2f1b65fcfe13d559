import { createPublicKey, verify } from "node:crypto";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  type SigningAlgorithmSpec,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  VerifyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";

const account = "111122223333";
const other = "444455556666";
const text = Buffer.from("the cargo manifest");

let roadstead: TestRoadstead;
let root: KMSClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  root = new KMSClient(roadstead.client(account));
});

afterAll(async () => {
  root?.destroy();
  await roadstead?.stop();
});

async function newKey(KeySpec: KeySpec = "SYMMETRIC_DEFAULT", KeyUsage: KeyUsageType = "ENCRYPT_DECRYPT") {
  const { KeyMetadata } = await root.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
  return { id: KeyMetadata?.KeyId ?? "", arn: KeyMetadata?.Arn ?? "" };
}

async function seal(KeyId: string, EncryptionContext?: Record<string, string>, client = root) {
  const sealed = await client.send(
    new EncryptCommand({ KeyId, Plaintext: text, ...(EncryptionContext && { EncryptionContext }) }),
  );
  return sealed.CiphertextBlob;
}

/** A user of the account with the statements as its policy, or with none. */
async function user(name: string, ...statements: readonly object[]): Promise<KMSClient> {
  const settings = roadstead.client(account);
  const iam = new IAMClient(settings);
  await iam.send(new CreateUserCommand({ UserName: name }));
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "p", PolicyDocument }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  iam.destroy();
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  return new KMSClient({ ...settings, credentials: { accessKeyId, secretAccessKey } });
}

const arnOf = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("a key", () => {
  test("is made with the account's default policy and found by id, ARN and alias", async () => {
    const { id, arn } = await newKey();
    expect(arn).toBe(`arn:aws:kms:us-east-1:${account}:key/${id}`);
    await root.send(new CreateAliasCommand({ AliasName: "alias/first", TargetKeyId: id }));
    const aliasArn = `arn:aws:kms:us-east-1:${account}:alias/first`;
    for (const KeyId of [id, arn, "alias/first", aliasArn]) {
      const { KeyMetadata } = await root.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata).toMatchObject({
        Arn: arn,
        KeyState: "Enabled",
        KeyManager: "CUSTOMER",
        Enabled: true,
      });
    }
    const { Policy } = await root.send(new GetKeyPolicyCommand({ KeyId: id }));
    expect(JSON.parse(Policy ?? "").Statement[0].Principal.AWS).toBe(`arn:aws:iam::${account}:root`);
    const { Keys } = await root.send(new ListKeysCommand({}));
    expect(Keys).toContainEqual({ KeyId: id, KeyArn: arn });
  });

  test.each([
    ["nothing", "nothing", "Invalid keyId 'nothing'"],
    [
      "an id that is nobody's",
      "1234abcd-12ab-34cd-56ef-1234567890ab",
      `Key 'arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist`,
    ],
    ["an alias", "alias/none", `Alias arn:aws:kms:us-east-1:${account}:alias/none is not found.`],
    [
      "another region",
      `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      "Invalid arn eu-west-1",
    ],
    [
      "an AWS managed key",
      "alias/aws/ecr",
      `Alias arn:aws:kms:us-east-1:${account}:alias/aws/ecr is not found.`,
    ],
  ])("is not found by %s", async (_what, KeyId, message) => {
    const sent = root.send(new DescribeKeyCommand({ KeyId }));
    await expect(sent).rejects.toMatchObject({ name: "NotFoundException", message });
  });

  test.each([
    [{ KeySpec: "SM2" }, "UnsupportedOperationException"],
    [{ Origin: "EXTERNAL" }, "UnsupportedOperationException"],
    [{ MultiRegion: true }, "UnsupportedOperationException"],
    [{ KeySpec: "HMAC_256" }, "ValidationException"],
    [{ KeySpec: "ECC_NIST_P256", KeyUsage: "ENCRYPT_DECRYPT" }, "ValidationException"],
    [{ Policy: "{" }, "MalformedPolicyDocumentException"],
    [{ Tags: [{ TagKey: "aws:x", TagValue: "" }] }, "TagException"],
  ] as const)("is not made with %j", async (input, name) => {
    const wanted = { ...input } as CreateKeyCommandInput;
    await expect(root.send(new CreateKeyCommand(wanted))).rejects.toMatchObject({ name });
  });

  test("has tags", async () => {
    const { id: KeyId } = await newKey();
    await root.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: "a", TagValue: "1" }] }));
    expect((await root.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([
      { TagKey: "a", TagValue: "1" },
    ]);
    await root.send(new UntagResourceCommand({ KeyId, TagKeys: ["a"] }));
    expect((await root.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([]);
  });

  test("that is disabled or to be deleted is not used", async () => {
    const { id: KeyId, arn } = await newKey();
    const CiphertextBlob = await seal(KeyId);
    const open = () => root.send(new DecryptCommand({ CiphertextBlob }));
    await root.send(new DisableKeyCommand({ KeyId }));
    await expect(open()).rejects.toMatchObject({ name: "DisabledException", message: `${arn} is disabled.` });
    await root.send(new EnableKeyCommand({ KeyId }));
    expect(Buffer.from((await open()).Plaintext ?? [])).toEqual(text);
    await root.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    const refused = { name: "KMSInvalidStateException", message: `${arn} is pending deletion.` };
    await expect(open()).rejects.toMatchObject(refused);
    await expect(root.send(new EnableKeyCommand({ KeyId }))).rejects.toMatchObject(refused);
    await root.send(new CancelKeyDeletionCommand({ KeyId }));
    await expect(open()).rejects.toMatchObject({ name: "DisabledException" });
  });
});

describe("aliases", () => {
  test("name one key at a time, of one kind", async () => {
    const [one, two, mac] = [await newKey(), await newKey(), await newKey("HMAC_256", "GENERATE_VERIFY_MAC")];
    const AliasName = "alias/moves";
    await root.send(new CreateAliasCommand({ AliasName, TargetKeyId: one.id }));
    await expect(root.send(new CreateAliasCommand({ AliasName, TargetKeyId: two.id }))).rejects.toMatchObject(
      {
        name: "AlreadyExistsException",
        message: `An alias with the name arn:aws:kms:us-east-1:${account}:alias/moves already exists`,
      },
    );
    await root.send(new UpdateAliasCommand({ AliasName, TargetKeyId: two.arn }));
    const { Aliases } = await root.send(new ListAliasesCommand({ KeyId: two.id }));
    expect(Aliases?.map((alias) => alias.AliasName)).toEqual([AliasName]);
    await expect(root.send(new UpdateAliasCommand({ AliasName, TargetKeyId: mac.id }))).rejects.toMatchObject(
      {
        name: "ValidationException",
      },
    );
    await root.send(new DeleteAliasCommand({ AliasName }));
    await expect(root.send(new DeleteAliasCommand({ AliasName }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });

  test.each([
    ["moves", "ValidationException"],
    ["alias/aws/mine", "InvalidAliasNameException"],
    ["alias/a:b", "InvalidAliasNameException"],
  ])("are not called %s", async (AliasName, name) => {
    const { id: TargetKeyId } = await newKey();
    await expect(root.send(new CreateAliasCommand({ AliasName, TargetKeyId }))).rejects.toMatchObject({
      name,
    });
  });
});

describe("encryption", () => {
  test("is undone with the same context only, by the key that the ciphertext names", async () => {
    const [one, two] = [await newKey(), await newKey()];
    const CiphertextBlob = await seal(one.id, { port: "Ghent", berth: "4" });
    const open = (EncryptionContext?: Record<string, string>, KeyId?: string, blob = CiphertextBlob) =>
      root.send(
        new DecryptCommand({
          CiphertextBlob: blob,
          ...(EncryptionContext && { EncryptionContext }),
          ...(KeyId && { KeyId }),
        }),
      );
    const opened = await open({ berth: "4", port: "Ghent" }, one.arn);
    expect([opened.KeyId, Buffer.from(opened.Plaintext ?? [])]).toEqual([one.arn, text]);
    const invalid = { name: "InvalidCiphertextException" };
    await expect(open()).rejects.toMatchObject(invalid);
    await expect(open({ port: "Ghent" })).rejects.toMatchObject(invalid);
    await expect(open({ port: "ghent", berth: "4" })).rejects.toMatchObject(invalid);
    await expect(open({ port: "Ghent", berth: "4" }, two.id)).rejects.toMatchObject({
      name: "IncorrectKeyException",
    });
    const altered = Buffer.from(CiphertextBlob ?? []);
    altered[altered.length - 20] = (altered[altered.length - 20] ?? 0) ^ 1;
    await expect(open({ port: "Ghent", berth: "4" }, undefined, altered)).rejects.toMatchObject(invalid);
    await expect(open(undefined, undefined, Buffer.from("nonsense"))).rejects.toMatchObject(invalid);
  });

  test("outlives rotation", async () => {
    const { id: KeyId } = await newKey();
    const before = await seal(KeyId);
    await root.send(new RotateKeyOnDemandCommand({ KeyId }));
    const after = await seal(KeyId);
    for (const CiphertextBlob of [before, after]) {
      const opened = await root.send(new DecryptCommand({ CiphertextBlob }));
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(text);
    }
    const { Rotations } = await root.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations?.map((rotation) => rotation.RotationType)).toEqual(["ON_DEMAND"]);
    await root.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    expect(await root.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
    });
  });

  test("moves to another key without the plaintext being seen", async () => {
    const [one, two] = [await newKey(), await newKey()];
    const moved = await root.send(
      new ReEncryptCommand({ CiphertextBlob: await seal(one.id), DestinationKeyId: two.id }),
    );
    expect([moved.SourceKeyId, moved.KeyId]).toEqual([one.arn, two.arn]);
    await root.send(new DisableKeyCommand({ KeyId: one.id }));
    const opened = await root.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(text);
  });

  test("makes data keys", async () => {
    const { id: KeyId } = await newKey();
    const made = await root.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    const opened = await root.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(made.Plaintext?.length).toBe(32);
    expect(opened.Plaintext).toEqual(made.Plaintext);
    const sealed = await root.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 17 }));
    const later = await root.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
    expect(later.Plaintext?.length).toBe(17);
    await expect(root.send(new GenerateDataKeyCommand({ KeyId }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect((await root.send(new GenerateRandomCommand({ NumberOfBytes: 40 }))).Plaintext?.length).toBe(40);
  });

  test("by RSA", async () => {
    const { id: KeyId } = await newKey("RSA_2048");
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
    const { CiphertextBlob } = await root.send(
      new EncryptCommand({ KeyId, Plaintext: text, EncryptionAlgorithm }),
    );
    const opened = await root.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(text);
    await expect(seal(KeyId)).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("signatures and codes", () => {
  test.each([
    ["RSA_2048", "RSASSA_PSS_SHA_256"],
    ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"],
    ["ECC_NIST_P256", "ECDSA_SHA_256"],
    ["ECC_NIST_P521", "ECDSA_SHA_512"],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
  ] as const)("%s signs with %s", async (spec: KeySpec, SigningAlgorithm: SigningAlgorithmSpec) => {
    const { id: KeyId } = await newKey(spec, "SIGN_VERIFY");
    const { Signature } = await root.send(new SignCommand({ KeyId, Message: text, SigningAlgorithm }));
    const check = (Message: Buffer) =>
      root.send(new VerifyCommand({ KeyId, Message, Signature, SigningAlgorithm }));
    expect((await check(text)).SignatureValid).toBe(true);
    await expect(check(Buffer.from("another"))).rejects.toMatchObject({
      name: "KMSInvalidSignatureException",
    });
    await expect(seal(KeyId)).rejects.toMatchObject({ name: "InvalidKeyUsageException" });
    const { PublicKey } = await root.send(new GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
    if (!SigningAlgorithm.includes("PSS")) {
      expect(verify(`sha${SigningAlgorithm.slice(-3)}`, text, key, Signature ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test("HMAC keys make codes", async () => {
    const { id: KeyId } = await newKey("HMAC_384", "GENERATE_VERIFY_MAC");
    const MacAlgorithm = "HMAC_SHA_384";
    const { Mac } = await root.send(new GenerateMacCommand({ KeyId, Message: text, MacAlgorithm }));
    const check = (Message: Buffer) => root.send(new VerifyMacCommand({ KeyId, Message, Mac, MacAlgorithm }));
    expect([Mac?.length, (await check(text)).MacValid]).toEqual([48, true]);
    await expect(check(Buffer.from("another"))).rejects.toMatchObject({ name: "KMSInvalidMacException" });
  });
});

describe("who may use a key", () => {
  test("an identity policy counts where the key's policy passes on to the account, and nowhere else", async () => {
    const alice = await user("alice", { Effect: "Allow", Action: "kms:*", Resource: "*" });
    const bob = await user("bob");
    const { id: KeyId, arn } = await newKey();
    await seal(KeyId, undefined, alice);
    await expect(seal(KeyId, undefined, bob)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: ${arnOf("bob")} is not authorized to perform: kms:Encrypt on resource: ${arn} because no identity-based policy allows the kms:Encrypt action`,
    });
    const onlyBob = policy({
      Effect: "Allow",
      Principal: { AWS: arnOf("bob") },
      Action: "kms:*",
      Resource: "*",
    });
    await expect(root.send(new PutKeyPolicyCommand({ KeyId, Policy: onlyBob }))).rejects.toMatchObject({
      name: "MalformedPolicyDocumentException",
      message: "The new key policy will not allow you to update the key policy in the future.",
    });
    await root.send(
      new PutKeyPolicyCommand({ KeyId, Policy: onlyBob, BypassPolicyLockoutSafetyCheck: true }),
    );
    await seal(KeyId, undefined, bob);
    const refused = {
      message: expect.stringMatching(/because no resource-based policy allows the kms:Encrypt/),
    };
    await expect(seal(KeyId, undefined, alice)).rejects.toMatchObject(refused);
    await expect(seal(KeyId)).rejects.toMatchObject(refused);
    alice.destroy();
    bob.destroy();
  });

  test("another account needs the key's policy and its own", async () => {
    const { id: KeyId, arn } = await newKey();
    const stranger = new KMSClient(roadstead.client(other));
    await expect(seal(arn, undefined, stranger)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const both = policy({
      Effect: "Allow",
      Principal: { AWS: [`arn:aws:iam::${account}:root`, `arn:aws:iam::${other}:root`] },
      Action: "kms:*",
      Resource: "*",
    });
    await root.send(new PutKeyPolicyCommand({ KeyId, Policy: both }));
    const CiphertextBlob = await seal(arn, undefined, stranger);
    const opened = await stranger.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(text);
    stranger.destroy();
  });

  test("conditions see the encryption context and the alias", async () => {
    const { id: KeyId } = await newKey();
    await root.send(new CreateAliasCommand({ AliasName: "alias/conditions", TargetKeyId: KeyId }));
    const carol = await user("carol", {
      Effect: "Allow",
      Action: "kms:Encrypt",
      Resource: "*",
      Condition: {
        StringEquals: { "kms:EncryptionContext:ship": "Ada", "kms:RequestAlias": "alias/conditions" },
        "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["ship", "berth"] },
      },
    });
    await seal("alias/conditions", { ship: "Ada" }, carol);
    await seal("alias/conditions", { ship: "Ada", berth: "1" }, carol);
    for (const [id, context] of [
      [KeyId, { ship: "Ada" }],
      ["alias/conditions", { ship: "Bea" }],
      ["alias/conditions", { ship: "Ada", more: "x" }],
    ] as const) {
      await expect(seal(id, context, carol)).rejects.toMatchObject({ name: "AccessDeniedException" });
    }
    carol.destroy();
  });
});

describe("grants", () => {
  test("allow what they say, for their constraints, until they end", async () => {
    const { id: KeyId } = await newKey();
    const dave = await user("dave");
    const erin = await user("erin");
    const granted = await root.send(
      new CreateGrantCommand({
        KeyId,
        Name: "for-dave",
        GranteePrincipal: arnOf("dave"),
        Operations: ["Encrypt", "Decrypt", "RetireGrant"],
        Constraints: { EncryptionContextSubset: { ship: "Ada" } },
      }),
    );
    const CiphertextBlob = await seal(KeyId, { ship: "Ada", berth: "1" }, dave);
    for (const context of [undefined, { ship: "Bea" }]) {
      await expect(seal(KeyId, context, dave)).rejects.toMatchObject({ name: "AccessDeniedException" });
    }
    await expect(dave.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_128" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const { Grants } = await root.send(new ListGrantsCommand({ KeyId }));
    expect(Grants).toMatchObject([
      { GrantId: granted.GrantId, GranteePrincipal: arnOf("dave"), Name: "for-dave" },
    ]);
    // He may retire this grant, and no other.
    const another = await root.send(
      new CreateGrantCommand({ KeyId, GranteePrincipal: arnOf("erin"), Operations: ["Decrypt"] }),
    );
    await expect(
      dave.send(new RetireGrantCommand({ KeyId, GrantId: another.GrantId })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    await dave.send(new RetireGrantCommand({ GrantToken: granted.GrantToken }));
    await expect(
      dave.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { ship: "Ada", berth: "1" } })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
    await root.send(new RevokeGrantCommand({ KeyId, GrantId: another.GrantId }));
    expect((await root.send(new ListGrantsCommand({ KeyId }))).Grants).toEqual([]);
    dave.destroy();
    erin.destroy();
  });

  test("may be passed on, but not widened", async () => {
    const { id: KeyId } = await newKey();
    const frank = await user("frank");
    const grace = await user("grace");
    await root.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: arnOf("frank"),
        Operations: ["Decrypt", "CreateGrant"],
      }),
    );
    const pass = (...Operations: ("Decrypt" | "Encrypt")[]) =>
      frank.send(new CreateGrantCommand({ KeyId, GranteePrincipal: arnOf("grace"), Operations }));
    await pass("Decrypt");
    await expect(pass("Decrypt", "Encrypt")).rejects.toMatchObject({ name: "AccessDeniedException" });
    frank.destroy();
    grace.destroy();
  });

  test.each([
    [{ GranteePrincipal: "somebody" }, "InvalidArnException"],
    [
      { GranteePrincipal: arnOf("x"), Constraints: { SourceArn: "arn:aws:s3:::b" } },
      "UnsupportedOperationException",
    ],
  ])("are not made with %j", async (input, name) => {
    const { id: KeyId } = await newKey();
    await expect(
      root.send(new CreateGrantCommand({ KeyId, Operations: ["Decrypt"], ...input })),
    ).rejects.toMatchObject({ name });
  });
});
