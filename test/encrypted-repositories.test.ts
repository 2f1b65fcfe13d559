import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  PutReplicationConfigurationCommand,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pullImage, pushImage } from "../src/cli/oci-client.ts";
import { databasePath } from "../src/scan/database-file.ts";
import { debian, dpkgPackage, layer as layerOf } from "../src/scan/image.testing.ts";
import { importOsv } from "../src/scan/import.ts";
import { osvEntry } from "../src/scan/osv.testing.ts";
import { leave, type Party, registryToken, rootParty, settled } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";
import { type FakeUpstream, startUpstream } from "./support/upstream.ts";

/** Repositories with a KMS key, in everything else that ECR does: scans, pull through cache, replication to a site. */

const account = "111111111111";

let upstream: FakeUpstream;
/** What is not under a KMS key lies in the open, so that one sees what is. */
const settings = { registryNames: "path", blobEncryption: "off" };

let roadstead: TestRoadstead;
let root: Party;
let kms: KMSClient;
beforeAll(async () => {
  upstream = await startUpstream();
  roadstead = await testRoadstead({ ...settings, pullThroughUpstreams: [upstream.url] });
  root = rootParty(roadstead.url, account);
  kms = new KMSClient(roadstead.client(account));
});
afterAll(async () => {
  kms.destroy();
  leave(root);
  await roadstead.stop();
  await upstream.close();
});

async function createEncrypted(repositoryName: string, party = root, client = kms): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const kmsKey = KeyMetadata?.Arn ?? "";
  const encryptionConfiguration = { encryptionType: "KMS", kmsKey } as const;
  await party.ecr.send(new CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  return kmsKey;
}

async function target(party: Party, url: string, name: string) {
  const authorization = `Basic ${await registryToken(party)}`;
  return { registry: url, repository: `${party.path}/${name}`, authorization, reference: "v1" };
}

/** Which files of blobs hold these bytes. */
function blobFilesWith(dataDir: string, bytes: string): readonly string[] {
  return readdirSync(join(dataDir, "blobs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(bytes));
}

/** Data keys are asked for again after ten seconds. */
function letKeysExpire() {
  return fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ advanceSeconds: 11 }),
  });
}

describe("a scan", () => {
  const status = dpkgPackage("libc6", "2.36-9+deb12u1", "glibc");
  const { bytes } = layerOf(debian, { path: "var/lib/dpkg/status", content: status });

  const scanned = async (repositoryName: string) => {
    const found = () =>
      root.ecr.send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag: "v1" } }));
    await expect
      .poll(async () => (await found()).imageScanStatus?.status, { timeout: 20_000 })
      .toMatch(/COMPLETE|FAILED|UNAVAILABLE/);
    return found();
  };

  beforeAll(async () => {
    const source = mkdtempSync(join(tmpdir(), "roadstead-osv-"));
    const glibc = osvEntry("DEBIAN-CVE-2023-4911", "Debian:12", "glibc", [{ introduced: "0" }]);
    writeFileSync(join(source, "entry.json"), glibc);
    await importOsv(databasePath(roadstead.dataDir), [source], Date.now(), () => undefined);
    rmSync(source, { recursive: true });
  });

  test("reads layers under a key", async () => {
    await createEncrypted("scanned");
    await pushImage({ ...(await target(root, roadstead.url, "scanned")), layers: [bytes] });
    await root.ecr.send(
      new StartImageScanCommand({ repositoryName: "scanned", imageId: { imageTag: "v1" } }),
    );
    expect(await scanned("scanned")).toMatchObject({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: { findings: [{ name: "CVE-2023-4911" }] },
    });
  });

  test("fails with KMS's reason while the key is disabled", async () => {
    const key = await createEncrypted("unscanned");
    await pushImage({ ...(await target(root, roadstead.url, "unscanned")), layers: [bytes] });
    await kms.send(new DisableKeyCommand({ KeyId: key }));
    await letKeysExpire();
    await root.ecr.send(
      new StartImageScanCommand({ repositoryName: "unscanned", imageId: { imageTag: "v1" } }),
    );
    expect((await scanned("unscanned")).imageScanStatus).toEqual({
      status: "FAILED",
      description: `The layers of the image could not be read. ${key} is disabled.`,
    });
  });
});

test("what is pulled through into a repository with a key is stored encrypted", async () => {
  const marker = "pulled-through-marker";
  const large = Buffer.concat([gzipSync(marker.repeat(1000), { level: 0 }), randomBytes(3 << 20)]);
  const image = upstream.image("app", "v1", [large]);
  await root.ecr.send(
    new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", upstreamRegistryUrl: upstream.url }),
  );
  const key = await createEncrypted("up/app");
  const pulled = await pullImage(await target(root, roadstead.url, "up/app"));
  expect(pulled.digest).toBe(image.digest);
  expect(pulled.layers[0]?.equals(large)).toBe(true);
  await expect
    .poll(
      async () =>
        (await root.ecr.send(new DescribeImagesCommand({ repositoryName: "up/app" }))).imageDetails?.length,
      { timeout: 10_000 },
    )
    .toBe(1);
  expect(blobFilesWith(roadstead.dataDir, marker)).toEqual([]);
  const asked = upstream.asked.length;
  const again = await pullImage(await target(root, roadstead.url, "up/app"));
  expect(again.layers[0]?.equals(large)).toBe(true);
  expect(upstream.asked).toHaveLength(asked);

  await kms.send(new DisableKeyCommand({ KeyId: key }));
  await letKeysExpire();
  const refused = pullImage(await target(root, roadstead.url, "up/app"));
  await expect(refused).rejects.toMatchObject({ status: 403, code: "DENIED" });
});

test("another site encrypts what it receives under its own key, and says when it cannot", async () => {
  const abroad = "eu-west-1";
  const marker = "marker-of-the-other-site";
  const away = await testRoadstead(settings);
  const there = rootParty(away.url, account, abroad);
  const awayKms = new KMSClient(away.client(account, abroad));
  const admin = async (url: string, path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return (await (await fetch(`${url}/_roadstead/${path}`, init)).json()) as { readonly key: string };
  };
  try {
    await there.iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }),
    );
    const { key } = await admin(away.url, "site-keys", { name: "site-a", accounts: [account] });
    await admin(roadstead.url, "regions", { region: abroad, url: away.url, key });
    const destinations = [{ region: abroad, registryId: account }];
    const repositoryFilters = [{ filter: "sent-", filterType: "PREFIX_MATCH" as const }];
    await root.ecr.send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: { rules: [{ destinations, repositoryFilters }] },
      }),
    );
    const sent = async (name: string, prepare: (awayKey: string) => Promise<unknown>) => {
      await createEncrypted(name);
      await prepare(await createEncrypted(name, there, awayKms));
      const layers = [gzipSync(`${marker} ${name}`.repeat(1000), { level: 0 })];
      const { digest } = await pushImage({ ...(await target(root, roadstead.url, name)), layers });
      return Object.values(await settled(root, name, digest));
    };

    expect(await sent("sent-well", async () => undefined)).toMatchObject([{ status: "COMPLETE" }]);
    const pulled = await pullImage(await target(there, away.url, "sent-well"));
    expect(pulled.layers[0]?.length).toBeGreaterThan(marker.length * 1000);
    for (const { dataDir } of [roadstead, away]) expect(blobFilesWith(dataDir, marker)).toEqual([]);

    const disable = (KeyId: string) => awayKms.send(new DisableKeyCommand({ KeyId }));
    expect(await sent("sent-not", disable)).toMatchObject([
      { status: "FAILED", failureCode: "KMS_EXCEPTION" },
    ]);
  } finally {
    awayKms.destroy();
    leave(there);
    await away.stop();
  }
});
