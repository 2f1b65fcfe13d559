import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  ListReplicationBackfillsCommand,
  StartReplicationBackfillCommand,
} from "@aws-sdk/client-ecr";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Job } from "../../../store/types.ts";
import type { ReplicationOutcome } from "../data-plane.ts";
import { image, push } from "../images/images.testing.ts";
import { updateRegistry } from "../registry.ts";
import { databases, openTestWorld, type TestWorld } from "../world.testing.ts";
import { replicationDriver } from "./driver.testing.ts";

/** Whatever the order of things, the destination ends as the source is, and every status says so. */

const home = "111111111111" as AccountId;
const from = "us-east-1" as Region;
const near = { registryId: home, region: "eu-west-1" };
const contents = ["one", "two", "three"] as const;
const tags = ["a", "b"] as const;

/** Longer than a job is leased, in ms. */
const leaseOver = 61_000;

type Step =
  | { readonly do: "push"; readonly content: string; readonly tag: string | undefined }
  | { readonly do: "delete-tag"; readonly tag: string }
  | { readonly do: "delete-image"; readonly content: string }
  | { readonly do: "copy" | "settle"; readonly which: number }
  | { readonly do: "backfill" | "advance" }
  /** The processes die, or hang until others have their jobs. */
  | { readonly do: "crash" | "hang" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("push" as const),
      content: fc.constantFrom(...contents),
      tag: fc.constantFrom(...tags, undefined),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("delete-tag" as const), tag: fc.constantFrom(...tags) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("delete-image" as const), content: fc.constantFrom(...contents) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("copy" as const, "settle" as const), which: fc.nat(9) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("backfill" as const, "advance" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("crash" as const, "hang" as const) }) },
);

/** An image of two tags, of which one goes while the image stays: chance alone seldom comes upon it. */
const deletedTags: Step[][] = (() => {
  const tagged = (tag: string): Step => ({ do: "push", content: "one", tag });
  const gone: Step = { do: "delete-tag", tag: "a" };
  const arrives: Step[] = [
    { do: "copy", which: 0 },
    { do: "settle", which: 0 },
  ];
  const both = [tagged("a"), tagged("b")];
  return [
    [...both, ...arrives, ...arrives, gone],
    // While the tag is on its way.
    [...both, ...arrives, { do: "copy", which: 0 }, gone, { do: "settle", which: 0 }],
    // And it is there again before the deletion has arrived.
    [...both, ...arrives, ...arrives, gone, tagged("a"), ...arrives],
    [...both, { do: "backfill" }, { do: "advance" }, ...arrives, ...arrives, gone, { do: "hang" }],
  ];
})();

async function play(world: TestWorld, repositoryName: string, steps: readonly Step[]): Promise<void> {
  const root = world.root(home, from);
  const driver = replicationDriver(world);
  const taken: Job[] = [];
  const copied: { readonly job: Job; readonly outcome: ReplicationOutcome }[] = [];
  await root.send(new CreateRepositoryCommand({ repositoryName }));

  async function take(one: Step): Promise<void> {
    switch (one.do) {
      case "push": {
        const { manifest, blobs } = image(one.content);
        await push(root, world.operations, repositoryName, manifest, { blobs, reference: one.tag });
        return;
      }
      case "delete-tag":
        await root.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: one.tag }] }));
        return;
      case "delete-image": {
        const imageIds = [{ imageDigest: image(one.content).digest }];
        await root.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
        return;
      }
      case "copy": {
        taken.push(...(await driver.take(3)));
        const [job] = taken.splice(one.which % Math.max(1, taken.length), 1);
        if (job !== undefined) copied.push({ job, outcome: await driver.copy(job) });
        return;
      }
      case "settle": {
        const [ended] = copied.splice(one.which % Math.max(1, copied.length), 1);
        if (ended !== undefined) await driver.settle(ended.job, ended.outcome);
        return;
      }
      case "backfill":
        await root
          .send(new StartReplicationBackfillCommand({ destination: near }))
          .catch((error: unknown) => {
            if (!isFault(error, "ReplicationBackfillInProgressException")) throw error;
          });
        return;
      case "advance":
        await driver.advance();
        return;
      case "crash":
        for (const lost of [taken, copied]) lost.length = 0;
        world.clock.advance(leaseOver);
        return;
      case "hang":
        world.clock.advance(leaseOver);
    }
  }

  for (const one of steps) await take(one);
  for (const { job, outcome } of copied.reverse()) await driver.settle(job, outcome);
  for (const job of taken.reverse()) await driver.carry(job);
  await driver.drain();
  world.clock.advance(leaseOver);
  await driver.drain();

  const source = await imagesOf(world, from, repositoryName);
  expect(await imagesOf(world, near.region, repositoryName)).toEqual(source);
  for (const imageDigest of source.keys()) {
    const { replicationStatuses } = await root.send(
      new DescribeImageReplicationStatusCommand({ repositoryName, imageId: { imageDigest } }),
    );
    expect(replicationStatuses).toEqual([{ ...near, status: "COMPLETE" }]);
  }
  const { backfills = [] } = await root.send(new ListReplicationBackfillsCommand({}));
  for (const { status, progress } of backfills) {
    const {
      totalReplicationCount,
      completedReplicationCount = 0,
      failedReplicationCount = 0,
    } = progress ?? {};
    const ended = completedReplicationCount + failedReplicationCount;
    expect([status, ended]).toEqual(["COMPLETE", totalReplicationCount]);
  }
}

/** Tags by digest; nothing where there is no repository. */
async function imagesOf(world: TestWorld, region: string, repositoryName: string) {
  try {
    const { imageDetails = [] } = await world
      .root(home, region)
      .send(new DescribeImagesCommand({ repositoryName }));
    return new Map(
      imageDetails.map(({ imageDigest = "", imageTags = [] }) => [imageDigest, [...imageTags].sort()]),
    );
  } catch (error) {
    if (isFault(error, "RepositoryNotFoundException")) return new Map<string, string[]>();
    throw error;
  }
}

describe.each(databases)("replication on $name", ({ missing, url }) => {
  test.skipIf(missing)(
    "brings the destination to the source's state, in any order",
    async () => {
      const world = await openTestWorld({ databaseUrl: await url() });
      try {
        const replication = JSON.stringify({
          rules: [{ destinations: [near], deleteReplication: { enabled: true } }],
        });
        await world.store.transaction((tx) =>
          updateRegistry(tx, { account: home, region: from }, { replication }),
        );
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30, size: "max" }), (steps) =>
            play(world, `run-${run++}`, steps),
          ),
          { seed: 8, numRuns: 12, endOnFailure: true, examples: deletedTags.map((steps) => [steps]) },
        );
      } finally {
        await world.close();
      }
    },
    120_000,
  );
});
