import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AccountId, Region } from "../../src/kernel/brand.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { systemRandom } from "../../src/kernel/random.ts";
import { integer, keyText } from "../../src/store/columns.ts";
import { openStore } from "../../src/store/open.ts";
import type { Migration, Store } from "../../src/store/types.ts";

/** What two processes do at once to one store, to see whether its promises hold among processes. */

export interface RivalTables {
  counter: { name: string; value: number };
  place: { name: string; taker: string };
}

export const rivalMigrations: readonly Migration[] = [
  {
    name: "rival/001-tables",
    async up(db, dialect) {
      const key = keyText(dialect);
      await db.schema
        .createTable("counter")
        .addColumn("name", key, (column) => column.primaryKey())
        .addColumn("value", integer, (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("place")
        .addColumn("name", key, (column) => column.primaryKey())
        .addColumn("taker", "text", (column) => column.notNull())
        .execute();
    },
  },
];

export const rivalAccount = "000000000000" as AccountId;
export const rivalRegion = "eu-west-1" as Region;
/** How often each rival counts, how many places there are in all, and how many jobs each makes. */
export const rivalCounts = 40;
export const rivalPlaces = 25;
export const rivalJobs = 30;

export interface RivalReport {
  /** The places that this rival got. */
  readonly places: number;
  /** The jobs that it took. */
  readonly jobs: readonly string[];
  /** The epoch that it saw at its own last bump: at least as many as it made. */
  readonly epoch: number;
}

/** Counts, takes places under a quota, makes jobs and takes jobs, as fast as it can. */
export async function compete(store: Store, name: string): Promise<RivalReport> {
  let places = 0;
  const jobs: string[] = [];
  for (let round = 0; round < rivalCounts; round += 1) {
    await store.transaction((tx) => count(tx));
    // Bound to the round, not to the rival: both want the same names, and all of them together exceed the quota.
    if (await store.transaction((tx) => takePlace(tx, `place-${round}`, name))) places += 1;
    await store.transaction((tx) => tx.bumpEpoch(rivalAccount));
    if (round < rivalJobs) {
      await store.transaction(async (tx) => {
        const job = { queue: "rivals", account: rivalAccount, region: rivalRegion, payload: null };
        await tx.enqueue({ ...job, key: `${name}-${round}` });
      });
    }
    for (const job of await store.jobs.claim("rivals", 2, 60_000)) {
      jobs.push(job.key);
      await store.transaction(async (tx) => {
        if (!(await store.jobs.finish(tx, job))) throw new Error("a lease was lost");
      });
    }
  }
  return { places, jobs, epoch: await store.epoch(rivalAccount) };
}

/** Adds one by reading and writing, which loses counts unless transactions are serialised. */
async function count(tx: Parameters<Parameters<Store["transaction"]>[0]>[0]): Promise<void> {
  const rows = tx.tables<RivalTables>();
  const found = await rows.selectFrom("counter").select("value").where("name", "=", "all").executeTakeFirst();
  const value = (found?.value ?? 0) + 1;
  await rows
    .insertInto("counter")
    .values({ name: "all", value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

/** Takes a place unless it is taken or all are: a quota over many rows, which no constraint could keep. */
async function takePlace(
  tx: Parameters<Parameters<Store["transaction"]>[0]>[0],
  name: string,
  taker: string,
): Promise<boolean> {
  const rows = tx.tables<RivalTables>();
  const { taken } = await rows
    .selectFrom("place")
    .select((row) => row.fn.countAll<number>().as("taken"))
    .executeTakeFirstOrThrow();
  if (taken >= rivalPlaces) return false;
  const got = await rows
    .insertInto("place")
    .values({ name, taker })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("name")
    .executeTakeFirst();
  return got !== undefined;
}

/** Runs `compete` in a process of its own. */
export function rivalProcess(url: string | undefined, dataDir: string, name: string): Promise<RivalReport> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const child = fork(fileURLToPath(import.meta.url), [dataDir, name, ...(url === undefined ? [] : [url])], {
    execArgv: ["--import", tsx],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (report) => resolve(report as RivalReport));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the rival ended with ${code} before it reported`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  const [dataDir = "", name = "", url] = process.argv.slice(2);
  const store = await openStore({
    url,
    dataDir,
    migrations: rivalMigrations,
    clock: systemClock,
    random: systemRandom,
  });
  const report = await compete(store, name);
  process.send(report);
  await store.close();
  process.disconnect();
}
