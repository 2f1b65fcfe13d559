import { BatchDeleteImageCommand, CreateRepositoryCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import { digestOf, image, index, push } from "./images/images.testing.ts";
import type { EcrTables } from "./store.ts";
import { databases, openTestWorld, type TestWorld } from "./world.testing.ts";

const repositoryName = "app";

// Two of the images share a layer, and the indexes share an image.
const images = [image("one"), image("one", { annotations: { twin: "yes" } }), image("two"), image("three")];
const indexes = [index(image("one").manifest, image("two").manifest), index(image("two").manifest)];
const manifests = [...images.map(({ manifest }) => manifest), ...indexes];

type Step =
  | { readonly do: "push"; readonly what: number; readonly tag?: string }
  | { readonly do: "delete"; readonly what: number; readonly tag?: string };

const tag = fc.constantFrom("v1", "v2");
const what = fc.nat({ max: manifests.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("push" as const), what, tag }, { requiredKeys: ["do", "what"] }),
  fc.record({ do: fc.constant("delete" as const), what, tag }, { requiredKeys: ["do", "what"] }),
);
/** Steps of one batch are taken at the same time. */
const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

async function take(client: Client, { do: verb, what: which, tag: imageTag }: Step): Promise<void> {
  const imageManifest = manifests[which] ?? "";
  try {
    if (verb === "push") await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
    else {
      const imageId = imageTag === undefined ? { imageDigest: digestOf(imageManifest) } : { imageTag };
      await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [imageId] }));
    }
  } catch (error) {
    const expected = ["ImageAlreadyExistsException", "ReferencedImagesNotFoundException"];
    if (!isFault(error, ...expected)) throw error;
  }
}

/** What is wrong with the rows of an account's repository; empty when all is well. */
async function faultsIn(world: TestWorld, account: string): Promise<readonly string[]> {
  const tables = world.store.rows.tables<EcrTables>();
  const stored = await tables.selectFrom("ecr_image").selectAll().where("account", "=", account).execute();
  const tags = await tables.selectFrom("ecr_tag").selectAll().where("account", "=", account).execute();
  const links = await tables
    .selectFrom("ecr_layer_link")
    .selectAll()
    .where("account", "=", account)
    .execute();
  const references = await tables
    .selectFrom("ecr_reference")
    .selectAll()
    .where("account", "=", account)
    .execute();
  const digests = new Set(stored.map(({ digest }) => digest));
  const named = new Set(references.filter(({ kind }) => kind === "layer").map(({ target }) => target));
  const linked = new Set(links.map(({ digest }) => digest));
  return [
    ...stored
      .filter((row) => digestOf(row.manifest) !== row.digest)
      .map((row) => `${row.digest}: other bytes`),
    ...tags.filter((row) => !digests.has(row.digest)).map((row) => `${row.tag} names no image`),
    ...references.filter((row) => !digests.has(row.digest)).map((row) => `${row.digest} refers, but is gone`),
    ...references
      .filter((row) => row.kind === "child" && !digests.has(row.target))
      .map((row) => `${row.target} is listed, but is gone`),
    ...links
      .filter((row) => (row.referenced === 1) !== named.has(row.digest))
      .map((row) => `${row.digest} is ${row.referenced === 1 ? "not " : ""}named`),
    ...[...named]
      .filter((digest) => !linked.has(digest))
      .map((digest) => `${digest} is named, but not linked`),
  ];
}

describe.each(databases)("pushes and deletions at the same time ($name)", (database) => {
  test.skipIf(database.missing)("leave nothing half done", { timeout: 60_000 }, async () => {
    const world = await openTestWorld({ databaseUrl: await database.url() });
    let account = 400_000_000_000;
    try {
      await fc.assert(
        fc.asyncProperty(batches, async (steps) => {
          const client = world.root(String(++account));
          await client.send(new CreateRepositoryCommand({ repositoryName }));
          for (const { manifest, blobs } of images) {
            await push(client, world.operations, repositoryName, manifest, { blobs });
          }
          for (const batch of steps) {
            await Promise.all(batch.map((one) => take(client, one)));
            expect(await faultsIn(world, String(account))).toEqual([]);
          }
        }),
        { numRuns: 25, seed: 11 },
      );
    } finally {
      await world.close();
    }
  });
});
