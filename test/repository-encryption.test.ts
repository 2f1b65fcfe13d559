import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  ECRClient,
  type EncryptionType,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutAccountSettingCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pullImage, pushImage } from "../src/cli/oci-client.ts";
import type { Verification } from "../src/services/ecr/verification/report.ts";
import { command } from "./support/command.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

const account = "111111111111";
const region = "us-east-1";
/** Said by every layer of these tests; a random part keeps it from being anywhere else. */
const marker = "the-marker-of-a-layer-7b1f3c";

let roadstead: TestRoadstead;
let ecr: ECRClient;
let kms: KMSClient;
beforeAll(async () => {
  // What is not under a KMS key lies in the open, so that one sees what is.
  roadstead = await testRoadstead({ registryNames: "path", blobEncryption: "off" });
  ecr = new ECRClient(roadstead.client(account));
  kms = new KMSClient(roadstead.client(account));
});
afterAll(async () => {
  ecr.destroy();
  kms.destroy();
  await roadstead.stop();
});

async function newKey(client = kms): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? "";
}

function create(repositoryName: string, encryptionType: EncryptionType, kmsKey?: string) {
  return ecr.send(
    new CreateRepositoryCommand({ repositoryName, encryptionConfiguration: { encryptionType, kmsKey } }),
  );
}

async function target(name: string, client = ecr, where = region) {
  const { authorizationData = [] } = await client.send(new GetAuthorizationTokenCommand({}));
  return {
    registry: roadstead.url,
    repository: `${account}.${where}/${name}`,
    authorization: `Basic ${authorizationData[0]?.authorizationToken}`,
  };
}

/** A layer of many chunks with the marker in each: gzip without compression leaves it legible. */
const layer = gzipSync(marker.repeat(30_000), { level: 0 });

async function push(repository: string, reference = "v1") {
  return pushImage({ ...(await target(repository)), reference, layers: [layer] });
}

/** Which files of the data folder hold the marker. */
function tellTales(dataDir = roadstead.dataDir): readonly string[] {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(marker));
}

/** Data keys are asked for again after ten seconds. */
function letKeysExpire() {
  return fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ advanceSeconds: 11 }),
  });
}

describe.each(["KMS", "KMS_DSSE"] as const)("a repository of type %s", (type) => {
  const name = `secret-${type.toLowerCase()}`;
  let key: string;
  beforeAll(async () => {
    key = await newKey();
    await create(name, type, key);
  });

  test("keeps its layers encrypted, and gives them in the open", async () => {
    await push(name);
    expect(tellTales()).toEqual([]);
    const pulled = await pullImage({ ...(await target(name)), reference: "v1" });
    expect(pulled.layers[0]?.equals(layer)).toBe(true);
  });

  test("gives ranges and links", async () => {
    const { digest } = await push(name);
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: name, imageIds: [{ imageDigest: digest }] }),
    );
    const manifest = JSON.parse(images[0]?.imageManifest ?? "{}") as { layers: { digest: string }[] };
    const layerDigest = manifest.layers[0]?.digest ?? "";
    const { registry, repository, authorization } = await target(name);
    const part = await fetch(`${registry}/v2/${repository}/blobs/${layerDigest}`, {
      headers: { authorization, range: "bytes=17-100016" },
    });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(layer.subarray(17, 100_017))).toBe(true);
    const { downloadUrl = "" } = await ecr.send(
      new GetDownloadUrlForLayerCommand({ repositoryName: name, layerDigest }),
    );
    const linked = await fetch(downloadUrl);
    expect(Buffer.from(await linked.arrayBuffer()).equals(layer)).toBe(true);
  });

  test("has two grants on its key, bound to its name", async () => {
    const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: key }));
    const service = `ecr.${region}.amazonaws.com`;
    const grant = {
      GranteePrincipal: service,
      RetiringPrincipal: service,
      Operations: ["Decrypt", "GenerateDataKey"],
      Constraints: {
        EncryptionContextSubset: { "aws:ecr:arn": `arn:aws:ecr:${region}:${account}:repository/${name}` },
      },
    };
    expect(Grants).toMatchObject([grant, grant]);
  });

  test("is unreadable while its key is disabled, and says so", async () => {
    await push(name);
    await kms.send(new DisableKeyCommand({ KeyId: key }));
    await letKeysExpire();
    const { images, failures } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: name, imageIds: [{ imageTag: "v1" }] }),
    );
    expect(images).toEqual([]);
    expect(failures).toMatchObject([{ failureCode: "KmsError", failureReason: `${key} is disabled.` }]);
    await expect(ecr.send(new InitiateLayerUploadCommand({ repositoryName: name }))).rejects.toMatchObject({
      name: "KmsException",
      kmsError: "DisabledException",
    });
    const pulling = pullImage({ ...(await target(name)), reference: "v1" });
    await expect(pulling).rejects.toMatchObject({ status: 403, code: "DENIED" });
    await expect(push(name, "v2")).rejects.toMatchObject({ status: 403, code: "DENIED" });

    await kms.send(new EnableKeyCommand({ KeyId: key }));
    const pulled = await pullImage({ ...(await target(name)), reference: "v1" });
    expect(pulled.layers[0]?.equals(layer)).toBe(true);
  });
});

test("without a key the account's own for ECR is made and used", async () => {
  const { repository } = await create("own-key", "KMS");
  const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
  const alias = Aliases.find(({ AliasName }) => AliasName === "alias/aws/ecr");
  expect(repository?.encryptionConfiguration?.kmsKey).toBe(
    `arn:aws:kms:${region}:${account}:key/${alias?.TargetKeyId}`,
  );
  await push("own-key");
  expect(tellTales()).toEqual([]);
});

test("a key that is not there makes no repository", async () => {
  const absent = "00000000-0000-4000-8000-000000000000";
  await expect(create("keyless", "KMS", absent)).rejects.toMatchObject({
    name: "KmsException",
    kmsError: "NotFoundException",
  });
});

test("whoever creates the repository needs the key's leave", async () => {
  const iam = new IAMClient(roadstead.client(account));
  const key = await newKey();
  await iam.send(new CreateUserCommand({ UserName: "creator" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "creator" }));
  const allow = (...actions: readonly string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: "creator",
        PolicyName: "some",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: ["ecr:CreateRepository", ...actions], Resource: "*" }],
        }),
      }),
    );
  const own = new ECRClient({
    ...roadstead.client(account),
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    },
  });
  const made = () =>
    own.send(
      new CreateRepositoryCommand({
        repositoryName: "by-creator",
        encryptionConfiguration: { encryptionType: "KMS", kmsKey: key },
      }),
    );
  const denied = { name: "KmsException", kmsError: "AccessDeniedException" };
  await allow();
  await expect(made()).rejects.toMatchObject(denied);
  await allow("kms:DescribeKey");
  await expect(made()).rejects.toMatchObject(denied);
  await allow("kms:DescribeKey", "kms:CreateGrant");
  expect((await made()).repository?.encryptionConfiguration?.kmsKey).toBe(key);
  own.destroy();
  iam.destroy();
});

test("a key whose deletion is scheduled makes its images unreadable", async () => {
  const key = await newKey();
  await create("doomed", "KMS", key);
  await push("doomed");
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: key, PendingWindowInDays: 7 }));
  await letKeysExpire();
  await expect(ecr.send(new InitiateLayerUploadCommand({ repositoryName: "doomed" }))).rejects.toMatchObject({
    name: "KmsException",
    kmsError: "KMSInvalidStateException",
  });
});

test("a deleted repository takes its grants and its bytes along", async () => {
  const key = await newKey();
  await create("gone", "KMS", key);
  await push("gone");
  const vaults = () => readdirSync(join(roadstead.dataDir, "blobs/vaults")).length;
  const before = vaults();
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: "gone", force: true }));
  await expect
    .poll(async () => (await kms.send(new ListGrantsCommand({ KeyId: key }))).Grants, { timeout: 10_000 })
    .toEqual([]);
  await expect.poll(vaults, { timeout: 10_000 }).toBe(before - 1);
});

test("a layer is mounted between repositories of one key alone, encrypted anew", async () => {
  const [key, other] = [await newKey(), await newKey()];
  await create("mount-from", "KMS", key);
  await create("mount-to", "KMS", key);
  await create("mount-other", "KMS", other);
  await ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
  const { digest } = await push("mount-from");
  const { images = [] } = await ecr.send(
    new BatchGetImageCommand({ repositoryName: "mount-from", imageIds: [{ imageDigest: digest }] }),
  );
  const manifest = JSON.parse(images[0]?.imageManifest ?? "{}") as { layers: { digest: string }[] };
  const layerDigest = manifest.layers[0]?.digest ?? "";
  const { registry, authorization } = await target("mount-to");
  const from = encodeURIComponent(`${account}.${region}/mount-from`);
  const mount = (to: string) =>
    fetch(`${registry}/v2/${account}.${region}/${to}/blobs/uploads/?mount=${layerDigest}&from=${from}`, {
      method: "POST",
      headers: { authorization },
    });
  expect((await mount("mount-other")).status).toBe(202);
  expect((await mount("mount-to")).status).toBe(201);
  // What was mounted stays when its source goes.
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: "mount-from", force: true }));
  const read = await fetch(`${registry}/v2/${account}.${region}/mount-to/blobs/${layerDigest}`, {
    headers: { authorization },
  });
  expect(Buffer.from(await read.arrayBuffer()).equals(layer)).toBe(true);
});

describe("the registry's verification", () => {
  /** As `roadstead registry verify` with `--json` reports it of this Roadstead. */
  async function verified(repository: string, endpoint = roadstead.url) {
    const { stdout } = await command(
      process.execPath,
      [
        ...[
          "--import",
          "tsx",
          join(dataDirectory, "../src/cli/roadstead.ts"),
          "registry",
          "verify",
          "--json",
        ],
        ...["--data-dir", roadstead.dataDir, "--endpoint", endpoint, "--repository", repository],
      ],
      { timeoutMs: 60_000 },
    );
    return JSON.parse(stdout) as Verification;
  }

  test("reads what lies under keys, or says what it could not read and why", {
    timeout: 120_000,
  }, async () => {
    const key = await newKey();
    await create("verified", "KMS", key);
    await push("verified");
    const sound = { encryptedBlobs: 2, problems: [] };
    expect(await verified("verified")).toMatchObject({ ...sound, blobs: 2, unread: [] });

    const nowhere = "http://127.0.0.1:1";
    const why = `no Roadstead answers at ${nowhere} that could ask KMS for their key`;
    expect(await verified("verified", nowhere)).toMatchObject({
      ...sound,
      blobs: 0,
      unread: [{ why, blobs: 2 }],
    });

    await kms.send(new DisableKeyCommand({ KeyId: key }));
    await letKeysExpire();
    const disabled = [{ why: `${key} is disabled.`, blobs: 2 }];
    expect(await verified("verified")).toMatchObject({ ...sound, blobs: 0, unread: disabled });

    await kms.send(new EnableKeyCommand({ KeyId: key }));
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: "verified", imageIds: [{ imageTag: "v1" }] }),
    );
    const manifest = JSON.parse(images[0]?.imageManifest ?? "{}") as { layers: { digest: string }[] };
    const hex = manifest.layers[0]?.digest.slice("sha256:".length) ?? "";
    const path = readdirSync(roadstead.dataDir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.name === hex && entry.parentPath.includes("vaults") ? [join(entry.parentPath, hex)] : [],
    );
    for (const file of path) {
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
      writeFileSync(file, bytes);
    }
    const { problems } = await verified("verified");
    expect(problems).toMatchObject([{ kind: "blob-damaged", subject: `sha256:${hex}` }]);
  });
});

describe("a repository of type AES256", () => {
  const open = async (blobEncryption: "on" | "off", dataDir: string) => {
    const served = await testRoadstead({ registryNames: "path", blobEncryption, dataDir });
    const client = new ECRClient(served.client(account));
    const { authorizationData = [] } = await client.send(new GetAuthorizationTokenCommand({}));
    const registry = {
      registry: served.url,
      repository: `${account}.${region}/plain`,
      authorization: `Basic ${authorizationData[0]?.authorizationToken}`,
    };
    return { served, client, registry };
  };
  /** Does something with a Roadstead on the folder, and stops it. */
  async function on(
    dataDir: string,
    blobEncryption: "on" | "off",
    work: (registry: Parameters<typeof pullImage>[0], client: ECRClient) => Promise<unknown>,
  ): Promise<void> {
    const { served, client, registry } = await open(blobEncryption, dataDir);
    try {
      await work({ ...registry, reference: "v1" }, client);
    } finally {
      client.destroy();
      await served.stop();
    }
  }

  test("is encrypted at rest where the setting says so, and read whatever it says", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "roadstead-at-rest-"));
    const whole = (pulled: Awaited<ReturnType<typeof pullImage>>) => pulled.layers[0]?.equals(layer);
    const pushed = (registry: Parameters<typeof pullImage>[0]) => pushImage({ ...registry, layers: [layer] });
    try {
      await on(dataDir, "off", async (registry, client) => {
        await client.send(new CreateRepositoryCommand({ repositoryName: "plain" }));
        await pushed(registry);
        expect(tellTales(dataDir)).toHaveLength(1);
      });
      await on(dataDir, "on", async (registry) => {
        expect(whole(await pullImage(registry))).toBe(true);
        // A client asks before it pushes: what is there stays as it lies.
        const other = gzipSync(`other ${marker}`.repeat(30_000), { level: 0 });
        await pushImage({ ...registry, reference: "v2", layers: [other] });
        expect(tellTales(dataDir)).toHaveLength(1);
      });
      await on(dataDir, "off", async (registry) => {
        expect(whole(await pullImage(registry))).toBe(true);
        expect((await pullImage({ ...registry, reference: "v2" })).layers).toHaveLength(1);
      });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe("replication", () => {
  const there = "eu-west-1";
  let remote: ECRClient;
  let remoteKms: KMSClient;
  beforeAll(async () => {
    remote = new ECRClient(roadstead.client(account, there));
    remoteKms = new KMSClient(roadstead.client(account, there));
    await ecr.send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: {
          rules: [
            {
              destinations: [{ region: there, registryId: account }],
              repositoryFilters: [{ filter: "copied-", filterType: "PREFIX_MATCH" }],
            },
          ],
        },
      }),
    );
  });
  afterAll(() => {
    remote.destroy();
    remoteKms.destroy();
  });

  /** Pushes to a repository that is at the destination with a key of its own; `break` does something to that key. */
  async function replicated(name: string, breakKey?: (key: string) => Promise<unknown>) {
    const key = await newKey(remoteKms);
    await create(name, "KMS", await newKey());
    await remote.send(
      new CreateRepositoryCommand({
        repositoryName: name,
        encryptionConfiguration: { encryptionType: "KMS", kmsKey: key },
      }),
    );
    await breakKey?.(key);
    await letKeysExpire();
    const { digest } = await push(name);
    const status = async () => {
      const { replicationStatuses = [] } = await ecr.send(
        new DescribeImageReplicationStatusCommand({ repositoryName: name, imageId: { imageDigest: digest } }),
      );
      return replicationStatuses.map(({ status: state, failureCode }) => failureCode ?? state);
    };
    await expect.poll(status, { timeout: 20_000 }).not.toEqual(["IN_PROGRESS"]);
    return await status();
  }

  test("encrypts anew for the destination's key", async () => {
    expect(await replicated("copied-well")).toEqual(["COMPLETE"]);
    const pulled = await pullImage({ ...(await target("copied-well", remote, there)), reference: "v1" });
    expect(pulled.layers[0]?.equals(layer)).toBe(true);
    expect(tellTales()).toEqual([]);
  });

  test("fails when the destination's key cannot be used", async () => {
    const disable = (KeyId: string) => remoteKms.send(new DisableKeyCommand({ KeyId }));
    expect(await replicated("copied-not", disable)).toEqual(["KMS_EXCEPTION"]);
  });
});
