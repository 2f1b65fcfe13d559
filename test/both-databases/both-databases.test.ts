import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { walks } from "./walks.ts";

/** Services answer the same on both databases: orders, pages, what is in the way, what is left. */

const missing = postgresMissing();

for (const database of ["SQLite", "PostgreSQL"] as const) {
  const skipped = database === "PostgreSQL" && missing !== undefined;
  describe.skipIf(skipped)(`on ${database}${skipped ? ` (SKIPPED: ${missing})` : ""}`, () => {
    const bucket = mkdtempSync(join(tmpdir(), "roadstead-bucket-"));
    let roadstead: TestRoadstead;
    beforeAll(async () => {
      roadstead = await testRoadstead({
        bucketFolders: [`logs=${bucket}`],
        ...(database === "PostgreSQL" && { databaseUrl: await postgresUrl() }),
      });
    }, 60_000);
    afterAll(async () => {
      await roadstead?.stop();
      rmSync(bucket, { recursive: true, force: true });
    });

    test.for(walks)("%s", async ([, walk, answers]) => {
      expect(await walk(roadstead.client())).toEqual(answers);
    });
  });
}
