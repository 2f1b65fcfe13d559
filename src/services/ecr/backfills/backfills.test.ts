import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  DescribeReplicationBackfillResultsCommand,
  ListReplicationBackfillsCommand,
  PutReplicationConfigurationCommand,
  StartReplicationBackfillCommand,
  StopReplicationBackfillCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import { image, index, push } from "../images/images.testing.ts";
import { type ReplicationDriver, replicationDriver } from "../replication/driver.testing.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";

const home = "111111111111";
const partner = "222222222222";
const near = { registryId: home, region: "eu-west-1" };
const far = { registryId: partner, region: "us-west-2" };

let world: TestWorld;
let root: Client;
let driver: ReplicationDriver;

beforeEach(async () => {
  world = await openTestWorld();
  driver = replicationDriver(world);
  root = world.root(home);
  for (const repositoryName of ["app", "lib/one", "other"]) {
    await root.send(new CreateRepositoryCommand({ repositoryName }));
  }
});

afterEach(() => world.close());

const configure = (filter?: string, ...destinations: (typeof near)[]) =>
  root.send(
    new PutReplicationConfigurationCommand({
      replicationConfiguration: {
        rules: [
          {
            destinations: destinations.length === 0 ? [near] : destinations,
            repositoryFilters: filter === undefined ? undefined : [{ filter, filterType: "PREFIX_MATCH" }],
          },
        ],
      },
    }),
  );

async function pushed(repository: string, content: string, ...tags: string[]): Promise<string> {
  const { manifest, blobs } = image(content);
  const digest = await push(root, world.operations, repository, manifest, { blobs, reference: tags[0] });
  for (const reference of tags.slice(1)) {
    await push(root, world.operations, repository, manifest, { reference });
  }
  return digest;
}

const start = async (destination = near): Promise<string> => {
  const begun = await root.send(new StartReplicationBackfillCommand({ destination }));
  expect(begun).toMatchObject({ status: "PREPARING", destination, registryId: home });
  return begun.replicationBackfillId ?? "";
};

const describeOne = (replicationBackfillId: string, more = {}) =>
  root.send(new DescribeReplicationBackfillResultsCommand({ replicationBackfillId, ...more }));

async function imagesAt(region: string, repositoryName: string) {
  const { imageDetails } = await world.root(home, region).send(new DescribeImagesCommand({ repositoryName }));
  // Tags are listed by when they were put on, and a backfill promises no order among them.
  return imageDetails?.map(({ imageDigest, imageTags }) => ({
    imageDigest,
    imageTags: imageTags?.toSorted(),
  }));
}

describe("a backfill", () => {
  test("brings what matches the rules: each image with each tag, once", async () => {
    const one = await pushed("app", "one", "v1", "latest");
    const bare = await pushed("app", "two");
    await pushed("other", "three", "v1");
    const [left, right] = [image("left"), image("right")];
    for (const { manifest, blobs } of [left, right])
      await push(root, world.operations, "app", manifest, { blobs });
    const list = await push(root, world.operations, "app", index(left.manifest, right.manifest), {
      reference: "list",
    });
    await configure("app");
    const id = await start();
    expect((await describeOne(id)).progress).toBeUndefined();
    await driver.drain();

    const done = await describeOne(id);
    expect(done).toMatchObject({
      status: "COMPLETE",
      progress: {
        totalReplicationCount: 4,
        completedReplicationCount: 4,
        failedReplicationCount: 0,
        failureCodes: [],
      },
      endedAt: expect.any(Date),
    });
    expect(done.results).toHaveLength(4);
    expect(done.results).toEqual(
      expect.arrayContaining(
        [
          { imageDigest: one, imageTag: "v1" },
          { imageDigest: one, imageTag: "latest" },
          { imageDigest: bare },
          { imageDigest: list, imageTag: "list" },
        ].map((imageId) => ({ repositoryName: "app", imageId, status: "COMPLETE" })),
      ),
    );
    expect(await imagesAt(near.region, "app")).toEqual(await imagesAt("us-east-1", "app"));
    await expect(imagesAt(near.region, "other")).rejects.toMatchObject({
      code: "RepositoryNotFoundException",
    });
    const { replicationStatuses } = await root.send(
      new DescribeImageReplicationStatusCommand({ repositoryName: "app", imageId: { imageDigest: one } }),
    );
    expect(replicationStatuses).toEqual([{ ...near, status: "COMPLETE" }]);
  });

  test("of nothing is complete", async () => {
    await configure();
    const id = await start();
    await driver.drain();
    expect(await describeOne(id)).toMatchObject({ status: "COMPLETE", results: [] });
  });

  test("tells what failed, page by page, and never of another destination", async () => {
    await pushed("app", "one", "v1");
    const gone = await pushed("app", "two", "v2");
    await configure();
    const id = await start();
    while ((await describeOne(id)).status === "PREPARING") await driver.advance();
    expect((await describeOne(id)).results).toBeUndefined();
    await root.send(
      new BatchDeleteImageCommand({ repositoryName: "app", imageIds: [{ imageDigest: gone }] }),
    );
    await driver.drain();
    const { progress } = await describeOne(id);
    expect(progress).toMatchObject({
      completedReplicationCount: 1,
      failedReplicationCount: 1,
      failureCodes: ["SOURCE_IMAGE_NOT_FOUND"],
    });
    const { results } = await describeOne(id, { resultStatusFilter: "FAILED" });
    expect(results).toMatchObject([
      { imageId: { imageDigest: gone, imageTag: "v2" }, failureCode: "SOURCE_IMAGE_NOT_FOUND" },
    ]);
    const first = await describeOne(id, { maxResults: 1 });
    const second = await describeOne(id, { nextToken: first.nextToken });
    expect([...(first.results ?? []), ...(second.results ?? [])]).toEqual((await describeOne(id)).results);
    expect(second.nextToken).toBeUndefined();
  });

  test("stops: at once while nothing is under way, else when the last copy has ended", async () => {
    for (let i = 0; i < 40; i++) await pushed("app", `image ${i}`, `v${i}`);
    await configure();
    const early = await start();
    const stop = (replicationBackfillId: string) =>
      root.send(new StopReplicationBackfillCommand({ replicationBackfillId }));
    expect(await stop(early)).toMatchObject({ status: "STOPPED" });
    const stopped = await describeOne(early);
    expect(stopped).toMatchObject({ status: "STOPPED", results: [] });
    expect(stopped.progress).toBeUndefined();
    await expect(stop(early)).rejects.toMatchObject({ code: "ReplicationBackfillInvalidStatusException" });

    const id = await start();
    while ((await describeOne(id)).status === "PREPARING") await driver.advance();
    await driver.advance();
    const underWay = await driver.take(100);
    expect(underWay).toHaveLength(32);
    expect(await stop(id)).toMatchObject({ status: "STOPPING" });
    await expect(root.send(new StartReplicationBackfillCommand({ destination: near }))).rejects.toMatchObject(
      {
        code: "ReplicationBackfillInProgressException",
      },
    );
    for (const job of underWay) await driver.carry(job);
    expect((await describeOne(id)).status).toBe("STOPPING");
    await driver.drain();
    const { status, progress, results } = await describeOne(id);
    expect(status).toBe("STOPPED");
    expect(progress).toMatchObject({ totalReplicationCount: 40, completedReplicationCount: 32 });
    expect(results).toHaveLength(32);
  });

  test("fails by itself when half of a hundred have failed", async () => {
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs });
    for (let i = 0; i < 140; i++) {
      await push(root, world.operations, "app", manifest, { reference: `v${i}` });
    }
    await configure(undefined, far);
    await world.root(partner, far.region).send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const id = await start(far);
    await driver.drain();
    const { status, failureCode, progress } = await describeOne(id);
    expect({ status, failureCode }).toEqual({
      status: "FAILED",
      failureCode: "REPLICATION_FAILURE_THRESHOLD_EXCEEDED",
    });
    expect(progress?.failureCodes).toEqual(["AccessDenied"]);
    expect(progress?.failedReplicationCount).toBeGreaterThanOrEqual(100);
    expect(progress?.failedReplicationCount).toBeLessThan(140);
  });

  test("is one per destination region, of at most ten, to a configured destination", async () => {
    const regions = ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-central-1", "ap-south-1"];
    regions.push("us-west-1", "us-west-2", "us-east-2", "sa-east-1", "ca-central-1");
    await configure(undefined, ...regions.map((region) => ({ registryId: home, region })));
    const begin = (region: string) => start({ registryId: home, region });
    for (const region of regions.slice(0, 10)) await begin(region);
    await expect(begin("eu-west-1")).rejects.toMatchObject({
      code: "ReplicationBackfillInProgressException",
    });
    await expect(begin("ca-central-1")).rejects.toMatchObject({ code: "LimitExceededException" });
    await expect(begin("af-south-1")).rejects.toMatchObject({ code: "InvalidParameterException" });
    const first = await root.send(new ListReplicationBackfillsCommand({ maxResults: 7 }));
    const second = await root.send(new ListReplicationBackfillsCommand({ nextToken: first.nextToken }));
    const all = [...(first.backfills ?? []), ...(second.backfills ?? [])];
    expect(new Set(all.map(({ destination }) => destination?.region)).size).toBe(10);
    await driver.drain();
    await expect(begin("ca-central-1")).resolves.toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is kept for ninety days, and keeps the role in use only while it works", async () => {
    await configure();
    const owner = world.service.roleOwners?.[0];
    const id = await start();
    const usage = async () => (await owner?.usage(world.store.rows, home as AccountId))?.length;
    expect(await usage()).toBe(1);
    await driver.drain();
    await root.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } }));
    expect(await usage()).toBe(0);
    world.clock.advance(90 * day - 60_000);
    await driver.drain();
    expect(await describeOne(id)).toMatchObject({ status: "COMPLETE" });
    world.clock.advance(120_000);
    for (const when of ["before", "after"]) {
      await expect(describeOne(id), when).rejects.toMatchObject({
        code: "ReplicationBackfillNotFoundException",
      });
      expect((await root.send(new ListReplicationBackfillsCommand({}))).backfills).toEqual([]);
      await driver.drain();
    }
  });

  test("of another account is nobody else's business", async () => {
    await configure();
    const id = await start();
    for (const registryId of [home]) {
      const stranger = world.root(partner);
      const asked = new DescribeReplicationBackfillResultsCommand({ registryId, replicationBackfillId: id });
      await expect(stranger.send(asked)).rejects.toMatchObject({ code: "AccessDenied" });
    }
  });
});
