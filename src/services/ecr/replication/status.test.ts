import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../kernel/clock.ts";
import { systemRandom } from "../../../kernel/random.ts";
import { openStore } from "../../../store/open.ts";
import { type EcrTables, migrations } from "../store.ts";
import { databases } from "../world.testing.ts";

const migration = "ecr/016-replication-status-by-tag";

test.each(databases)(
  "$name: statuses from before each tag had its own are kept, as those of no tag",
  async (database) => {
    if (database.missing) return expect(await database.url()).toBeUndefined();
    const dataDir = mkdtempSync(join(tmpdir(), "roadstead-migration-"));
    const at = { url: await database.url(), dataDir, clock: systemClock, random: systemRandom };
    const first = migrations.findIndex(({ name }) => name === migration);
    const rows = ["COMPLETE", "FAILED", "IN_PROGRESS"].map((status, index) => ({
      account: "111111111111",
      region: "us-east-1",
      repository: "app",
      digest: `sha256:${String(index).repeat(64)}`,
      destination_account: "222222222222",
      destination_region: "eu-west-1",
      status,
      failure_code: status === "FAILED" ? "ImageNotFoundException" : null,
    }));
    try {
      const before = await openStore({ ...at, migrations: migrations.slice(0, first) });
      await before.transaction((tx) =>
        tx
          .tables<{ ecr_replication_status: object }>()
          .insertInto("ecr_replication_status")
          .values(rows)
          .execute(),
      );
      await before.close();

      const after = await openStore({ ...at, migrations });
      try {
        const kept = await after.rows
          .tables<EcrTables>()
          .selectFrom("ecr_replication_status")
          .selectAll()
          .orderBy("digest")
          .execute();
        expect(kept).toEqual(rows.map((row) => ({ ...row, tag: "" })));
        // The key has the tag in it: another of the same image is another row.
        const [row] = kept;
        await after.transaction(async (tx) => {
          if (row === undefined) throw new Error("no row was kept");
          const tagged = { ...row, tag: "v1" };
          await tx.tables<EcrTables>().insertInto("ecr_replication_status").values(tagged).execute();
        });
      } finally {
        await after.close();
      }
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
