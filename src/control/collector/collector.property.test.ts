import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { BatchDeleteImageCommand, CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { s3Missing, s3Url } from "../../../test/support/s3.ts";
import { openBlobs } from "../../blobs/open.ts";
import type { BlobStorage, BlobStore } from "../../blobs/types.ts";
import type { Client } from "../../dispatch/context.ts";
import type { AccountId, Digest, Region } from "../../kernel/brand.ts";
import { day, hour } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { createCollectionOperations } from "../../services/ecr/collection/operations.ts";
import type { CollectionTables } from "../../services/ecr/collection/store.ts";
import { digestOf, image, push } from "../../services/ecr/images/images.testing.ts";
import { ecrPrincipal } from "../../services/ecr/lifecycle/jobs.ts";
import { updateRegistry } from "../../services/ecr/registry.ts";
import { replicationDriver } from "../../services/ecr/replication/driver.testing.ts";
import type { EcrTables } from "../../services/ecr/store.ts";
import { createLayerHashing } from "../../services/ecr/verification/vault-layers.ts";
import { verifyRegistry } from "../../services/ecr/verification/verify.ts";
import { databases, openTestWorld, type TestWorld } from "../../services/ecr/world.testing.ts";
import { collect } from "./loop.ts";

/**
 * Pushes, deletions, mounts, replication and collections in any order and at once, collections that die between two
 * steps included: the collector takes nothing that is needed, and in the end leaves nothing that is not.
 */

const home = "111111111111" as AccountId;
const from = "us-east-1" as Region;
const to = "eu-west-1" as Region;

// The first two share their blobs.
const images = [image("one"), image("one", { annotations: { twin: "yes" } }), image("two"), image("three")];

/** A step works on one image in one of two repositories. */
type Step =
  | {
      readonly do: "push" | "delete" | "mount" | "abandon" | "litter";
      readonly what: number;
      readonly where: 0 | 1;
    }
  | { readonly do: "replicate" | "collect" }
  | { readonly do: "advance"; readonly ms: number }
  /** A collection whose process dies at its n-th call, or its n-th deletion of bytes, before or after that. */
  | { readonly do: "die"; readonly at: "call" | "before-delete" | "after-delete"; readonly nth: number };

const imageStep = fc.record({
  do: fc.constantFrom(
    "push" as const,
    "push" as const,
    "delete" as const,
    "mount" as const,
    "abandon" as const,
  ),
  what: fc.nat(images.length - 1),
  where: fc.constantFrom(0 as const, 1 as const),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: imageStep },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("replicate" as const, "collect" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(hour, 2 * day) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("die" as const),
      at: fc.constantFrom("call" as const, "before-delete" as const, "after-delete" as const),
      nth: fc.integer({ min: 1, max: 8 }),
    }),
  },
);
/** Steps of one batch are taken at the same time. */
const batch = fc.array(step, { minLength: 1, maxLength: 4 });
/** What the collector must be asked: bytes that a crash kept from being linked are pushed while they are removed. */
const race = fc
  .record({ what: fc.nat(images.length - 1), where: fc.constantFrom(0 as const, 1 as const) })
  .map(({ what, where }): Step[][] => [
    [{ do: "litter", what, where }],
    [{ do: "advance", ms: 2 * day }],
    [{ do: "collect" }, { do: "push", what, where }, { do: "push", what, where: where === 0 ? 1 : 0 }],
  ]);
const batches = fc
  .array(
    fc.oneof(
      batch.map((one) => [one]),
      race,
    ),
    { minLength: 2, maxLength: 10 },
  )
  .map((some) => some.flat());

/** What makes calls wait their turn; the order of turns is drawn. */
interface Turns {
  next: () => Promise<unknown>;
}

/** The store, whose writers and whose deletions wait a turn before they are told, or do, what they asked for. */
function inTurns(real: BlobStore, turns: Turns): BlobStore {
  const late =
    <Given extends readonly unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      const answer = await call(...given);
      await turns.next();
      return answer;
    };
  return {
    put: late((bytes, expected) => real.put(bytes, expected)),
    begin: late((id) => real.begin(id)),
    append: (id, offset, bytes) => real.append(id, offset, bytes),
    received: (id) => real.received(id),
    readPart: (id, range) => real.readPart(id, range),
    finish: late((id, expected) => real.finish(id, expected)),
    cancel: (id) => real.cancel(id),
    size: late((digest) => real.size(digest)),
    read: (digest, range) => real.read(digest, range),
    place: (digest) => real.place(digest),
    async delete(digest) {
      await turns.next();
      await real.delete(digest);
      await turns.next();
    },
    list: () => real.list(),
    uploads: () => real.uploads(),
    clear: () => real.clear(),
    close: () => real.close(),
  };
}

class Died extends Error {}

/** Throws at the n-th time that it is asked. */
function death(nth: number): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count >= nth) throw new Died();
  };
}

/** One run in registries of its own. */
class Run {
  readonly #world: TestWorld;
  readonly #storage: BlobStorage;
  readonly #root: Client;
  readonly #repositories: readonly [string, string];

  constructor(world: TestWorld, storage: BlobStorage, number: number) {
    this.#world = world;
    this.#storage = storage;
    this.#root = world.root(home, from);
    this.#repositories = [`run-${number}/a`, `run-${number}/b`];
  }

  async begin(): Promise<void> {
    for (const repositoryName of this.#repositories) {
      await this.#root.send(new CreateRepositoryCommand({ repositoryName }));
    }
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case "collect":
        return this.collect();
      case "die":
        return this.#die(one.at, death(one.nth));
      case "advance":
        return this.#world.clock.advance(one.ms);
      case "replicate":
        return replicationDriver(this.#world).drain();
      default:
        return this.#takeImage(
          one.do,
          images[one.what] ?? image("?"),
          this.#repositories[one.where],
          one.where,
        );
    }
  }

  async #takeImage(
    verb: "push" | "delete" | "mount" | "abandon" | "litter",
    { manifest, digest, blobs }: ReturnType<typeof image>,
    repositoryName: string,
    where: 0 | 1,
  ): Promise<void> {
    const { operations } = this.#world;
    const root = this.#root;
    try {
      if (verb === "push") {
        await push(root, operations, repositoryName, manifest, { blobs });
        await this.#needImage(repositoryName, digest);
      } else if (verb === "litter") {
        for (const blob of blobs) await this.#storage.put(Readable.from([Buffer.from(blob)]));
      } else if (verb === "delete") {
        await root.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }));
      } else if (verb === "mount") {
        const from = this.#repositories[where === 0 ? 1 : 0];
        for (const blob of blobs) {
          await root.invoke(operations.mountBlob, { repositoryName, from, digest: digestOf(blob) });
        }
        await push(root, operations, repositoryName, manifest);
      } else {
        const { uploadId } = await root.invoke(operations.beginUpload, { repositoryName });
        const body = Readable.from([Buffer.from("half")]);
        await root.invoke(operations.appendUpload, { repositoryName, uploadId }, { body });
      }
    } catch (error) {
      // A layer that is being removed, or is gone by the time that the image is pushed, is sent again by any client.
      const lost = ["ServiceUnavailable", "LayersNotFoundException", "UploadNotFoundException"];
      if (!isFault(error, ...lost, "ImageNotFoundException")) throw error;
    }
  }

  /** What was acknowledged is there, unless a step beside this one deleted it. */
  async #needImage(repositoryName: string, reference: string): Promise<void> {
    await this.#root.invoke(this.#world.operations.getManifest, { repositoryName, reference });
  }

  #ports(blobs: BlobStore = this.#world.blobs) {
    const { store, clock } = this.#world;
    const collection = createCollectionOperations(store);
    // By the moved clock every upload is old soon: more is collected than ever would be.
    return { blobs, vaults: this.#storage, collection, clock, machineClock: clock };
  }

  #ecr(): Client {
    return this.#world.dispatcher.clientOf(ecrPrincipal, home, from);
  }

  async collect(): Promise<void> {
    await collect(this.#ports(), this.#ecr(), new AbortController().signal);
  }

  async #die(at: "call" | "before-delete" | "after-delete", die: () => void): Promise<void> {
    const { blobs } = this.#world;
    const ecr = this.#ecr();
    const dying: Client = {
      ...ecr,
      invoke(operation, input, options) {
        if (at === "call") die();
        return ecr.invoke(operation as never, input, options);
      },
    };
    const store: BlobStore = {
      ...blobs,
      async delete(digest) {
        if (at === "before-delete") die();
        await blobs.delete(digest);
        if (at === "after-delete") die();
      },
    };
    await collect(this.#ports(store), dying, new AbortController().signal).catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
  }

  /** What is wrong with the images of all registries; empty when each layer can be read. */
  async losses(): Promise<readonly string[]> {
    const { store, blobs } = this.#world;
    const tables = store.rows.tables<EcrTables>();
    const links = await tables.selectFrom("ecr_layer_link").selectAll().execute();
    const linked = new Set(links.map((link) => `${link.region} ${link.repository} ${link.digest}`));
    const named = await tables.selectFrom("ecr_reference").selectAll().where("kind", "=", "layer").execute();
    const lost = named
      .filter((row) => !linked.has(`${row.region} ${row.repository} ${row.target}`))
      .map((row) => `${row.repository}: ${row.target} is named, not linked`);
    for (const digest of new Set(links.map((link) => link.digest))) {
      const hash = createHash("sha256");
      try {
        for await (const chunk of await blobs.read(digest as Digest)) hash.update(chunk);
      } catch (error) {
        lost.push(`${digest} is linked: ${String(error)}`);
        continue;
      }
      if (`sha256:${hash.digest("hex")}` !== digest) lost.push(`${digest} has other bytes`);
    }
    return lost;
  }

  /** What is there that nothing names. */
  async garbage(): Promise<readonly string[]> {
    const { store, blobs } = this.#world;
    const tables = store.rows.tables<EcrTables & CollectionTables>();
    const links = await tables.selectFrom("ecr_layer_link").selectAll().execute();
    const linked = new Set<string>(links.map((link) => link.digest));
    const found = links.filter((link) => link.referenced === 0).map((link) => `link ${link.digest}`);
    for await (const { digest } of blobs.list()) if (!linked.has(digest)) found.push(`blob ${digest}`);
    for await (const { id } of blobs.uploads()) found.push(`upload ${id}`);
    for (const row of await tables.selectFrom("ecr_upload").select("upload_id").execute())
      found.push(`upload row ${row.upload_id}`);
    const removing = await tables
      .selectFrom("ecr_blob_removal")
      .select("digest")
      .where("state", "=", "REMOVING")
      .execute();
    return [...found, ...removing.map(({ digest }) => `removal ${digest}`)];
  }
}

const [sqlite, postgresql] = databases;
const key = Buffer.alloc(32, 7);

/** How blobs are kept, and on which database, with how many runs each is tried. */
const houses = [
  { keeping: "files", database: sqlite, runs: 10 },
  { keeping: "encrypted files", database: sqlite, runs: 5 },
  { keeping: "encrypted files", database: postgresql, runs: 5 },
  { keeping: "S3", database: sqlite, runs: 3 },
].flatMap(({ database, ...house }) => {
  const absent = database?.missing === true || (house.keeping === "S3" && s3Missing() !== undefined);
  return database === undefined ? [] : [{ ...house, database, absent, on: database.name }];
});

async function openKeeping(keeping: string, dataDir: string): Promise<BlobStorage> {
  return await openBlobs({
    dataDir,
    ...(keeping === "S3" ? { url: await s3Url() } : {}),
    ...(keeping === "encrypted files" ? { encryption: { key, writes: "encrypted" } } : {}),
  });
}

describe.each(houses)("collections among everything else: $keeping, $on", (house) => {
  test.skipIf(house.absent)(
    "lose nothing and leave nothing",
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "collector-"));
      const storage = await openKeeping(house.keeping, dataDir);
      const atOnce = { next: () => Promise.resolve() };
      const turns: Turns = { ...atOnce };
      const world = await openTestWorld({
        databaseUrl: await house.database.url(),
        blobs: inTurns(storage, turns),
      });
      try {
        const replication = JSON.stringify({
          rules: [{ destinations: [{ registryId: home, region: to }] }],
        });
        await world.store.transaction((tx) =>
          updateRegistry(tx, { account: home, region: from }, { replication }),
        );
        let number = 0;
        await fc.assert(
          fc.asyncProperty(batches, fc.scheduler(), async (steps, scheduler) => {
            const run = new Run(world, storage, number++);
            await run.begin();
            for (const batch of steps) {
              turns.next = () => scheduler.schedule(Promise.resolve());
              await scheduler.waitFor(Promise.all(batch.map((one) => run.take(one))));
              turns.next = atOnce.next;
              expect(await run.losses()).toEqual([]);
            }
            await run.take({ do: "replicate" });
            // What is let go of in the first collection is old enough for the second.
            for (let times = 0; times < 2; times++) {
              world.clock.advance(2 * day);
              await run.collect();
            }
            expect(await run.losses()).toEqual([]);
            expect(await run.garbage()).toEqual([]);
          }),
          { seed: 5, numRuns: process.env.ROADSTEAD_SOAK ? 500 : house.runs, endOnFailure: true },
        );
        const { problems, leftovers } = await verifyRegistry({
          rows: world.store.rows,
          storage,
          hashLayer: createLayerHashing({ of: async () => storage }, world.dispatcher.clientOf),
        });
        expect(problems).toEqual([]);
        expect(leftovers).toEqual({ links: 0, blobs: 0, bytes: 0, uploads: 0 });
      } finally {
        await world.close();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
    process.env.ROADSTEAD_SOAK ? 1_800_000 : 240_000,
  );
});
