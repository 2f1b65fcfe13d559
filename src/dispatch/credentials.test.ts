import { describe, expect, test } from "vitest";
import { testSealer } from "../authn/sealer.testing.ts";
import { issueSession } from "../authn/session-token.ts";
import type { Signature } from "../authn/signature.ts";
import type { AccountId } from "../kernel/brand.ts";
import { systemRandom } from "../kernel/random.ts";
import { createCredentials, wellKnownAccount } from "./credentials.ts";
import { account, began, type House, inHouse, user } from "./house.testing.ts";
import type { LongTermKey } from "./identity.ts";

const sealer = testSealer();
const given = { accessKeyId: "AKIAGIVEN", secretAccessKey: "given", account };

/** Credentials over a directory that a test changes, and how often it was asked. */
function credentialsOf(house: House, wellKnownKeys = true) {
  const keys = new Map<string, LongTermKey>();
  const asked = { times: 0 };
  const credentials = createCredentials({
    store: house.store,
    directory: {
      accessKey: async (_rows, id) => {
        asked.times += 1;
        return keys.get(id);
      },
      standing: async () => undefined,
      serviceLinkedRole: async () => undefined,
      role: async () => undefined,
    },
    sealer,
    wellKnownKeys,
    bootstrapKeys: [given],
  });
  const find = (accessKeyId: string, sessionToken?: string, now = began) =>
    credentials.find({ accessKeyId, sessionToken } as Signature, now);
  return { keys, asked, find };
}

const key = (active: boolean): LongTermKey => ({ secretAccessKey: "s3cret", active, principal: user("ann") });
const invalid = { code: "InvalidClientTokenId" };

test.each([
  ["test", "000000000000"],
  ["000000000000", "000000000000"],
  [account, account],
  ["TEST", undefined],
  ["12345678901", undefined],
  ["", undefined],
])("%j stands for the root of %j", (id, expected) => {
  expect(wellKnownAccount(id)).toBe(expected);
});

describe("keys of the root", () => {
  test("are well known on loopback", async () => {
    await inHouse({}, async (house) => {
      const { find } = credentialsOf(house);
      expect(await find(account)).toEqual({
        secretAccessKey: "test",
        principal: { type: "Root", account, arn: `arn:aws:iam::${account}:root`, accessKeyId: account },
      });
      expect((await find("test")).principal).toMatchObject({ account: "000000000000" });
    });
  });

  test("are not, elsewhere", async () => {
    await inHouse({}, async (house) => {
      const { find } = credentialsOf(house, false);
      await expect(find("test")).rejects.toMatchObject(invalid);
      await expect(find(account)).rejects.toMatchObject(invalid);
    });
  });

  test("may be given at start", async () => {
    await inHouse({}, async (house) => {
      expect(await credentialsOf(house).find("AKIAGIVEN")).toMatchObject({
        secretAccessKey: "given",
        principal: { type: "Root", account, accessKeyId: "AKIAGIVEN" },
      });
    });
  });
});

describe("long-term keys", () => {
  test("are asked for once, until something of the account changes", async () => {
    await inHouse({}, async (house) => {
      const { keys, asked, find } = credentialsOf(house);
      keys.set("AKIAANN", key(true));
      expect(await find("AKIAANN")).toEqual({ secretAccessKey: "s3cret", principal: user("ann") });
      const times = asked.times;
      await find("AKIAANN");
      expect(asked.times).toBe(times);

      keys.set("AKIAANN", key(false));
      await house.store.transaction((tx) => tx.bumpEpoch("444455556666" as AccountId));
      expect(await find("AKIAANN")).toMatchObject({ secretAccessKey: "s3cret" });
      await house.store.transaction((tx) => tx.bumpEpoch(account));
      await expect(find("AKIAANN")).rejects.toMatchObject(invalid);
      keys.delete("AKIAANN");
      await house.store.transaction((tx) => tx.bumpEpoch(account));
      await expect(find("AKIAANN")).rejects.toMatchObject(invalid);
    });
  });

  test("that nobody has are asked for again: they may be made meanwhile, on another node", async () => {
    await inHouse({}, async (house) => {
      const { keys, find } = credentialsOf(house);
      await expect(find("AKIAANN")).rejects.toMatchObject(invalid);
      keys.set("AKIAANN", key(true));
      expect(await find("AKIAANN")).toMatchObject({ secretAccessKey: "s3cret" });
    });
  });
});

describe("sessions", () => {
  const session = { issuedAt: began, expiresAt: began + 900_000 };
  const issued = issueSession({ ...user("ann"), session }, sealer, systemRandom);

  test("are their token, for as long as they last", async () => {
    await inHouse({}, async (house) => {
      const { find } = credentialsOf(house);
      const { accessKeyId, secretAccessKey, sessionToken } = issued;
      expect(await find(accessKeyId, sessionToken)).toMatchObject({
        secretAccessKey,
        principal: { type: "IAMUser", userName: "ann", accessKeyId, session },
      });
      await expect(find(accessKeyId, sessionToken, session.expiresAt)).rejects.toMatchObject({
        code: "ExpiredToken",
      });
    });
  });

  test("are nothing without it, with another's, or with one that was not issued here", async () => {
    await inHouse({}, async (house) => {
      const { find } = credentialsOf(house);
      const other = issueSession({ ...user("eve"), session }, sealer, systemRandom);
      const foreign = issueSession({ ...user("ann"), session }, testSealer(), systemRandom);
      for (const token of [undefined, "", "x", other.sessionToken, foreign.sessionToken]) {
        await expect(find(issued.accessKeyId, token)).rejects.toMatchObject(invalid);
      }
    });
  });
});
