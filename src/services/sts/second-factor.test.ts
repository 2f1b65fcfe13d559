import {
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListRolesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authenticatorCode } from "../../../test/support/authenticator.ts";
import { type Door, openDoor, testAccount, userPrincipal } from "../../../test/support/iam-door.ts";
import { minute, second } from "../../kernel/duration.ts";
import type { UserPrincipal } from "../../kernel/principal.ts";

const statement = (body: object) => JSON.stringify({ Version: "2012-10-17", Statement: [body] });
const RoleArn = `arn:aws:iam::${testAccount}:role/guarded`;
const invalid = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
const notTheirs =
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";

let door: Door;
let ann: UserPrincipal;
let bob: UserPrincipal;
let SerialNumber = "";
let seed: Uint8Array | undefined;

/** What ann's device shows, `steps` from now. */
const code = (steps = 0) =>
  authenticatorCode(Buffer.from(seed ?? []), door.clock.now() + steps * 30 * second);

beforeAll(async () => {
  door = await openDoor();
  const root = door.root(testAccount);
  const user = async (UserName: string) => {
    const { User } = await root.send(new CreateUserCommand({ UserName }));
    await root.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: "guarded",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "sts:*", Resource: "*" },
            {
              Effect: "Allow",
              Action: "iam:ListRoles",
              Resource: "*",
              Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": "300" } },
            },
          ],
        }),
      }),
    );
    return userPrincipal(User);
  };
  ann = await user("ann");
  bob = await user("bob");
  await root.send(
    new CreateRoleCommand({
      RoleName: "guarded",
      AssumeRolePolicyDocument: statement({
        Effect: "Allow",
        Principal: { AWS: testAccount },
        Action: "sts:AssumeRole",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      }),
    }),
  );
  const made = await root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "ann" }));
  SerialNumber = made.VirtualMFADevice?.SerialNumber ?? "";
  seed = made.VirtualMFADevice?.Base32StringSeed;
  const codes = { AuthenticationCode1: code(-2), AuthenticationCode2: code(-1) };
  await root.send(new EnableMFADeviceCommand({ UserName: "ann", SerialNumber, ...codes }));
});
afterAll(() => door.close());

const assume = (shown: { SerialNumber?: string; TokenCode?: string }, as = ann) =>
  door.as(as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session", ...shown }));
const denied = (message: string) => expect.objectContaining({ code: "AccessDenied", message });

describe("a code of an MFA device", () => {
  test.each<readonly [string, () => Promise<unknown>, string]>([
    [
      "that is not shown where it is asked for",
      () => assume({}),
      `User: arn:aws:iam::${testAccount}:user/ann is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    ],
    ["that is wrong", () => assume({ SerialNumber, TokenCode: wrong(code()) }), invalid],
    ["that enabled the device", () => assume({ SerialNumber, TokenCode: code(-1) }), invalid],
    ["of another user", () => assume({ SerialNumber, TokenCode: code() }, bob), notTheirs],
    ["of no device", () => assume({ SerialNumber: "GAHT12345678", TokenCode: code() }), notTheirs],
    [
      "without its device",
      () => assume({ TokenCode: code() }),
      "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    ],
    [
      "that is wrong, for a session of the user itself",
      () => door.as(ann).send(new GetSessionTokenCommand({ SerialNumber, TokenCode: wrong(code()) })),
      invalid,
    ],
  ])("is refused: one %s", async (_what, call, message) => {
    await expect(call()).rejects.toEqual(denied(message));
  });

  test("opens a role that asks for it, once", async () => {
    const shown = { SerialNumber, TokenCode: code() };
    const { Credentials } = await assume(shown);
    expect(door.principalOf(Credentials?.AccessKeyId).session.mfaAuthenticated).toBe(true);
    await expect(assume(shown)).rejects.toEqual(denied(invalid));
  });

  test("of calls that show it at once serves one", async () => {
    door.clock.advance(minute);
    const shown = { SerialNumber, TokenCode: code() };
    const outcomes = await Promise.allSettled([assume(shown), assume(shown), assume(shown)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("is carried by a session, with its age", async () => {
    door.clock.advance(minute);
    const { Credentials } = await door
      .as(ann)
      .send(new GetSessionTokenCommand({ SerialNumber, TokenCode: code() }));
    const session = door.session(Credentials?.AccessKeyId);
    await session.send(new ListRolesCommand({}));
    await session.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "again" }));
    door.clock.advance(5 * minute);
    await expect(session.send(new ListRolesCommand({}))).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

test("root shows a code of its own device for a session that carries it", async () => {
  const root = door.root(testAccount);
  const made = await root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "root" }));
  const { SerialNumber = "", Base32StringSeed = new Uint8Array() } = made.VirtualMFADevice ?? {};
  const shows = (steps: number) =>
    authenticatorCode(Buffer.from(Base32StringSeed), door.clock.now() + steps * 30 * second);
  const codes = { AuthenticationCode1: shows(-2), AuthenticationCode2: shows(-1) };
  await root.send(new EnableMFADeviceCommand({ UserName: testAccount, SerialNumber, ...codes }));
  const show = (TokenCode: string) => root.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
  await expect(show(wrong(shows(0)))).rejects.toEqual(denied(invalid));
  const { Credentials } = await show(shows(0));
  expect(door.principalOf(Credentials?.AccessKeyId)).toMatchObject({
    type: "Root",
    session: { mfaAuthenticated: true },
  });
});

function wrong(right: string): string {
  return String((Number(right) + 1) % 1_000_000).padStart(6, "0");
}
