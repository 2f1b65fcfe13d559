import { CreateRepositoryCommand, ListImagesCommand } from "@aws-sdk/client-ecr";
import { type Kysely, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import { image, push } from "./images/images.testing.ts";
import type { EcrTables } from "./store.ts";
import { databases, openTestWorld, type TestWorld } from "./world.testing.ts";

/** Quotas that are counted ("Amazon ECR service quotas", User Guide), one short of full and asked for by many at once. */

const quota = 100_000;
const account = "111111111111";

describe.each(databases)("quotas on $name", ({ missing, url }) => {
  let world: TestWorld;
  let root: Client;

  beforeAll(async () => {
    if (missing) return;
    world = await openTestWorld({ databaseUrl: await url() });
    root = world.root(account);
  });
  afterAll(() => world?.close());

  /** Copies the one row of an image or repository until there are so many, each with a name of its own. */
  async function multiply(table: "ecr_image" | "ecr_repository", count: number): Promise<void> {
    const [key, rest] =
      table === "ecr_image"
        ? ["digest", "region, repository, media_type, manifest, size, pushed_at, document, status"]
        : ["name", "region, created_at, document"];
    await world.store.transaction(async (tx) => {
      const tables = tx.tables<EcrTables>();
      const columns = sql.raw(`account, ${key}, ${rest}`);
      const copied = sql.raw(`account, ${key} || number, ${rest}`);
      await sql`
        insert into ${sql.table(table)} (${columns})
        with recursive numbers(number) as (
          select 2 union all select number + 1 from numbers where number < ${sql.lit(count)}
        )
        select ${copied} from ${sql.table(table)}, numbers where account = ${account}
      `.execute(tables as unknown as Kysely<unknown>);
    });
  }

  /** How many of these were done, and how the others were refused. */
  async function outcomes(attempts: readonly Promise<unknown>[]) {
    const settled = await Promise.allSettled(attempts);
    const refusals = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
    return { done: settled.length - refusals.length, refusals: [...new Set(refusals.map(String))] };
  }

  test.skipIf(missing)("images of a repository", async () => {
    const repositoryName = "full";
    await root.send(new CreateRepositoryCommand({ repositoryName }));
    const first = image("first");
    await push(root, world.operations, repositoryName, first.manifest, { blobs: first.blobs });
    await multiply("ecr_image", quota - 2);
    const images = Array.from({ length: 6 }, (_, number) => image(`image ${number}`));
    const attempts = images.map(({ manifest, blobs }) =>
      push(root, world.operations, repositoryName, manifest, { blobs }),
    );
    expect(await outcomes(attempts)).toEqual({
      done: 2,
      refusals: [expect.stringContaining("A repository has at most 100000 images.")],
    });
    const { imageIds = [] } = await root.send(new ListImagesCommand({ repositoryName, maxResults: 1 }));
    expect(imageIds).toHaveLength(1);
  });

  test.skipIf(missing)("repositories of a registry", async () => {
    await multiply("ecr_repository", quota - 2);
    const attempts = ["one", "two", "three", "four"].map((repositoryName) =>
      root.send(new CreateRepositoryCommand({ repositoryName })),
    );
    expect(await outcomes(attempts)).toEqual({
      done: 2,
      refusals: [expect.stringContaining("A registry has at most 100000 repositories in a Region.")],
    });
  });
});
