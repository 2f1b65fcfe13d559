import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { s3Missing, s3Url } from "../../../../test/support/s3.ts";
import { openBlobs } from "../../../blobs/open.ts";
import type { BlobStorage } from "../../../blobs/types.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Queries } from "../../../store/types.ts";
import { digestOf, image, index, push } from "../images/images.testing.ts";
import type { EcrTables } from "../store.ts";
import { databases, openTestWorld, type TestWorld } from "../world.testing.ts";
import { verifyRegistry } from "./verify.ts";

const account = "111111111111";
const repositoryName = "some/app";
const one = image("one");
const two = image("two");
const both = index(one.manifest, two.manifest);
const layer = digestOf("one");

async function fill(world: TestWorld): Promise<void> {
  const root = world.root(account);
  await root.send(new CreateRepositoryCommand({ repositoryName }));
  for (const { manifest, blobs } of [one, two]) {
    await push(root, world.operations, repositoryName, manifest, { blobs });
  }
  await push(root, world.operations, repositoryName, both, { reference: "latest" });
}

/** A registry with an index of two images. */
async function filled(work: (world: TestWorld, storage: BlobStorage, folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "verify-"));
  const storage = await openBlobs({ dataDir: folder });
  const world = await openTestWorld({ blobs: storage });
  try {
    await fill(world);
    await work(world, storage, folder);
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const verify = (world: TestWorld, storage: BlobStorage, name?: string) =>
  verifyRegistry({ rows: world.store.rows, storage, repositoryName: name, hashLayer: noServer });

const noServer = async () => {
  throw new Fault("Unavailable", "nobody serves");
};

const sound = {
  repositories: 1,
  images: 3,
  links: 4,
  blobs: 4,
  encryptedBlobs: 0,
  unread: [],
  problems: [],
  more: false,
};

test("a sound registry has no problems, and what nothing names is counted", async () => {
  await filled(async (world, storage) => {
    expect(await verify(world, storage)).toMatchObject({
      ...sound,
      leftovers: { links: 0, blobs: 0, bytes: 0, uploads: 0 },
    });
    await storage.put(Readable.from([Buffer.from("nobody's")]));
    await storage.begin("00000000-0000-4000-8000-000000000000");
    expect(await verify(world, storage)).toMatchObject({
      ...sound,
      blobs: 5,
      leftovers: { links: 0, blobs: 1, bytes: 8, uploads: 1 },
    });
    expect(await verify(world, storage, repositoryName)).toMatchObject(sound);
    expect(await verify(world, storage, "other")).toMatchObject({ repositories: 0, blobs: 0 });
  });
});

describe.each(databases)("rows on $name", (database) => {
  test.skipIf(database.missing)("of a sound registry agree", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verify-"));
    const storage = await openBlobs({ dataDir: folder });
    const world = await openTestWorld({ databaseUrl: await database.url(), blobs: storage });
    try {
      await fill(world);
      expect(await verify(world, storage)).toMatchObject(sound);
    } finally {
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test.skipIf(s3Missing())("blobs in S3 are verified as files are", async () => {
  const storage = await openBlobs({ url: await s3Url(), dataDir: "/nonexistent" });
  const world = await openTestWorld({ blobs: storage });
  try {
    await fill(world);
    expect(await verify(world, storage)).toMatchObject(sound);
    await storage.delete(layer);
    expect((await verify(world, storage)).problems).toMatchObject([{ kind: "blob-missing", subject: layer }]);
  } finally {
    await world.close();
  }
});

/** Damage done to a row or a file, and how it is told. */
const damages: readonly {
  readonly what: string;
  readonly rows?: (tables: Queries<EcrTables>) => { execute(): Promise<unknown> };
  readonly bytes?: (path: string) => void;
  readonly told: readonly string[];
}[] = [
  { what: "a flipped byte", bytes: (path) => writeFileSync(path, "onf"), told: [`blob-damaged ${layer}`] },
  {
    what: "a file cut short",
    bytes: (path) => writeFileSync(path, "on"),
    told: [`blob-size ${layer}`, `blob-damaged ${layer}`],
  },
  { what: "a file that is gone", bytes: (path) => rmSync(path), told: [`blob-missing ${layer}`] },
  {
    what: "a link that is gone",
    rows: (tables) => tables.deleteFrom("ecr_layer_link").where("digest", "=", layer),
    told: [`layer-not-linked ${one.digest}`],
  },
  {
    what: "a link with another size",
    rows: (tables) => tables.updateTable("ecr_layer_link").set({ size: 7 }).where("digest", "=", layer),
    told: [`blob-size ${layer}`],
  },
  {
    what: "a link that the collector would take",
    rows: (tables) => tables.updateTable("ecr_layer_link").set({ referenced: 0 }).where("digest", "=", layer),
    told: [`link-misjudged ${layer}`],
  },
  {
    what: "a manifest with other bytes",
    rows: (tables) =>
      tables
        .updateTable("ecr_image")
        .set({ manifest: Buffer.from("{}") })
        .where("digest", "=", two.digest),
    told: [`manifest-damaged ${two.digest}`],
  },
  {
    what: "a reference that is gone",
    rows: (tables) =>
      tables.deleteFrom("ecr_reference").where("target", "=", layer).where("digest", "=", one.digest),
    told: [`references-wrong ${one.digest}`, `link-misjudged ${layer}`],
  },
  {
    what: "a tag of no image",
    rows: (tables) => tables.updateTable("ecr_tag").set({ digest: digestOf("nothing") }),
    told: [`without-image ${digestOf("nothing")}`],
  },
  {
    what: "an image without its repository",
    rows: (tables) => tables.updateTable("ecr_tag").set({ repository: "gone" }),
    told: ["without-repository ecr_tag"],
  },
];

test.each(damages)("$what is found", async ({ rows, bytes, told }) => {
  await filled(async (world, storage, folder) => {
    const hex = createHash("sha256").update("one").digest("hex");
    bytes?.(join(folder, "blobs/blobs/sha256", hex.slice(0, 2), hex));
    if (rows !== undefined) {
      await world.store.transaction(async (tx) => {
        await rows(tx.tables<EcrTables>()).execute();
      });
    }
    const { problems } = await verify(world, storage);
    expect(problems.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(told);
  });
});
