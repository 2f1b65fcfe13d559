import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { minute } from "../../../kernel/duration.ts";
import { systemRandom } from "../../../kernel/random.ts";
import { openStore } from "../../../store/open.ts";
import type { Store } from "../../../store/types.ts";
import { migrations } from "../store.ts";
import { channelOperations } from "./channel-operations.ts";
import { insertSession, newToken } from "./session.ts";

const scope = { account: "111122223333" as AccountId, region: "us-east-1" as Region };
const target = `ecs:default_${"a".repeat(32)}_${"b".repeat(64)}`;
const began = 1_000_000;

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "roadstead-sessions-"));
  store = await openStore({ dataDir: folder, migrations, clock: systemClock, random: systemRandom });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Starts a session. @returns its token. */
async function start(id: string): Promise<string> {
  const { token, columns } = newToken({ now: began, random: systemRandom });
  await store.transaction((tx) =>
    insertSession(tx, {
      ...{ id, ...scope, owner: "arn", owner_id: "id", target, document_name: null, parameters: "{}" },
      ...{ reason: null, connected: 0, claimed: 0, started_at: began, ended_at: null },
      held_until: columns.token_until,
      ...columns,
    }),
  );
  return token;
}

/** Runs an operation at a time, past the door that keeps it for Systems Manager. */
function at<Input, Output>(
  now: number,
  operation: InternalOperation<Input, unknown, Output> | InternalOperation<Input, never, Output>,
  input: Input,
): Promise<Output> {
  const ctx = { now, rows: store.rows } as PrepareContext;
  if ("read" in operation) return operation.read(ctx, input);
  return store.transaction((tx) => operation.commit(tx, ctx, input, undefined as never));
}

const { check, claim, hold, end, takeAbandoned } = channelOperations;

test("a token opens one socket, within its time, of its own session", async () => {
  const [token, other] = [await start("one"), await start("two")];
  expect(await at(began, check, { id: "one", token: other })).toBe(false);
  expect(await at(began, claim, { id: "one", token: other })).toBeUndefined();
  expect(await at(began, check, { id: "none", token })).toBe(false);
  expect(await at(began, claim, { id: "one", token })).toMatchObject({ id: "one", target, resumed: false });
  expect(await at(began, claim, { id: "one", token })).toBeUndefined();
  expect(await at(began + 5 * minute, claim, { id: "two", token: other })).toBeUndefined();
});

test("what nobody holds is over, and given out once", async () => {
  for (const id of ["held", "left", "ended"]) await at(began, claim, { id, token: await start(id) });
  await at(began, end, { id: "ended" });
  expect(await at(began + minute, hold, { ids: ["held", "ended"] })).toEqual(["held"]);
  expect(await at(began + minute, takeAbandoned, {})).toEqual([]);
  const taken = await at(began + 2 * minute, takeAbandoned, {});
  expect(taken.map(({ id }) => id)).toEqual(["left"]);
  expect(await at(began + 2 * minute, takeAbandoned, {})).toEqual([]);
  expect(await at(began + 2 * minute, hold, { ids: ["left"] })).toEqual([]);
});
