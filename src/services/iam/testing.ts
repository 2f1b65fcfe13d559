import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";
import type { AuthoriseContext, PrepareContext } from "../../dispatch/context.ts";
import type { AnyOperation, Authorisation } from "../../dispatch/operation.ts";
import type { PolicyText } from "../../dispatch/service.ts";
import type { LastUse } from "../../dispatch/trail.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { movableClock } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Principal } from "../../kernel/principal.ts";
import { systemRandom } from "../../kernel/random.ts";
import { globalRegion } from "../../kernel/region.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/types.ts";
import { entityArn } from "./entities.ts";
import { openManagedPolicies } from "./managed-policy-catalogue.ts";
import type { IamPorts } from "./ports.ts";
import { createIamService } from "./service.ts";
import { createServiceLinkedRoleCatalogue } from "./service-linked-role-catalogue.ts";
import { migrations } from "./store.ts";

/** AWS's policies as they come with the project. */
const managedPolicies = openManagedPolicies(fileURLToPath(new URL("../../../data", import.meta.url)));

/** IAM over a database of its own, without the dispatcher around it: nothing is validated, decided or recorded. */
export interface IamUnderTest {
  readonly store: Store;
  readonly ports: IamPorts;
  /** The service control policies of accounts that an organization binds, a list per level. */
  readonly controls: Map<AccountId, readonly (readonly PolicyText[])[]>;
  /** An account that nothing else uses. */
  account(): AccountId;
  /** Calls an operation as the account's root, or as somebody else. */
  call(account: AccountId, operation: string, input: object, as?: Principal): Promise<Answer>;
  /** What the caller would have to be permitted. */
  authorise(
    account: AccountId,
    operation: string,
    input: object,
    as?: Principal,
  ): Promise<readonly Authorisation[]>;
}

/** An answer, its members not yet looked at. */
type Answer = Readonly<Record<string, unknown>>;

/** Runs the tests on SQLite and, where it is installed, on PostgreSQL. */
export function onBothDatabases(name: string, tests: (iam: () => IamUnderTest) => void): void {
  const missing = postgresMissing();
  for (const database of ["SQLite", "PostgreSQL"] as const) {
    const skipped = database === "PostgreSQL" && missing !== undefined;
    describe.skipIf(skipped)(`${name} on ${database}${skipped ? ` (SKIPPED: ${missing})` : ""}`, () => {
      const dataDir = mkdtempSync(join(tmpdir(), "roadstead-iam-"));
      let opened: IamUnderTest | undefined;
      beforeAll(async () => {
        const url = database === "PostgreSQL" ? await postgresUrl() : undefined;
        opened = iamOver(
          await openStore({ url, dataDir, migrations, clock: movableClock(), random: systemRandom }),
        );
      });
      afterAll(async () => {
        await opened?.store.close();
        rmSync(dataDir, { recursive: true, force: true });
      });
      tests(() => {
        if (opened === undefined) throw new Error("the database is not open");
        return opened;
      });
    });
  }
}

const never: LastUse = {
  role: async () => undefined,
  accessKey: async () => undefined,
  services: async () => [],
};

function iamOver(store: Store): IamUnderTest {
  const controls: IamUnderTest["controls"] = new Map();
  const ports: IamPorts = {
    serviceControl: async (_rows, account) => controls.get(account),
    managedPolicies,
    slrCatalogue: createServiceLinkedRoleCatalogue([]),
    roleOwners: () => [],
    lastUse: never,
    jobs: store.jobs,
    runningCalls: () => [],
    organizations: { membership: async () => undefined, scope: async () => undefined },
    serverThumbprint: async () => undefined,
    usersOfCertificate: async () => [],
    issuerAddress: (id) => `https://issuers.example.com/${id}`,
    // Marked, not encrypted: what matters here is that it went through the sealer.
    sealer: {
      seal: (purpose, plain) => `${purpose}|${plain}`,
      open: (purpose, sealed) =>
        sealed.startsWith(`${purpose}|`) ? sealed.slice(purpose.length + 1) : undefined,
    },
  };
  const { operations } = createIamService(ports);
  let accounts = 100_000_000_000;

  function operationNamed(name: string): AnyOperation {
    const operation = operations[name];
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return operation;
  }

  function contextOf(account: AccountId, principal: Principal): PrepareContext & AuthoriseContext {
    return {
      requestId: "test",
      principal,
      account,
      region: globalRegion,
      now: Date.UTC(2026, 8, 11, 10, 20, 28, 123),
      random: systemRandom,
      source: { ip: "127.0.0.1", userAgent: "test", secure: false },
      calledVia: [],
      rows: store.rows,
      as: nobody,
      forward: nobody,
    };
  }

  return {
    store,
    ports,
    controls,
    account: () => String(accounts++) as AccountId,

    async call(account, name, input, principal = rootOf(account)) {
      const operation = operationNamed(name);
      const ctx = contextOf(account, principal);
      await operation.authorise(input, ctx);
      if ("read" in operation) return (await operation.read(ctx, input)) as Answer;
      if ("stage" in operation) throw new Error(`${name} takes a stream`);
      const prepared: unknown = await operation.prepare?.(ctx, input);
      return store.transaction(async (tx) => (await operation.commit(tx, ctx, input, prepared)) as Answer);
    },

    async authorise(account, name, input, principal = rootOf(account)) {
      return operationNamed(name).authorise(input, contextOf(account, principal));
    },
  };
}

function nobody(): never {
  throw new Error("no calls to other services here");
}

/** The root of an account. */
export function rootOf(account: AccountId): Principal {
  return { type: "Root", account, arn: rootArn(account), accessKeyId: "AKIAROOT" };
}

/** A user as authentication would hand it over. */
export function userOf(account: AccountId, userName: string, userId = "AIDATEST"): Principal {
  const arn = entityArn(account, "user", "/", userName);
  return { type: "IAMUser", account, arn, userName, userId, accessKeyId: "AKIAUSER" };
}

/**
 * A call and what comes of it: the members that the answer must have, or the fault as `Code: message`. `ACCOUNT`
 * stands for the account's id, in input and outcome alike.
 */
export type Step = readonly [operation: string, input: object, outcome?: object | string];

/** A story in an account of its own, told in calls of its root. */
export type Story = readonly [what: string, ...steps: Step[]];

/** Runs each story as a test. */
export function play(iam: () => IamUnderTest, stories: readonly Story[]): void {
  test.each(stories.map(([what, ...steps]) => ({ what, steps })))("$what", async ({ steps }) => {
    const account = iam().account();
    const inAccount = <T>(value: T): T =>
      JSON.parse(JSON.stringify(value).replaceAll("ACCOUNT", account)) as T;
    for (const [operation, input, outcome = {}] of steps) {
      const happened = await outcomeOf(iam().call(account, operation, inAccount(input)));
      const expected = inAccount(outcome);
      if (typeof expected === "string" || typeof happened === "string") {
        expect(happened, operation).toEqual(expected);
      } else {
        expect(plain(happened), operation).toMatchObject(expected);
      }
    }
  });
}

/** The answer, or the fault as `Code: message`. Anything else that is thrown is thrown on. */
export async function outcomeOf<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Dates as text, and members that are `undefined` left out, as on the wire. */
function plain(answer: Answer): unknown {
  return JSON.parse(JSON.stringify(answer));
}
