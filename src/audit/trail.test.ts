import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatArn } from "../kernel/arn.ts";
import type { AccountId, Region, RoleId } from "../kernel/brand.ts";
import { systemClock } from "../kernel/clock.ts";
import { day } from "../kernel/duration.ts";
import type { Principal } from "../kernel/principal.ts";
import { systemRandom } from "../kernel/random.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/types.ts";
import { newestUse, usesOf } from "./last-use.ts";
import type { CallRecord } from "./record.ts";
import { migrations } from "./store.ts";
import { type AuditTrail, createAuditTrail, type Lookup } from "./trail.ts";

const account = "111122223333" as AccountId;
const neighbour = "444455556666" as AccountId;
const region = "eu-west-1" as Region;
const now = Date.UTC(2026, 8, 16);

const ann: Principal = {
  type: "IAMUser",
  account,
  arn: formatArn("iam", "", account, "user/ann"),
  userName: "ann",
  userId: "AIDAANN",
  accessKeyId: "AKIAANN",
};
const copier: Principal = {
  type: "AssumedRole",
  account,
  arn: formatArn("sts", "", account, "assumed-role/Copier/copying"),
  roleArn: formatArn("iam", "", account, "role/Copier"),
  roleName: "Copier",
  roleId: "AROACOPIER" as RoleId,
  sessionName: "copying",
  accessKeyId: "ASIACOPIER",
  session: { issuedAt: now, expiresAt: now + day },
};
const repository = {
  arn: formatArn("ecr", region, account, "repository/team/app"),
  type: "AWS::ECR::Repository",
};

let made = 0;
function call(more: Partial<CallRecord> = {}): CallRecord {
  made += 1;
  return {
    eventId: `event-${String(made).padStart(6, "0")}`,
    requestId: `request-${made}`,
    time: now,
    eventSource: "ecr.amazonaws.com",
    eventName: "PutImage",
    region,
    principal: ann,
    sourceIp: "192.0.2.7",
    userAgent: "test",
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    resources: [],
    ...more,
  };
}

let dataDir: string;
let store: Store;
let trail: AuditTrail;
let errors: unknown[];
beforeEach(async () => {
  made = 0;
  errors = [];
  dataDir = mkdtempSync(join(tmpdir(), "roadstead-audit-"));
  store = await openStore({ dataDir, migrations, clock: systemClock, random: systemRandom });
  trail = createAuditTrail(store, (error) => errors.push(error));
});
afterEach(async () => {
  await trail.flush();
  await store.close();
  rmSync(dataDir, { recursive: true });
});

const here = { account, region, limit: 50 };
const idsOf = async (query: Partial<Lookup> = {}, from = trail): Promise<readonly string[]> =>
  (await from.lookup({ ...here, ...query })).events.map((event) => event.eventId.slice(-1));

/** What is on disk, as another process sees it. */
const written = () =>
  idsOf(
    {},
    createAuditTrail(store, () => undefined),
  );

describe("what is recorded when", () => {
  test("a change with its transaction, or not at all", async () => {
    await store.transaction((tx) => trail.recordIn(tx, call()));
    await expect(
      store.transaction(async (tx) => {
        await trail.recordIn(tx, call());
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    expect(await written()).toEqual(["1"]);
  });

  test("a failed call before its answer, many in one transaction", async () => {
    await Promise.all([call(), call(), call()].map((one) => trail.recordNow(one)));
    expect(await written()).toEqual(["3", "2", "1"]);
  });

  test("a read later, at the latest when it is asked for", async () => {
    expect(trail.recordSoon(call())).toBeUndefined();
    expect(await written()).toEqual([]);
    expect(await idsOf()).toEqual(["1"]);
  });

  test("reads wait for the writer when too many are queued", async () => {
    let waited: Promise<void> | undefined;
    let queued = 0;
    while (waited === undefined && queued < 25_000) {
      waited = trail.recordSoon(call({ eventId: `read-${queued}` }));
      queued += 1;
    }
    expect(queued).toBe(20_001);
    await waited;
    expect((await createAuditTrail(store, () => undefined).lookup(here)).next).toBeDefined();
  });

  test("what could not be written is tried again, in its place", async () => {
    let broken = true;
    const failing: Store = {
      ...store,
      transaction: (work) => (broken ? Promise.reject(new Error("disk full")) : store.transaction(work)),
    };
    const fragile = createAuditTrail(failing, (error) => errors.push(error));
    await expect(fragile.recordNow(call())).rejects.toThrow("disk full");
    expect(errors).toEqual([new Error("disk full")]);
    await expect(fragile.recordNow(call())).rejects.toThrow("disk full");
    broken = false;
    // Nothing else has to happen for it.
    await vi.waitFor(async () => expect(await written()).toEqual(["2", "1"]), { timeout: 20_000 });
    expect(await newestUse(store.rows, trail, "AKIAANN", now)).toMatchObject({ action: "PutImage" });
  });

  test("what waits is forgotten by discard, even if it is being written", async () => {
    expect(trail.recordSoon(call())).toBeUndefined();
    trail.discard();
    await trail.flush();
    expect(trail.recordSoon(call())).toBeUndefined();
    const writing = trail.flush();
    trail.discard();
    await writing;
    expect(await written()).toEqual([]);
  });
});

describe("who sees an event", () => {
  test("the caller's account and the owners of what it named, each once", async () => {
    await trail.recordNow(
      call({
        resources: [
          { ...repository, account },
          { ...repository, account: neighbour },
        ],
      }),
    );
    for (const recipient of [account, neighbour]) {
      const { events } = await trail.lookup({ ...here, account: recipient });
      expect(events.map((event) => JSON.parse(event.record).recipientAccountId)).toEqual([recipient]);
    }
  });

  test("nobody else, and no other region", async () => {
    await trail.recordNow(call());
    expect(await idsOf({ account: neighbour })).toEqual([]);
    expect(await idsOf({ region: "us-east-1" as Region })).toEqual([]);
  });

  test("of an anonymous call, only the owner of what it named", async () => {
    await trail.recordNow(
      call({ principal: { type: "Anonymous" }, resources: [{ ...repository, account: neighbour }] }),
    );
    expect(await idsOf()).toEqual([]);
    expect(await idsOf({ account: neighbour })).toEqual(["1"]);
  });
});

describe("lookup", () => {
  beforeEach(async () => {
    await trail.recordNow(call({ time: now - 3000, resources: [{ ...repository, account }] }));
    await trail.recordNow(call({ time: now - 2000, eventName: "DescribeImages", readOnly: true }));
    await trail.recordNow(call({ time: now - 1000, principal: copier, eventSource: "iam.amazonaws.com" }));
    await trail.recordNow(call({ time: now - 1000, eventName: "GetRole", readOnly: true }));
  });

  test.each<readonly [Partial<Lookup>, string]>([
    [{}, "4321"],
    [{ from: now - 2000 }, "432"],
    [{ to: now - 2000 }, "21"],
    [{ from: now - 2000, to: now - 2000 }, "2"],
    [{ attribute: { key: "EventId", value: "event-000003" } }, "3"],
    [{ attribute: { key: "EventName", value: "PutImage" } }, "31"],
    [{ attribute: { key: "EventName", value: "putimage" } }, ""],
    [{ attribute: { key: "ReadOnly", value: "true" } }, "42"],
    [{ attribute: { key: "ReadOnly", value: "false" } }, "31"],
    [{ attribute: { key: "Username", value: "copying" } }, "3"],
    [{ attribute: { key: "Username", value: "ann" } }, "421"],
    [{ attribute: { key: "EventSource", value: "iam.amazonaws.com" } }, "3"],
    [{ attribute: { key: "AccessKeyId", value: "ASIACOPIER" } }, "3"],
    [{ attribute: { key: "ResourceType", value: "AWS::ECR::Repository" } }, "1"],
    [{ attribute: { key: "ResourceName", value: repository.arn } }, "1"],
    [{ attribute: { key: "ResourceName", value: "app" } }, "1"],
    [{ attribute: { key: "ResourceName", value: "ap" } }, ""],
  ])("%j finds %j, newest first", async (query, expected) => {
    expect((await idsOf(query)).join("")).toBe(expected);
  });

  test.each<readonly [number, Lookup["attribute"], readonly string[]]>([
    [1, undefined, ["4", "3", "2", "1"]],
    [2, undefined, ["43", "21"]],
    [3, undefined, ["432", "1"]],
    [4, undefined, ["4321"]],
    [1, { key: "ResourceType", value: "AWS::ECR::Repository" }, ["1"]],
    [1, { key: "ReadOnly", value: "true" }, ["4", "2"]],
  ])("pages of %i of %j", async (limit, attribute, expected) => {
    const pages: string[] = [];
    let after: string | undefined;
    do {
      const page = await trail.lookup({ ...here, limit, attribute, after });
      pages.push(page.events.map((event) => event.eventId.slice(-1)).join(""));
      after = page.next;
      // What comes between two pages is newer: it moves nothing.
      await trail.recordNow(call({ time: now + made, eventName: "Later", region: "sa-east-1" as Region }));
    } while (after !== undefined);
    expect(pages).toEqual(expected);
  });

  test("a page is not disturbed by events that arrive after it", async () => {
    const first = await trail.lookup({ ...here, limit: 2 });
    await trail.recordNow(call({ time: now }));
    expect(await idsOf({ after: first.next })).toEqual(["2", "1"]);
  });

  test("an event found tells what LookupEvents answers", async () => {
    const { events } = await trail.lookup({ ...here, to: now - 3000 });
    expect(events).toMatchObject([
      {
        eventId: "event-000001",
        eventName: "PutImage",
        eventSource: "ecr.amazonaws.com",
        eventTime: now - 3000,
        readOnly: false,
        accessKeyId: "AKIAANN",
        username: "ann",
        resources: [{ type: "AWS::ECR::Repository", name: repository.arn }],
      },
    ]);
  });
});

describe("last use", () => {
  test("is the newest, in whatever order calls are written", async () => {
    for (const [time, eventName] of [
      [now - 2000, "PutImage"],
      [now - 1000, "DescribeImages"],
      [now - 5000, "DescribeImages"],
    ] as const) {
      await trail.recordNow(call({ time, eventName, principal: copier }));
    }
    expect(await newestUse(store.rows, trail, "AROACOPIER", now)).toEqual({
      identity: "AROACOPIER",
      service: "ecr",
      action: "DescribeImages",
      at: now - 1000,
      region,
    });
    expect(await usesOf(store.rows, trail, ["AROACOPIER", "AIDANOBODY"], now)).toMatchObject([
      { action: "DescribeImages", at: now - 1000 },
      { action: "PutImage", at: now - 2000 },
    ]);
    expect(await usesOf(store.rows, trail, [], now)).toEqual([]);
  });

  test("is told before it is on disk, while it is written, and after", async () => {
    await trail.recordNow(call({ time: now - 1000, eventName: "DescribeImages" }));
    trail.noteUse(call({ eventName: "PutImage" }));
    const seen = async () => [
      (await newestUse(store.rows, trail, "AKIAANN", now))?.action,
      ...(await usesOf(store.rows, trail, ["AIDAANN"], now)).map(({ action, at }) => `${action} ${now - at}`),
    ];
    const both = ["PutImage", "DescribeImages 1000", "PutImage 0"];
    expect(await seen()).toEqual(both);
    const writing = trail.flush();
    expect(await seen()).toEqual(both);
    await writing;
    expect(trail.pendingUses(["AIDAANN", "AKIAANN"])).toEqual([]);
    expect(await seen()).toEqual(both);
    trail.noteUse(call({ eventName: "BatchGetImage", time: now + 1000 }));
    trail.discard();
    expect(await seen()).toEqual(both);
  });

  test("is forgotten after 400 days", async () => {
    await trail.recordNow(call({ time: now - 400 * day }));
    expect(await newestUse(store.rows, trail, "AIDAANN", now)).toBeDefined();
    expect(await newestUse(store.rows, trail, "AIDAANN", now + 1)).toBeUndefined();
    expect(await usesOf(store.rows, trail, ["AIDAANN"], now + 1)).toEqual([]);
  });

  test("is noted for committed changes too, which recordIn does not do by itself", async () => {
    const change = call();
    await store.transaction((tx) => trail.recordIn(tx, change));
    expect(await newestUse(store.rows, trail, "AKIAANN", now)).toBeUndefined();
    trail.noteUse(change);
    expect(await newestUse(store.rows, trail, "AKIAANN", now)).toMatchObject({ at: now, region });
    await trail.flush();
    expect(await written()).toEqual(["1"]);
  });
});
