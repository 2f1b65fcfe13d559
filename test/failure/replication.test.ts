import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CreateRepositoryCommand, DescribeImagesCommand, ListImagesCommand } from "@aws-sdk/client-ecr";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/blobs/types.ts";
import { pullImage } from "../../src/cli/oci-client.ts";
import { pushSample } from "../clients/images.ts";
import {
  admit,
  leave,
  type Party,
  push,
  registryToken,
  replicateTo,
  rootParty,
  settled,
} from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";
import { testRoadstead } from "../support/roadstead.ts";

/** How often the process is killed. */
const kills = process.env.ROADSTEAD_SOAK === undefined ? 6 : 100;
/** A run is killed at the latest when so many pushes of it were acknowledged. */
const mostPushes = 25;
/** Pushes at once. */
const pushers = 4;

/** The same number each time for the same words, below `limit`. */
function drawn(words: string, limit: number): number {
  return createHash("sha256").update(words).digest().readUInt32BE() % limit;
}

/** Source and destinations, as a process of this moment serves them. */
function partiesOf(url: string) {
  const home = rootParty(url, "111111111111", "us-east-1");
  const abroad = rootParty(url, "111111111111", "eu-west-1");
  const neighbour = rootParty(url, "222222222222", "us-west-2");
  return { home, abroad, neighbour, destinations: [abroad, neighbour] as const };
}

/** Rows of a database that nobody has open. */
function rowsOf<T>(dataDir: string, query: string): readonly T[] {
  const database = new BetterSqlite(join(dataDir, "roadstead.db"), { readonly: true });
  try {
    return database.prepare(query).all() as T[];
  } finally {
    database.close();
  }
}

/** Every image of a repository with its tags. */
async function imagesOf({ ecr }: Party): Promise<ReadonlyMap<string, readonly string[]>> {
  const images = new Map<string, readonly string[]>();
  let nextToken: string | undefined;
  do {
    const page = await ecr.send(
      new DescribeImagesCommand({ repositoryName: "app", nextToken, maxResults: 1000 }),
    );
    for (const { imageDigest = "", imageTags = [] } of page.imageDetails ?? []) {
      expect(images.has(imageDigest), imageDigest).toBe(false);
      images.set(imageDigest, [...imageTags]);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return images;
}

describe.skipIf(notBuilt())("replication", () => {
  let folder: Home;
  let serving: Serving | undefined;
  beforeEach(() => {
    folder = makeHome();
  });
  afterEach(async () => {
    await serving?.end("SIGKILL");
    folder.remove();
  });

  async function start(): Promise<Serving> {
    const args = ["--port", "0", "--data-dir", folder.dataDir, "--allow-clock", "--log-level", "error"];
    serving = await serve(args, folder.env);
    return serving;
  }

  /** Lets the leases of a process that was killed run out. The clock begins anew with each process. */
  async function advance(url: string, seconds: number): Promise<void> {
    const response = await fetch(`${url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: seconds }),
    });
    expect(response.status).toBe(200);
  }

  async function prepare(url: string): Promise<void> {
    const { home, neighbour, destinations } = partiesOf(url);
    await home.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await admit(neighbour, home, "ecr:ReplicateImage", "ecr:CreateRepository");
    await replicateTo(home, destinations);
  }

  test(
    `every acknowledged push arrives whole, once, through ${kills} kills`,
    async () => {
      const acknowledged = new Map<string, string>();
      // A push that was cut off is tried again, as docker does; so its tag says what it is made of.
      let unfinished: string[] = [];
      let made = 0;

      await prepare((await start()).url);
      for (let run = 0; run < kills; run += 1) {
        const { url, child, end } = serving ?? (await start());
        // Less than the quarter of an hour that a signature may be off.
        await advance(url, 60 * (1 + (run % 10)));
        const enough = acknowledged.size + 1 + drawn(`pushes ${run}`, mostPushes);
        const moment = drawn(`moment ${run}`, 40);
        const { home } = partiesOf(url);
        const token = await registryToken(home);
        const again = unfinished;
        unfinished = [];
        let killing = false;
        const pusher = async (): Promise<void> => {
          while (!killing) {
            const tag = again.pop() ?? `image-${made++}`;
            try {
              const { digest } = await pushSample(url, `${home.path}/app`, tag, token, tag);
              acknowledged.set(tag, digest);
            } catch (error) {
              if (!killing) throw error;
              unfinished.push(tag);
            }
            if (acknowledged.size >= enough && !killing) {
              killing = true;
              await wait(moment);
              child.kill("SIGKILL");
            }
          }
        };
        await Promise.all(Array.from({ length: pushers }, pusher));
        unfinished.push(...again);
        expect(await end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
        leave(home);
        serving = undefined;
      }

      const { url, end } = await start();
      await advance(url, 12 * 60);
      const { home, destinations } = partiesOf(url);
      const source = await imagesOf(home);
      for (const [tag, digest] of acknowledged) expect(source.get(digest), tag).toEqual([tag]);
      for (const digest of source.keys()) {
        const found = await settled(home, "app", digest);
        expect(Object.values(found).map(({ status }) => status)).toEqual(["COMPLETE", "COMPLETE"]);
      }
      for (const party of destinations) {
        // Nothing lost, nothing doubled, nothing else.
        expect(await imagesOf(party)).toEqual(source);
        const authorization = `Basic ${await registryToken(party)}`;
        for (const [tag, digest] of acknowledged) {
          const repository = `${party.path}/app`;
          const pulled = await pullImage({ registry: url, repository, authorization, reference: tag });
          expect(pulled.digest).toBe(digest);
        }
      }
      expect(acknowledged.size).toBeGreaterThanOrEqual(kills);

      expect(await end("SIGTERM")).toEqual({ code: 0, signal: null });
      expect(rowsOf(folder.dataDir, "select * from job where queue like 'ecr.replication%'")).toEqual([]);
      expect(rowsOf(folder.dataDir, "select * from dead_letter")).toEqual([]);
      const statuses = "select status, count(*) as count from ecr_replication_status group by status";
      expect(rowsOf(folder.dataDir, statuses)).toEqual([{ status: "COMPLETE", count: 2 * source.size }]);
    },
    process.env.ROADSTEAD_SOAK === undefined ? 240_000 : 1_800_000,
  );

  test("SIGTERM under load: exit 0, every job handed back, and the next process goes on at once", async () => {
    const { url, end } = await start();
    await prepare(url);
    const { home } = partiesOf(url);
    const token = await registryToken(home);
    const digests = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const { digest } = await pushSample(url, `${home.path}/app`, `v${i}`, token, `v${i}`);
        return digest;
      }),
    );
    const began = performance.now();
    expect(await end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(rowsOf(folder.dataDir, "select id from job where lease <> ''")).toEqual([]);

    const next = partiesOf((await start()).url);
    for (const digest of digests) {
      const found = await settled(next.home, "app", digest);
      expect(Object.values(found).map(({ status }) => status)).toEqual(["COMPLETE", "COMPLETE"]);
    }
  }, 60_000);
});

describe("a graceful stop in the middle of copying", () => {
  let folder: Home;
  beforeEach(() => {
    folder = makeHome();
  });
  afterEach(() => folder.remove());

  test("hands back what it cannot finish; nothing waits for a lease afterwards", async () => {
    const { dataDir } = folder;
    let stuck = 0;
    const first = await testRoadstead({ dataDir }, { blobs: withoutSizes(() => (stuck += 1)) });
    const before = partiesOf(first.url);
    await before.home.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await replicateTo(before.home, [before.abroad]);
    const digest = await push(before.home, "app", "v1");
    await expect.poll(() => stuck).toBeGreaterThan(0);
    await first.stop();
    expect(rowsOf(dataDir, "select lease, attempt, error from job where queue = 'ecr.replication'")).toEqual([
      { lease: "", attempt: 1, error: "handed back: stopping" },
    ]);

    const second = await testRoadstead({ dataDir });
    const after = partiesOf(second.url);
    expect(await settled(after.home, "app", digest)).toMatchObject({
      "111111111111 eu-west-1": { status: "COMPLETE" },
    });
    const { imageIds } = await after.abroad.ecr.send(new ListImagesCommand({ repositoryName: "app" }));
    expect(imageIds).toEqual([{ imageDigest: digest, imageTag: "v1" }]);
    await second.stop();
  }, 60_000);
});

/** A blob store that never answers how large a blob is: what copies an image hangs. */
function withoutSizes(asked: () => void) {
  return (real: BlobStore): BlobStore =>
    new Proxy(real, {
      get(target, name) {
        if (name === "size") {
          return () => {
            asked();
            return new Promise(() => {});
          };
        }
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
}
