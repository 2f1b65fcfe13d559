import { CreateServiceLinkedRoleCommand, DeleteServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, openDoor } from "../../../test/support/iam-door.ts";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";
import type { RoleOwner } from "../../dispatch/service.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { globalRegion } from "../../kernel/region.ts";
import type { Migration } from "../../store/types.ts";
import type { IamTables } from "./store.ts";

const principal = "replication.ecr.amazonaws.com";
const role = "AWSServiceRoleForECRReplication";

/** A service that uses the role: a row is a configuration for which the role is needed. */
interface TrialTables {
  trial_use: { account: string; id: string };
}

const trialMigration: Migration = {
  name: "trial/001-use",
  async up(db) {
    await db.schema.createTable("trial_use").addColumn("account", "text").addColumn("id", "text").execute();
  },
};

const trialOwner: RoleOwner = {
  servicePrincipal: principal,
  createdBy: ["trial:Use"],
  async usage(rows, account) {
    const uses = await rows
      .tables<TrialTables>()
      .selectFrom("trial_use")
      .select("id")
      .where("account", "=", account)
      .execute();
    return uses.length === 0 ? [] : [{ region: globalRegion, resources: uses.map(({ id }) => id) }];
  },
};

/** What may happen at any time: somebody begins or ends to use the role, asks for its deletion, or the worker works. */
type Event = "use" | "leave" | "delete" | "work";

async function happen(door: Door, account: AccountId, event: Event): Promise<void> {
  switch (event) {
    case "use":
      return use(door, account);
    case "leave":
      return door.store.transaction(async (tx) => {
        await tx.tables<TrialTables>().deleteFrom("trial_use").where("account", "=", account).execute();
      });
    case "delete":
      await door
        .root(account)
        .send(new DeleteServiceLinkedRoleCommand({ RoleName: role }))
        .catch((error: unknown) => {
          if (!isFault(error, "NoSuchEntity")) throw error;
        });
      return;
    case "work":
      await door.workOnDeletions();
  }
}

/** As services do it: make the role outside the transaction, then rely on it only under its lock row, or begin again. */
async function use(door: Door, account: AccountId): Promise<void> {
  for (;;) {
    await door
      .root(account)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal }))
      .catch((error: unknown) => {
        if (!isFault(error, "InvalidInput")) throw error;
      });
    const used = await door.store.transaction(async (tx) => {
      if ((await tx.lockRole(account, principal)) !== "present") return false;
      await tx.tables<TrialTables>().insertInto("trial_use").values({ account, id: "use" }).execute();
      return true;
    });
    if (used) return;
  }
}

async function state(door: Door, account: AccountId) {
  return door.store.transaction(async (tx) => {
    const used = await trialOwner.usage(tx, account);
    const roles = await tx
      .tables<IamTables>()
      .selectFrom("iam_role")
      .select("id")
      .where("account", "=", account)
      .execute();
    const attached = await tx
      .tables<IamTables>()
      .selectFrom("iam_attachment")
      .select("entity_id")
      .where("account", "=", account)
      .execute();
    const tasks = await tx
      .tables<IamTables>()
      .selectFrom("iam_deletion_task")
      .select("status")
      .where("account", "=", account)
      .execute();
    return {
      used: used.length > 0,
      roles: roles.map(({ id }) => String(id)),
      attached: attached.map(({ entity_id: id }) => id),
      statuses: tasks.map(({ status }) => status),
      lock: await tx.lockRole(account, principal),
    };
  });
}

const missing = postgresMissing();
describe.each(["SQLite", "PostgreSQL"] as const)("deletion beside use, on %s", (database) => {
  const skipped = database === "PostgreSQL" && missing !== undefined;
  let door: Door;
  let accounts = 0;
  beforeAll(async () => {
    if (skipped) return;
    const url = database === "PostgreSQL" ? await postgresUrl() : undefined;
    door = await openDoor({ url, roleOwners: [trialOwner], migrations: [trialMigration] });
  });
  afterAll(() => door?.close());

  test.skipIf(skipped)("whoever uses the role has it, however the steps fall", async () => {
    const event = fc.constantFrom<Event>("use", "leave", "delete", "work", "work");
    const rounds = fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rounds, async (told) => {
        const account = String(100_000_000_000 + accounts++) as AccountId;
        for (const events of told) {
          await Promise.all(events.map((each) => happen(door, account, each)));
          const now = await state(door, account);
          // Never a user without a role, nor a role beside its lock row, nor a policy on a role that is gone.
          if (now.used) expect(now.roles).toHaveLength(1);
          expect(now.lock === "present").toBe(now.roles.length === 1);
          expect(now.attached).toEqual(now.roles);
        }
        while ((await door.workOnDeletions()) > 0);
        const { statuses } = await state(door, account);
        expect(statuses.filter((status) => status !== "SUCCEEDED" && status !== "FAILED")).toEqual([]);
      }),
      { numRuns: database === "SQLite" ? 40 : 12, seed: 20_261_122 },
    );
  });
});
