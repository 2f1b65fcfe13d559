import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import type { AccountId } from "../kernel/brand.ts";
import { systemClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { openStore } from "./open.ts";
import { storeSuite } from "./suite.ts";
import type { Migration } from "./types.ts";

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "roadstead-store-"));
  folders.push(made);
  return made;
}
afterAll(() => Promise.all(folders.map((made) => rm(made, { recursive: true }))));

const basics = { migrations: [], clock: systemClock, random: systemRandom };
const later: Migration = {
  name: "test/001-later",
  up: (db) => db.schema.createTable("later").addColumn("key", "text").execute(),
};

describe("the store on SQLite", () => {
  storeSuite(async () => ({ url: undefined, dataDir: await folder() }));

  test("is a file that its owner alone can read, where the URL says", async () => {
    const dataDir = await folder();
    const store = await openStore({
      ...basics,
      url: `sqlite:${dataDir}/other.db`,
      dataDir: `${dataDir}/data`,
    });
    for (const name of ["other.db", "other.db-wal"]) {
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    }
    await store.close();
    // The last one to close tidies up.
    expect((await readdir(dataDir)).sort()).toEqual(["data", "other.db"]);
  });

  test("is copied aside before a migration, and only then", async () => {
    const dataDir = await folder();
    const account = "000000000000" as AccountId;
    const store = await openStore({ ...basics, dataDir });
    await store.transaction((tx) => tx.bumpEpoch(account));
    await store.close();
    await (await openStore({ ...basics, dataDir })).close();
    expect(await readdir(dataDir)).toEqual(["roadstead.db"]);

    await (await openStore({ ...basics, dataDir, migrations: [later] })).close();
    const backup = "roadstead.db.3-migrations.backup";
    expect((await readdir(dataDir)).sort()).toEqual(["roadstead.db", backup]);
    const restored = await openStore({ ...basics, dataDir, url: `sqlite:${join(dataDir, backup)}` });
    expect(restored.epoch(account)).toBe(1);
    await restored.close();
  });

  test("waits while another process holds the file, and this one goes on meanwhile", async () => {
    const dataDir = await folder();
    const store = await openStore({ ...basics, dataDir });
    const holder = new BetterSqlite(join(dataDir, "roadstead.db"));
    holder.exec("begin immediate");
    const bump = store.transaction((tx) => tx.bumpEpoch("000000000000" as AccountId));
    let turns = 0;
    while (turns < 5) {
      await new Promise((resolve) => setImmediate(resolve));
      turns += 1;
    }
    expect(store.epoch("000000000000" as AccountId)).toBe(0);
    holder.exec("commit");
    await bump;
    expect(store.epoch("000000000000" as AccountId)).toBe(1);
    holder.close();
    await store.close();
  });

  test.each(["mysql://host/db", "roadstead.db", ""])("refuses the URL %j", async (url) => {
    await expect(openStore({ ...basics, dataDir: await folder(), url })).rejects.toThrow("must begin with");
  });
});
