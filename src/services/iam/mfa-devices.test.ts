import { describe, expect, test } from "vitest";
import { authenticatorCode } from "../../../test/support/authenticator.ts";
import { second } from "../../kernel/duration.ts";
import { createSecondFactor } from "./second-factor.ts";
import type { IamTables } from "./store.ts";
import { type IamUnderTest, onBothDatabases, outcomeOf, play, rootOf, userOf } from "./testing.ts";

/** The time of every call in these tests. */
const now = Date.UTC(2026, 8, 11, 10, 20, 28, 123);
const step = 30 * second;
const serial = "arn:aws:iam::ACCOUNT:mfa/d";

onBothDatabases("MFA devices", (iam) => {
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February 2026.
  play(iam, [
    [
      "that nobody has",
      [
        "CreateVirtualMFADevice",
        { VirtualMFADeviceName: "d" },
        { VirtualMFADevice: { SerialNumber: serial } },
      ],
      [
        "CreateVirtualMFADevice",
        { VirtualMFADeviceName: "d" },
        "EntityAlreadyExists: MFA device already exists.",
      ],
      [
        "CreateVirtualMFADevice",
        { VirtualMFADeviceName: "d", Path: "/a//b/", Tags: [{ Key: "k", Value: "v" }] },
        {
          VirtualMFADevice: {
            SerialNumber: "arn:aws:iam::ACCOUNT:mfa/a//b/d",
            Tags: [{ Key: "k", Value: "v" }],
          },
        },
      ],
      [
        "ListVirtualMFADevices",
        {},
        {
          VirtualMFADevices: [{ SerialNumber: "arn:aws:iam::ACCOUNT:mfa/a//b/d" }, { SerialNumber: serial }],
          IsTruncated: false,
        },
      ],
      ["ListVirtualMFADevices", { AssignmentStatus: "Assigned" }, { VirtualMFADevices: [] }],
      ["ListVirtualMFADevices", { AssignmentStatus: "Unassigned", MaxItems: 1 }, { IsTruncated: true }],
      ["ListVirtualMFADevices", { Marker: "invalid" }, "ValidationError: Invalid Marker."],
      ["TagMFADevice", { SerialNumber: serial, Tags: [{ Key: "a", Value: "1" }] }],
      [
        "ListMFADeviceTags",
        { SerialNumber: serial },
        { Tags: [{ Key: "a", Value: "1" }], IsTruncated: false },
      ],
      ["UntagMFADevice", { SerialNumber: serial, TagKeys: ["a"] }],
      ["ListMFADeviceTags", { SerialNumber: serial }, { Tags: [] }],
      ["GetMFADevice", { SerialNumber: serial }, { SerialNumber: serial }],
      ["DeleteVirtualMFADevice", { SerialNumber: serial }],
      [
        "DeleteVirtualMFADevice",
        { SerialNumber: serial },
        `NoSuchEntity: MFA Device with serial number ${serial} does not exist.`,
      ],
      [
        "DeleteVirtualMFADevice",
        { SerialNumber: "GAHT12345678" },
        "NoSuchEntity: MFA Device with serial number GAHT12345678 does not exist.",
      ],
    ],
    [
      "that are not there, of users that are not there",
      ["CreateUser", { UserName: "u" }],
      [
        "EnableMFADevice",
        { UserName: "x", SerialNumber: serial, AuthenticationCode1: "123456", AuthenticationCode2: "654321" },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      [
        "DeactivateMFADevice",
        { UserName: "x", SerialNumber: serial },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      [
        "DeactivateMFADevice",
        { UserName: "u", SerialNumber: serial },
        `NoSuchEntity: MFA Device with serial number ${serial} does not exist.`,
      ],
    ],
  ]);

  test("a device is a user's once it has shown two consecutive codes, which are then used", async () => {
    const { account, device, code, act } = await withDevice(iam());
    const enable = (first: number, next: number, UserName = "u") =>
      act("EnableMFADevice", {
        UserName,
        AuthenticationCode1: code(first),
        AuthenticationCode2: code(next),
      });
    const invalid = "InvalidAuthenticationCode: Authentication code for device is not valid.";
    expect(await enable(0, -1)).toBe(invalid);
    expect(await enable(-2, 0)).toBe(invalid);
    expect(await enable(-9, -8)).toBe(invalid);
    expect(await enable(-1, 0)).toEqual({});
    expect(await enable(0, 1)).toBe("EntityAlreadyExists: MFA Device is already in use.");
    const shown = { SerialNumber: device, EnableDate: new Date(now - (now % second)) };
    expect(await act("ListMFADevices", { UserName: "u" })).toEqual({
      MFADevices: [{ ...shown, UserName: "u" }],
      IsTruncated: false,
    });
    expect(await act("ListVirtualMFADevices", { AssignmentStatus: "Assigned" })).toMatchObject({
      VirtualMFADevices: [{ ...shown, User: { UserName: "u" } }],
    });
    expect(await act("GetMFADevice", {})).toEqual({ ...shown, UserName: "u" });
    await iam().call(account, "CreateUser", { UserName: "v" });
    expect(await act("GetMFADevice", { UserName: "v" })).toMatch(/^NoSuchEntity: MFA Device with serial/);
    expect(await act("DeactivateMFADevice", { UserName: "v" })).toMatch(/^NoSuchEntity: /);
    expect(await act("DeleteVirtualMFADevice", {})).toMatch(/^DeleteConflict: /);
    expect(await act("DeleteUser", { UserName: "u" })).toBe(
      "DeleteConflict: Cannot delete entity, must delete MFA device first.",
    );
    expect(await act("GetAccountSummary", {})).toMatchObject({
      SummaryMap: { MFADevices: 1, MFADevicesInUse: 1 },
    });
    expect(await act("DeactivateMFADevice", { UserName: "u" })).toEqual({});
    expect(await act("ListMFADevices", { UserName: "u" })).toMatchObject({ MFADevices: [] });
    expect(await enable(-1, 0)).toBe(invalid);
    expect(await act("DeleteUser", { UserName: "u" })).toEqual({});
  });

  test("root has one too, by the number of its account", async () => {
    const { account, device, code, act } = await withDevice(iam());
    const codes = { AuthenticationCode1: code(-2), AuthenticationCode2: code(-1) };
    const asUser = userOf(account, "u", "AIDAEXAMPLE");
    const byUser = iam().call(
      account,
      "EnableMFADevice",
      { ...codes, SerialNumber: device, UserName: account },
      asUser,
    );
    expect(await outcomeOf(byUser)).toBe(`NoSuchEntity: The user with name ${account} cannot be found.`);
    const enabled = async () =>
      ((await act("GetAccountSummary", {})) as { SummaryMap: Record<string, number> }).SummaryMap;
    expect(await enabled()).toMatchObject({ AccountMFAEnabled: 0 });
    expect(await act("EnableMFADevice", { UserName: account, ...codes })).toEqual({});
    expect(await enabled()).toMatchObject({ AccountMFAEnabled: 1, MFADevicesInUse: 1 });
    const EnableDate = new Date(now - (now % second));
    expect(await act("ListVirtualMFADevices", {})).toMatchObject({
      VirtualMFADevices: [{ User: { UserId: account, Arn: `arn:aws:iam::${account}:root` }, EnableDate }],
    });
    expect(await act("GetMFADevice", {})).toEqual({ SerialNumber: device, EnableDate });
    expect(await act("ListMFADevices", {})).toMatchObject({ MFADevices: [{ SerialNumber: device }] });
    expect(await act("ListMFADevices", { UserName: "u" })).toMatchObject({ MFADevices: [] });
    const resync = { AuthenticationCode1: code(40), AuthenticationCode2: code(41) };
    expect(await act("ResyncMFADevice", { UserName: account, ...resync })).toEqual({});
    const factor = createSecondFactor(iam().ports.sealer, (work) => iam().store.transaction(work));
    const shown = { caller: rootOf(account), serial: device, code: code(42), now };
    expect([await factor.spend(shown), await factor.spend(shown)]).toEqual([true, false]);
    expect(await act("DeactivateMFADevice", {})).toEqual({});
    expect(await enabled()).toMatchObject({ AccountMFAEnabled: 0 });
    expect(await act("ListMFADevices", {})).toMatchObject({ MFADevices: [] });
  });

  test("of two who enable one device at once, one does", async () => {
    const { code, act } = await withDevice(iam());
    const codes = { UserName: "u", AuthenticationCode1: code(-1), AuthenticationCode2: code(0) };
    const outcomes = await Promise.all([act("EnableMFADevice", codes), act("EnableMFADevice", codes)]);
    expect(outcomes.filter((outcome) => typeof outcome === "string")).toEqual([
      "EntityAlreadyExists: MFA Device is already in use.",
    ]);
  });

  test("the seed is sealed", async () => {
    const { device, seed } = await withDevice(iam());
    expect(String(seed)).toMatch(/^[A-Z2-7]{64}$/);
    const row = await iam()
      .store.rows.tables<IamTables>()
      .selectFrom("iam_mfa_device")
      .select("seed")
      .where("arn", "=", device as never)
      .executeTakeFirstOrThrow();
    expect(row.seed).toMatch(/^iam\.mfa-device\|/);
  });

  describe("as a second factor", () => {
    test("shows codes that count once, for its user alone, by its clock", async () => {
      const { account, userId, device, code, act } = await withDevice(iam());
      const factor = createSecondFactor(iam().ports.sealer, (work) => iam().store.transaction(work));
      const caller = userOf(account, "u", userId);
      const show = (n: number, as = caller, when = now) => ({
        caller: as,
        serial: device,
        code: code(n),
        now: when,
      });
      const check = (...shown: Parameters<typeof show>) => factor.check(iam().store.rows, show(...shown));

      expect(await check(0)).toBe("no device");
      const enabling = { AuthenticationCode1: code(-3), AuthenticationCode2: code(-2) };
      await act("EnableMFADevice", { UserName: "u", ...enabling });
      expect(await check(-2, caller, now - 2 * step)).toBe("invalid");
      expect(await check(0, userOf(account, "u", "AIDAOTHER"))).toBe("no device");
      expect(await factor.check(iam().store.rows, { ...show(0), caller: rootOf(account) })).toBe("no device");
      expect([await check(-2), await check(2), await check(-1), await check(1)]).toEqual([
        "invalid",
        "invalid",
        "valid",
        "valid",
      ]);

      const spent = await Promise.all([factor.spend(show(0)), factor.spend(show(0))]);
      expect(spent.sort()).toEqual([false, true]);
      expect([await check(0), await check(-1), await check(1)]).toEqual(["invalid", "invalid", "valid"]);

      const resync = { AuthenticationCode1: code(40), AuthenticationCode2: code(41) };
      expect(await act("ResyncMFADevice", { UserName: "u", ...resync })).toEqual({});
      expect([await check(41), await check(42), await check(0)]).toEqual(["invalid", "valid", "invalid"]);
      expect(await act("ResyncMFADevice", { UserName: "u", ...resync })).toMatch(
        /^InvalidAuthenticationCode: /,
      );
    });
  });
});

/** An account with the user `u` and a device that nobody has. `code(n)` is what it shows n steps from now. */
async function withDevice(iam: IamUnderTest) {
  const account = iam.account();
  const { User } = await iam.call(account, "CreateUser", { UserName: "u" });
  const { VirtualMFADevice } = await iam.call(account, "CreateVirtualMFADevice", {
    VirtualMFADeviceName: "d",
  });
  const { SerialNumber: device = "", Base32StringSeed: seed } = VirtualMFADevice as {
    SerialNumber?: string;
    Base32StringSeed?: Uint8Array;
  };
  return {
    account,
    userId: String((User as { UserId?: string }).UserId),
    device,
    seed,
    code: (n: number) => authenticatorCode(seed, now + n * step),
    act: (operation: string, input: object) =>
      outcomeOf(iam.call(account, operation, { SerialNumber: device, ...input })),
  };
}
