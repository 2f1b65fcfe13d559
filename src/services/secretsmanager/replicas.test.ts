import {
  CreateConnectionCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
} from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";

/** Secrets that are in several regions, and those that a service keeps for itself. */

const there = "eu-west-1";
let roadstead: TestRoadstead;
let home: SecretsManagerClient;
let away: SecretsManagerClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  home = new SecretsManagerClient({ ...roadstead.client(), maxAttempts: 1 });
  away = new SecretsManagerClient({ ...roadstead.client("000000000000", there), maxAttempts: 1 });
});

afterAll(async () => {
  home?.destroy();
  away?.destroy();
  await roadstead?.stop();
});

async function valueAt(client: SecretsManagerClient, SecretId: string, VersionStage?: string) {
  return (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;
}

const make = (Name: string, input: object = {}) =>
  home.send(new CreateSecretCommand({ Name, SecretString: "one", ...input }));

const statusOf = async (SecretId: string) =>
  (await home.send(new DescribeSecretCommand({ SecretId }))).ReplicationStatus?.map(
    ({ Region, Status }) => `${Region} ${Status}`,
  );

describe("a replica", () => {
  test("is the secret of the same name and ARN in another region, and stays like it", async () => {
    const { ARN = "", ReplicationStatus } = await make("db", { AddReplicaRegions: [{ Region: there }] });
    expect(ReplicationStatus).toMatchObject([{ Region: there, Status: "InSync" }]);
    const shown = await away.send(new DescribeSecretCommand({ SecretId: "db" }));
    expect(shown).toMatchObject({ ARN: ARN.replace("us-east-1", there), PrimaryRegion: "us-east-1" });
    expect(await valueAt(away, "db")).toBe("one");

    await home.send(new PutSecretValueCommand({ SecretId: "db", SecretString: "two" }));
    await home.send(new TagResourceCommand({ SecretId: "db", Tags: [{ Key: "team", Value: "ships" }] }));
    expect(await valueAt(away, "db")).toBe("two");
    expect(await valueAt(away, "db", "AWSPREVIOUS")).toBe("one");
    const after = await away.send(new DescribeSecretCommand({ SecretId: "db" }));
    expect(after.Tags).toEqual([{ Key: "team", Value: "ships" }]);
    const versions = Object.entries(after.VersionIdsToStages ?? {});
    const id = (stage: string) => versions.find(([, stages]) => stages.includes(stage))?.[0];
    await home.send(
      new UpdateSecretVersionStageCommand({
        SecretId: "db",
        VersionStage: "AWSCURRENT",
        RemoveFromVersionId: id("AWSCURRENT"),
        MoveToVersionId: id("AWSPREVIOUS"),
      }),
    );
    expect(await valueAt(away, "db")).toBe("one");

    const ResourcePolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: "secretsmanager:GetSecretValue",
          Resource: ARN,
        },
      ],
    });
    await home.send(new PutResourcePolicyCommand({ SecretId: "db", ResourcePolicy }));
    const policy = await away.send(new GetResourcePolicyCommand({ SecretId: "db" }));
    expect(policy.ResourcePolicy).toContain(ARN.replace("us-east-1", there));
  });

  test.each([
    ["PutSecretValue", () => new PutSecretValueCommand({ SecretId: "db", SecretString: "x" })],
    ["DeleteSecret", () => new DeleteSecretCommand({ SecretId: "db" })],
    ["TagResource", () => new TagResourceCommand({ SecretId: "db", Tags: [] })],
  ])("is not changed where it is: %s", async (_name, command) => {
    await expect(away.send(command() as PutSecretValueCommand)).rejects.toThrow(
      "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    );
  });

  test("keeps its secret from being deleted, until it is removed", async () => {
    const removal = () =>
      home.send(new DeleteSecretCommand({ SecretId: "db", ForceDeleteWithoutRecovery: true }));
    await expect(removal()).rejects.toThrow(
      `You can't delete secret db that still has replica regions [${there}]`,
    );
    const regions = { SecretId: "db", RemoveReplicaRegions: [there] };
    await home.send(new RemoveRegionsFromReplicationCommand(regions));
    await expect(valueAt(away, "db")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await removal();
  });

  test("becomes a secret of its own, and its old one may have another", async () => {
    await make("solo");
    const replicate = (ForceOverwriteReplicaSecret?: boolean) =>
      home.send(
        new ReplicateSecretToRegionsCommand({
          SecretId: "solo",
          AddReplicaRegions: [{ Region: there }],
          ForceOverwriteReplicaSecret,
        }),
      );
    await replicate();
    await away.send(new StopReplicationToReplicaCommand({ SecretId: "solo" }));
    await away.send(new PutSecretValueCommand({ SecretId: "solo", SecretString: "own" }));
    expect(await valueAt(home, "solo")).toBe("one");
    expect(await statusOf("solo")).toBeUndefined();

    const { ReplicationStatus } = await replicate();
    expect(ReplicationStatus).toMatchObject([
      {
        Status: "Failed",
        StatusMessage: `Replication failed: Secret name solo already exists in region ${there}.`,
      },
    ]);
    expect(await valueAt(away, "solo")).toBe("own");
    await replicate(true);
    expect(await statusOf("solo")).toEqual([`${there} InSync`]);
    expect(await valueAt(away, "solo")).toBe("one");
  });

  test("has a key of its own region: without it, it fails and the secret goes on", async () => {
    const kms = new KMSClient(roadstead.client("000000000000", there));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KmsKeyId = KeyMetadata?.Arn;
    await make("keyed", { AddReplicaRegions: [{ Region: there, KmsKeyId }] });
    expect(await valueAt(away, "keyed")).toBe("one");
    await kms.send(new DisableKeyCommand({ KeyId: KmsKeyId }));
    await home.send(new PutSecretValueCommand({ SecretId: "keyed", SecretString: "two" }));
    expect(await valueAt(home, "keyed")).toBe("two");
    expect(await statusOf("keyed")).toEqual([`${there} Failed`]);
    kms.destroy();
  });

  test.each([
    ["its own region", ["us-east-1"]],
    ["no region", ["xx-nowhere-1"]],
    ["a region twice", [there, there]],
  ])("is not made in %s", async (_what, regions) => {
    const AddReplicaRegions = regions.map((Region) => ({ Region }));
    await expect(make("wrong", { AddReplicaRegions })).rejects.toThrow("Invalid replica region.");
  });
});

test("what EventBridge keeps for a connection is shown as its own, and changed by nobody else", async () => {
  const events = new EventBridgeClient(roadstead.client());
  await events.send(
    new CreateConnectionCommand({
      Name: "kept",
      AuthorizationType: "BASIC",
      AuthParameters: { BasicAuthParameters: { Username: "u", Password: "p" } },
    }),
  );
  const { SecretArn: SecretId = "" } = await events.send(new DescribeConnectionCommand({ Name: "kept" }));
  events.destroy();
  expect(await home.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({ OwningService: "events" });
  const owned = [{ Key: "owning-service" as const, Values: ["events"] }];
  const { SecretList } = await home.send(new ListSecretsCommand({ Filters: owned }));
  expect(SecretList?.map(({ ARN }) => ARN)).toEqual([SecretId]);
  const change = home.send(new PutSecretValueCommand({ SecretId, SecretString: "x" }));
  await expect(change).rejects.toThrow("managed by events");
});
