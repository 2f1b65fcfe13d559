import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../src/kernel/clock.ts";
import { day } from "../src/kernel/duration.ts";
import { command, missing } from "./support/command.ts";
import { eventually } from "./support/daemon.ts";
import { postgresMissing, postgresUrl } from "./support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** Secrets Manager and KMS together: whose key protects a secret, what is at rest, and what time does to both. */

const value = "correct horse battery staple";

const databases = [
  { database: "SQLite", absent: undefined },
  { database: "PostgreSQL", absent: postgresMissing() },
];

describe.each(databases)("secrets and keys on $database", ({ database, absent }) => {
  describe.skipIf(absent !== undefined)(absent ?? "", () => {
    const clock = movableClock();
    let roadstead: TestRoadstead;
    let ahead = 0;

    beforeAll(async () => {
      const flags = database === "PostgreSQL" ? { databaseUrl: await postgresUrl() } : {};
      roadstead = await testRoadstead(flags, { clock });
    });
    afterAll(() => roadstead?.stop());

    /** A client signs by the time of the answers it has seen, so each use has its own. */
    async function as<Client extends { destroy(): void }, Result>(
      Client: new (settings: object) => Client,
      use: (client: Client) => Promise<Result>,
    ): Promise<Result> {
      const client = new Client({ ...roadstead.client(), systemClockOffset: ahead, maxAttempts: 1 });
      try {
        return await use(client);
      } finally {
        client.destroy();
      }
    }
    const kms = <Result>(use: (client: KMSClient) => Promise<Result>) => as(KMSClient, use);
    const secrets = <Result>(use: (client: SecretsManagerClient) => Promise<Result>) =>
      as(SecretsManagerClient, use);

    function advance(days: number): void {
      clock.advance(days * day);
      ahead += days * day;
    }

    test("a secret without a key has the account's own, which is made with it", async () => {
      await secrets((client) => client.send(new CreateSecretCommand({ Name: "own", SecretString: value })));
      const { Aliases } = await kms((client) => client.send(new ListAliasesCommand({})));
      expect(Aliases?.map((alias) => alias.AliasName)).toEqual(["alias/aws/secretsmanager"]);
      const { KeyMetadata } = await kms((client) =>
        client.send(new DescribeKeyCommand({ KeyId: "alias/aws/secretsmanager" })),
      );
      expect(KeyMetadata?.KeyManager).toBe("AWS");
      const got = await secrets((client) => client.send(new GetSecretValueCommand({ SecretId: "own" })));
      expect(got.SecretString).toBe(value);
      // Nobody uses it but through the service.
      await expect(
        kms((client) =>
          client.send(
            new EncryptCommand({ KeyId: "alias/aws/secretsmanager", Plaintext: Buffer.from(value) }),
          ),
        ),
      ).rejects.toMatchObject({ name: "AccessDeniedException" });
      await expect(
        kms((client) => client.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }))),
      ).rejects.toMatchObject({ name: "AccessDeniedException" });
    });

    test("a secret with a key is read with that key, and not without", async () => {
      const made = await kms((client) => client.send(new CreateKeyCommand({})));
      const KmsKeyId = made.KeyMetadata?.Arn ?? "";
      await secrets((client) => client.send(new UpdateSecretCommand({ SecretId: "own", KmsKeyId })));
      const described = await secrets((client) =>
        client.send(new DescribeSecretCommand({ SecretId: "own" })),
      );
      expect(described.KmsKeyId).toBe(KmsKeyId);
      const read = () => secrets((client) => client.send(new GetSecretValueCommand({ SecretId: "own" })));
      expect((await read()).SecretString).toBe(value);
      await kms((client) => client.send(new DisableKeyCommand({ KeyId: KmsKeyId })));
      await expect(read()).rejects.toThrow(/is disabled/);
    });

    test("neither the trail nor what is at rest shows a value", async () => {
      const { Events } = await as(CloudTrailClient, (client) =>
        client.send(
          new LookupEventsCommand({
            LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateSecret" }],
          }),
        ),
      );
      expect(Events?.length).toBe(1);
      expect(JSON.stringify(Events)).not.toContain(value);
      const files = readdirSync(roadstead.dataDir).filter((name) => name.includes("db"));
      if (database === "SQLite") expect(files.length).toBeGreaterThan(0);
      for (const name of files) {
        expect(readFileSync(join(roadstead.dataDir, name)).includes(value)).toBe(false);
      }
    });

    test("time renews keys and takes them away", async () => {
      const made = await kms((client) => client.send(new CreateKeyCommand({})));
      const KeyId = made.KeyMetadata?.KeyId ?? "";
      const sealed = await kms((client) =>
        client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(value) })),
      );
      await kms((client) => client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 })));
      advance(90);
      const rotated = await eventually(20, async () => {
        const { Rotations } = await kms((client) => client.send(new ListKeyRotationsCommand({ KeyId })));
        return Rotations?.length === 1;
      });
      expect(rotated).toBe(true);
      const opened = await kms((client) =>
        client.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob })),
      );
      expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe(value);
      await kms((client) => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
      advance(7);
      await expect(kms((client) => client.send(new DescribeKeyCommand({ KeyId })))).rejects.toMatchObject({
        name: "NotFoundException",
      });
    });
  });
});

describe.skipIf(missing("aws", "--version"))("the AWS CLI", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead();
  });
  afterAll(() => roadstead?.stop());

  async function aws(...words: readonly string[]): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await command("aws", [...words, "--output", "json"], {
      env: roadstead.environment(),
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout === "" ? "{}" : stdout);
  }

  test("keeps a secret", async () => {
    const sm = (...words: readonly string[]) => aws("secretsmanager", ...words);
    await sm("create-secret", "--name", "cli", "--secret-string", "one");
    await sm("put-secret-value", "--secret-id", "cli", "--secret-string", "two");
    expect((await sm("get-secret-value", "--secret-id", "cli")).SecretString).toBe("two");
    const before = await sm("get-secret-value", "--secret-id", "cli", "--version-stage", "AWSPREVIOUS");
    expect(before.SecretString).toBe("one");
    await sm("delete-secret", "--secret-id", "cli", "--recovery-window-in-days", "7");
    await sm("restore-secret", "--secret-id", "cli");
  });

  test("encrypts and decrypts", async () => {
    const made = (await aws("kms", "create-key")) as unknown as { KeyMetadata: { KeyId: string } };
    const file = (name: string, content: Buffer) => {
      writeFileSync(join(roadstead.dataDir, name), content);
      return `fileb://${join(roadstead.dataDir, name)}`;
    };
    const plaintext = Buffer.from("manifest");
    const { CiphertextBlob = "" } = await aws(
      ...["kms", "encrypt", "--key-id", made.KeyMetadata.KeyId, "--plaintext", file("plain", plaintext)],
      ...["--encryption-context", "ship=Ada"],
    );
    const blob = file("sealed", Buffer.from(CiphertextBlob, "base64"));
    const opened = await aws(
      ...["kms", "decrypt", "--ciphertext-blob", blob, "--encryption-context", "ship=Ada"],
    );
    expect(opened.Plaintext).toBe(plaintext.toString("base64"));
  });
});
