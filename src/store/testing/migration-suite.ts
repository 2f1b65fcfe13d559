import { describe, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { systemRandom } from "../../kernel/random.ts";
import { openStore } from "../open.ts";
import type { Migration } from "../types.ts";
import { migrations, type Place, type SuiteTables, thing } from "./fixture.ts";

/** What migrations must do on every database. */
export function migrationSuite(place: () => Promise<Place>): void {
  const open = (at: Place, list: readonly Migration[]) =>
    openStore({ ...at, migrations: list, clock: systemClock, random: systemRandom });

  describe("migrations", () => {
    const second: Migration = {
      name: "suite/002-more",
      up: (db) => db.schema.alterTable("thing").addColumn("more", "text").execute(),
    };
    const failing: Migration = {
      name: "suite/003-failing",
      async up(db) {
        await db.schema.createTable("half").addColumn("key", "text").execute();
        throw new Error("no");
      },
    };

    test("are applied once each, and rows stay", async () => {
      const at = await place();
      const first = await open(at, migrations);
      await first.transaction((tx) =>
        tx.tables<SuiteTables>().insertInto("thing").values(thing("a")).execute(),
      );
      await first.close();
      const later = await open(at, [...migrations, second]);
      const rows = await later.rows
        .tables<{ thing: SuiteTables["thing"] & { more: string | null } }>()
        .selectFrom("thing")
        .select(["key", "more"])
        .execute();
      expect(rows).toEqual([{ key: "a", more: null }]);
      await later.close();
      await (await open(at, [...migrations, second])).close();
    });

    test("that fail leave the database as it was", async () => {
      const at = await place();
      await (await open(at, migrations)).close();
      await expect(open(at, [...migrations, second, failing])).rejects.toThrow("no");
      const after = await open(at, migrations);
      await expect(
        after.rows.tables<{ half: { key: string } }>().selectFrom("half").selectAll().execute(),
      ).rejects.toThrow();
      await after.close();
    });

    test("that this version does not know are refused", async () => {
      const at = await place();
      await (await open(at, [...migrations, second])).close();
      await expect(open(at, migrations)).rejects.toThrow(
        "newer version: this one does not know suite/002-more",
      );
    });

    test("of one name are refused", async () => {
      await expect(open(await place(), [second, second])).rejects.toThrow(
        "two migrations are named suite/002-more",
      );
    });

    test("of processes that start together are applied once", async () => {
      const at = await place();
      const stores = await Promise.all([open(at, migrations), open(at, migrations), open(at, migrations)]);
      for (const one of stores) await one.close();
      expect(stores).toHaveLength(3);
    });
  });
}
