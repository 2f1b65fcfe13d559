import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  PutRegistryScanningConfigurationCommand,
  StartImageScanCommand,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serviceEventQueue } from "../../../dispatch/service-event.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { day, hour } from "../../../kernel/duration.ts";
import { image, index, push } from "../images/images.testing.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import { updateRegistry } from "../registry.ts";
import { replicationDriver } from "../replication/driver.testing.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";
import { createScanOperations } from "./execution.ts";
import type { ScannedVulnerability, ScanReport } from "./scanner.ts";
import { mostScans, scanQueue } from "./scans.ts";
import type { ScanTables } from "./store.ts";

const account = "111111111111" as AccountId;
const region = "us-east-1" as Region;

let world: TestWorld;
let repositoryName = "";
let number = 0;

beforeAll(async () => {
  world = await openTestWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  repositoryName = `scans/${++number}`;
  await world.root(account).send(new CreateRepositoryCommand({ repositoryName }));
});

/** Pushes an image of its own; returns its digest. */
async function pushed(content = `image ${number}`): Promise<string> {
  const { manifest, blobs } = image(content);
  return push(world.root(account), world.operations, repositoryName, manifest, { blobs });
}

const start = (imageDigest: string) =>
  world.root(account).send(new StartImageScanCommand({ repositoryName, imageId: { imageDigest } }));
const findings = (imageDigest: string, more: { nextToken?: string; maxResults?: number } = {}) =>
  world
    .root(account)
    .send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest }, ...more }));
const described = async (imageDigest: string) =>
  (await world.root(account).send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }] })))
    .imageDetails?.[0];

/** Does the scans that are due, as the loop does; `between` runs after the image was read. Returns how many. */
async function scan(report: ScanReport, between: () => Promise<unknown> = async () => undefined) {
  const seen: string[] = [];
  const scans = createScanOperations({
    jobs: world.store.jobs,
    repositoryBlobs: { of: async () => world.blobs },
    scanner: {
      async scan(layers, open) {
        for (const { digest } of layers)
          for await (const chunk of await open(digest)) seen.push(String(chunk));
        return report;
      },
    },
  });
  for (const job of await world.store.jobs.claim(scanQueue, 10, hour)) {
    const ecr = world.dispatcher.clientOf(ecrPrincipal, account, region);
    await ecr.invoke(scans.begin, { job });
    const { digest } = job.payload as { readonly digest: string };
    expect((await findings(digest)).imageScanStatus?.status).toBe("IN_PROGRESS");
    const found = await ecr.invoke(scans.inspect, { repositoryName, digest });
    await between();
    await ecr.invoke(scans.settle, { job, report: found });
  }
  return seen;
}

const vulnerability = (name: string, severity: ScannedVulnerability["severity"]): ScannedVulnerability => ({
  name,
  severity,
  description: `About ${name}.`,
  uri: `https://security.test/${name}`,
  packageName: "glibc",
  packageVersion: "2.36-9",
  cvss: severity === "HIGH" ? { vector: "CVSS:3.1/AV:L", score: 7.8 } : undefined,
});
const complete: ScanReport = {
  status: "COMPLETE",
  sourceUpdatedAt: 1_700_000_000_000,
  findings: [vulnerability("CVE-1", "HIGH"), vulnerability("CVE-2", "LOW"), vulnerability("CVE-3", "LOW")],
};
const unavailable: ScanReport = { status: "FINDINGS_UNAVAILABLE", description: "No data." };

describe("a scan", () => {
  test("goes from PENDING over IN_PROGRESS to COMPLETE, and its findings come in pages", async () => {
    const digest = await pushed();
    expect((await start(digest)).imageScanStatus?.status).toBe("PENDING");
    expect(await scan(complete)).toEqual([`image ${number}`]);

    const first = await findings(digest, { maxResults: 2 });
    expect(first).toMatchObject({
      registryId: account,
      repositoryName,
      imageId: { imageDigest: digest },
      imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
      imageScanFindings: {
        vulnerabilitySourceUpdatedAt: new Date(1_700_000_000_000),
        findingSeverityCounts: { HIGH: 1, LOW: 2 },
        findings: [
          {
            name: "CVE-1",
            severity: "HIGH",
            description: "About CVE-1.",
            uri: "https://security.test/CVE-1",
            attributes: [
              { key: "package_version", value: "2.36-9" },
              { key: "package_name", value: "glibc" },
              { key: "CVSS3_SCORE", value: "7.8" },
              { key: "CVSS3_VECTOR", value: "CVSS:3.1/AV:L" },
            ],
          },
          { name: "CVE-2" },
        ],
      },
    });
    const second = await findings(digest, { maxResults: 2, nextToken: first.nextToken });
    expect(second.imageScanFindings?.findings?.map(({ name }) => name)).toEqual(["CVE-3"]);
    expect(second.nextToken).toBeUndefined();
    await expect(findings(digest, { nextToken: "bm9uZQ" })).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
    expect(await described(digest)).toMatchObject({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindingsSummary: { findingSeverityCounts: { HIGH: 1, LOW: 2 } },
    });
  });

  test("of an image is made once in 24 hours", async () => {
    const digest = await pushed();
    await start(digest);
    const exceeded = {
      code: "LimitExceededException",
      message: "The scan quota per image has been exceeded. Wait and try again.",
    };
    await expect(start(digest)).rejects.toMatchObject(exceeded);
    await scan(complete);
    await expect(start(digest)).rejects.toMatchObject(exceeded);
    world.clock.advance(day);
    expect((await start(digest)).imageScanStatus?.status).toBe("PENDING");
    await scan({ ...complete, findings: [] });
    expect((await findings(digest)).imageScanFindings).toMatchObject({
      findings: [],
      findingSeverityCounts: {},
    });
  });

  test("without data says so, invents nothing, and may be asked for again", async () => {
    const digest = await pushed();
    await start(digest);
    await scan(unavailable);
    const answer = await findings(digest);
    expect(answer.imageScanStatus).toEqual({ status: "FINDINGS_UNAVAILABLE", description: "No data." });
    expect(answer.imageScanFindings).toBeUndefined();
    expect((await described(digest))?.imageScanFindingsSummary).toBeUndefined();
    await start(digest);
    await scan(complete);
    expect((await findings(digest)).imageScanStatus?.status).toBe("COMPLETE");
  });

  test("of an image that goes meanwhile leaves nothing behind", async () => {
    const digest = await pushed();
    await start(digest);
    const remove = new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] });
    await scan(complete, () => world.root(account).send(remove));
    await expect(findings(digest)).rejects.toMatchObject({ code: "ImageNotFoundException" });
    await pushed();
    await expect(findings(digest)).rejects.toMatchObject({
      code: "ScanNotFoundException",
      message: `Image scan does not exist for the image with '{imageDigest:'${digest}', imageTag:'null'}' in the repository with name '${repositoryName}' in the registry with id '${account}'`,
    });
  });

  test("tells the default event bus how it ended", async () => {
    await world.store.jobs.claim(serviceEventQueue, 1000, hour);
    const digest = await pushed();
    await start(digest);
    await scan(complete);
    const events = (await world.store.jobs.claim(serviceEventQueue, 10, hour)).map(({ payload }) => payload);
    expect(
      events.find((event) => (event as { detailType: string }).detailType === "ECR Image Scan"),
    ).toMatchObject({
      source: "aws.ecr",
      account,
      region,
      resources: [`arn:aws:ecr:${region}:${account}:repository/${repositoryName}`],
      detail: {
        "scan-status": "COMPLETE",
        "repository-name": repositoryName,
        "finding-severity-counts": { HIGH: 1, LOW: 2 },
        "image-digest": digest,
        "image-tags": [],
      },
    });
  });
});

describe("a registry that has had its 100,000 scans of a day", () => {
  beforeAll(async () => {
    const of = { account, region, repository: "busy", status: "COMPLETE", description: "" } as const;
    const scanned = { ...of, completed_at: null, source_updated_at: null, severities: "{}" };
    await world.store.transaction(async (tx) => {
      for (let from = 0; from < mostScans; from += 1000) {
        const rows = Array.from({ length: 1000 }, (_, index) => {
          return { ...scanned, digest: `sha256:${from + index}`, requested_at: world.clock.now() };
        });
        await tx.tables<ScanTables>().insertInto("ecr_scan").values(rows).execute();
      }
    });
  });

  test("is refused another, scans no push, and goes on a day later", async () => {
    const digest = await pushed();
    const exceeded = "The scan quota per registry has been exceeded.";
    await expect(start(digest)).rejects.toMatchObject({
      code: "LimitExceededException",
      message: `${exceeded} Wait and try again.`,
    });
    repositoryName = "scans/on-push-exceeded";
    const imageScanningConfiguration = { scanOnPush: true };
    await world
      .root(account)
      .send(new CreateRepositoryCommand({ repositoryName, imageScanningConfiguration }));
    const other = await pushed("pushed when the quota was used up");
    await scan(complete);
    expect((await findings(other)).imageScanStatus).toEqual({
      status: "LIMIT_EXCEEDED",
      description: exceeded,
    });
    world.clock.advance(day);
    await start(other);
    await scan(complete);
    expect((await findings(other)).imageScanStatus?.status).toBe("COMPLETE");
  });
});

describe("what is not scanned", () => {
  test("an index, and an artifact in the form of an image", async () => {
    const { manifest, blobs } = image("child");
    const signature = image("signature", {
      layers: [
        { ...JSON.parse(manifest).layers[0], mediaType: "application/vnd.dev.cosign.simplesigning.v1+json" },
      ],
    });
    const root = world.root(account);
    await push(root, world.operations, repositoryName, manifest, { blobs });
    const list = await push(root, world.operations, repositoryName, index(manifest));
    const signed = await push(root, world.operations, repositoryName, signature.manifest, {
      blobs: signature.blobs,
    });
    for (const digest of [list, signed]) {
      await expect(start(digest)).rejects.toMatchObject({ code: "UnsupportedImageTypeException" });
    }
  });

  test("an image in the archive", async () => {
    const imageDigest = await pushed();
    await world.root(account).send(
      new UpdateImageStorageClassCommand({
        repositoryName,
        imageId: { imageDigest },
        targetStorageClass: "ARCHIVE",
      }),
    );
    await expect(start(imageDigest)).rejects.toMatchObject({ code: "ImageArchivedException" });
  });

  test("what is not there", async () => {
    await expect(start(`sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "ImageNotFoundException" });
  });
});

describe("scan on push", () => {
  test("by the repository's setting, once an image", async () => {
    repositoryName = "scans/on-push";
    await world
      .root(account)
      .send(
        new CreateRepositoryCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: true } }),
      );
    const digest = await pushed("one");
    expect((await findings(digest)).imageScanStatus?.status).toBe("PENDING");
    await scan(complete);
    await pushed("one");
    expect((await findings(digest)).imageScanStatus?.status).toBe("COMPLETE");
    await expect(start(digest)).rejects.toMatchObject({ code: "LimitExceededException" });
  });

  test("of what replication brings, by the destination's setting", async () => {
    const abroad = world.root(account, "eu-west-1");
    await abroad.send(
      new CreateRepositoryCommand({ repositoryName, imageScanningConfiguration: { scanOnPush: true } }),
    );
    const destinations = [{ region: "eu-west-1", registryId: account }];
    const replication = JSON.stringify({ rules: [{ destinations }] });
    await world.store.transaction((tx) => updateRegistry(tx, { account, region }, { replication }));
    const imageDigest = await pushed();
    await replicationDriver(world).drain();
    const there = await abroad.send(
      new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest } }),
    );
    expect(there.imageScanStatus?.status).toBe("PENDING");
    await expect(findings(imageDigest)).rejects.toMatchObject({ code: "ScanNotFoundException" });
    await world.store.transaction((tx) => updateRegistry(tx, { account, region }, { replication: null }));
    await world.store.jobs.claim(scanQueue, 10, hour);
  });

  test("by a rule of the registry", async () => {
    await world.root(account).send(
      new PutRegistryScanningConfigurationCommand({
        rules: [
          {
            scanFrequency: "SCAN_ON_PUSH",
            repositoryFilters: [{ filter: repositoryName, filterType: "WILDCARD" }],
          },
        ],
      }),
    );
    expect((await findings(await pushed())).imageScanStatus?.status).toBe("PENDING");
    await scan(complete);
  });
});
