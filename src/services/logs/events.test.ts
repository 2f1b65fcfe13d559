import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";
import { systemClock } from "../../kernel/clock.ts";
import { hour } from "../../kernel/duration.ts";
import { systemRandom } from "../../kernel/random.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/types.ts";
import { appendEvents, eventsBackward, eventsForward, type ReadEvent } from "./events.ts";
import type { StoredEvent } from "./intake.ts";
import { type LogsTables, migrations } from "./store.ts";
import { needLogStream } from "./streams.ts";

const databases = [
  { name: "SQLite", missing: undefined, url: async () => undefined },
  { name: "PostgreSQL", missing: postgresMissing(), url: postgresUrl },
];

const began = Date.UTC(2026, 8, 16);

describe.each(databases)("events in $name", ({ missing, url }) => {
  let store: Store;
  let dataDir = "";

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "logs-test-"));
    if (missing === undefined) {
      store = await openStore({
        url: await url(),
        dataDir,
        clock: systemClock,
        random: systemRandom,
        migrations,
      });
    }
  }, 60_000);

  afterAll(async () => {
    await store?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Each batch: its stream, and when its events were, in steps of two hours. */
  const batches = fc.array(
    fc.record({
      stream: fc.constantFrom("a", "b"),
      times: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
      base: fc.nat(30),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test.skipIf(missing !== undefined)(
    "come in order of time, whatever batches they came in, both ways and between any two times",
    async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(batches, fc.nat(45), fc.nat(45), async (given, low, high) => {
          const groupId = `group-${runs++}`;
          await fill(store, groupId, given);
          const times = given
            .flatMap(({ stream, times: steps, base }) =>
              steps.map((step) => [timeOf(base + step), stream] as const),
            )
            .map(([time]) => time)
            .sort((a, b) => a - b);
          const [from, to] = [timeOf(Math.min(low, high)), timeOf(Math.max(low, high))];
          const wanted = times.filter((time) => time >= from && time <= to);
          const query = { groupId, from, to };
          const forward = await all(eventsForward(store.rows, query));
          const backward = await all(eventsBackward(store.rows, query));
          expect(forward.map(({ position }) => position.timestamp)).toEqual(wanted);
          expect(backward.map(({ message }) => message)).toEqual(
            forward.map(({ message }) => message).reverse(),
          );
          const ofA = await all(eventsForward(store.rows, { ...query, streams: ["a"] }));
          expect(ofA).toEqual(forward.filter(({ position }) => position.stream === "a"));
        }),
        { seed: 20260916, numRuns: 15 },
      );
    },
    60_000,
  );
});

const timeOf = (step: number): number => began + step * 2 * hour;

async function all(events: AsyncIterable<ReadEvent>): Promise<readonly ReadEvent[]> {
  const found: ReadEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

async function fill(
  store: Store,
  groupId: string,
  batches: readonly { readonly stream: string; readonly times: readonly number[]; readonly base: number }[],
): Promise<void> {
  await store.transaction(async (tx) => {
    const empty = { created_at: 0, batches: 0, bytes: 0, first_event: 0, last_event: 0, last_ingested: 0 };
    await tx
      .tables<LogsTables>()
      .insertInto("logs_stream")
      .values(["a", "b"].map((name) => ({ group_id: groupId, name, ...empty })))
      .execute();
    for (const [i, { stream, times, base }] of batches.entries()) {
      const events = [...times]
        .sort((a, b) => a - b)
        .map((step, k): StoredEvent => [timeOf(base + step), `${i}.${k}`]);
      await appendEvents(tx, await needLogStream(tx, groupId, stream), { events, bytes: 1 }, began);
    }
  });
}
