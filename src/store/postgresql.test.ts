import { describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../../test/support/postgres.ts";
import { systemClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { openStore } from "./open.ts";
import { storeSuite } from "./suite.ts";

const missing = postgresMissing();
const basics = { dataDir: "/nonexistent", migrations: [], clock: systemClock, random: systemRandom };

describe.skipIf(missing !== undefined)(
  `the store on PostgreSQL${missing === undefined ? "" : ` (SKIPPED: ${missing})`}`,
  () => {
    storeSuite(async () => ({ url: await postgresUrl(), dataDir: "/nonexistent" }));
  },
);

test.each(["Upper", "a-b", 'a"b', ""])("the schema %j is refused", async (schema) => {
  const url = `postgresql://localhost/db?schema=${encodeURIComponent(schema)}`;
  await expect(openStore({ ...basics, url })).rejects.toThrow("must be of small letters");
});
