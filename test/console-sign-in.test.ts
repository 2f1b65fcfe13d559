import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  AttachUserPolicyCommand,
  ChangePasswordCommand,
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../src/kernel/clock.ts";
import { authenticatorCode } from "./support/authenticator.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

const account = "000000000000";
const password = "Correct-horse-1";
const clock = movableClock();
let roadstead: TestRoadstead;
let iam: IAMClient;

interface Answer {
  readonly outcome?: string;
  readonly error?: string;
  readonly message?: string;
  readonly arn?: string;
  readonly expiresAt?: number;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

async function signIn(
  members: Readonly<Record<string, unknown>>,
  request: RequestInit = {},
): Promise<Answer & { readonly status: number }> {
  const response = await fetch(`${roadstead.url}/_roadstead/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account, password, ...members }),
    ...request,
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}

async function user(name: string, options: { readonly PasswordResetRequired?: boolean } = {}): Promise<void> {
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new CreateLoginProfileCommand({ UserName: name, Password: password, ...options }));
  await iam.send(
    new AttachUserPolicyCommand({ UserName: name, PolicyArn: "arn:aws:iam::aws:policy/IAMFullAccess" }),
  );
}

/** The sign-ins that CloudTrail shows of a user, newest first. */
async function signIns(name: string): Promise<readonly Record<string, unknown>[]> {
  const { Events: events = [] } = await new CloudTrailClient(roadstead.client()).send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ConsoleLogin" }],
    }),
  );
  return events
    .map((event) => JSON.parse(event.CloudTrailEvent ?? "{}"))
    .filter((event) => event.userIdentity.userName === name);
}

describe("signing in to the console with a password", () => {
  beforeAll(async () => {
    roadstead = await testRoadstead({}, { clock });
    iam = new IAMClient(roadstead.client());
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: "harbour" }));
    for (const name of ["ann", "bob", "eve", "sam"]) await user(name);
    await user("new", { PasswordResetRequired: true });
    await iam.send(new CreateUserCommand({ UserName: "robot" }));
  });

  afterAll(() => roadstead?.stop());

  test.each([account, "harbour"])(
    "of the account %s: a session of the user, as good as the password",
    async (named) => {
      const answer = await signIn({ account: named, userName: "ann" });
      expect(answer).toMatchObject({
        status: 200,
        outcome: "signed-in",
        arn: `arn:aws:iam::${account}:user/ann`,
      });
      expect((answer.expiresAt ?? 0) - clock.now()).toBeLessThanOrEqual(12 * 3_600_000);
      const settings = { ...roadstead.client(), credentials: answer.credentials };
      const { Arn } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
      expect(Arn).toBe(`arn:aws:iam::${account}:user/ann`);
      // AWS closes IAM to sessions of GetSessionToken without MFA, not to the console.
      expect((await new IAMClient(settings).send(new ListUsersCommand({}))).Users).toHaveLength(6);
    },
  );

  const refusal = "Your authentication information is incorrect. Please try again.";
  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ["a wrong password", { userName: "bob", password: "wrong" }],
    ["nobody of that name", { userName: "nobody" }],
    ["a user without a password", { userName: "robot" }],
    ["another account", { account: "111111111111", userName: "ann" }],
    ["an alias that nobody has", { account: "nowhere", userName: "ann" }],
  ])("%s is refused, and nobody learns why", async (_what, members) => {
    expect(await signIn(members)).toEqual({ status: 401, outcome: "refused", message: refusal });
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, RequestInit, number, string]>([
    ["without a password", { userName: "ann", password: undefined }, {}, 400, "password: is missing"],
    [
      "a name that is too long",
      { userName: "a".repeat(65) },
      {},
      400,
      "userName: a text of 1 to 64 characters",
    ],
    ["a number", { userName: 1 }, {}, 400, "userName: a text of 1 to 64 characters"],
    [
      "a form, as a foreign page could send it",
      {},
      { headers: { "content-type": "text/plain" } },
      415,
      "Content-Type",
    ],
    [
      "from a foreign page",
      {},
      { headers: { "content-type": "application/json", origin: "https://evil.example" } },
      403,
      "Origin",
    ],
    ["too many bytes", { userName: "ann", newPassword: "x".repeat(5_000) }, {}, 413, "large"],
  ])("%s", async (_what, members, request, status, message) => {
    const answer = await signIn(members, request);
    expect(answer.status).toBe(status);
    expect(answer.message).toContain(message);
  });

  test("a code of the MFA device is asked for, and works once", async () => {
    await user("may");
    const { VirtualMFADevice: device } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "may" }),
    );
    const seed = Buffer.from(device?.Base32StringSeed ?? "").toString();
    const code = (ahead: number) => authenticatorCode(seed, clock.now() + ahead);
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: "may",
        SerialNumber: device?.SerialNumber,
        AuthenticationCode1: code(-30_000),
        AuthenticationCode2: code(0),
      }),
    );
    expect(await signIn({ userName: "may" })).toEqual({ status: 200, outcome: "mfa" });
    expect(await signIns("may")).toEqual([]);
    clock.advance(60_000);
    const mfaCode = code(0);
    expect(await signIn({ userName: "may", mfaCode })).toMatchObject({ outcome: "signed-in" });
    expect(await signIn({ userName: "may", mfaCode })).toMatchObject({ outcome: "refused" });
    const [again, first] = await signIns("may");
    expect(first).toMatchObject({ additionalEventData: { MFAUsed: "Yes" } });
    expect(again).toMatchObject({ responseElements: { ConsoleLogin: "Failure" } });
  });

  test("a password that must be changed: first the old one, then both", async () => {
    expect(await signIn({ userName: "new" })).toEqual({ status: 200, outcome: "new-password" });
    expect(await signIn({ userName: "new", newPassword: "short" })).toMatchObject({
      status: 400,
      error: "PasswordPolicyViolation",
    });
    const next = "Battery-staple-2";
    const { credentials } = await signIn({ userName: "new", newPassword: next });
    expect(await signIn({ userName: "new" })).toMatchObject({ outcome: "refused" });
    expect(await signIn({ userName: "new", password: next })).toMatchObject({ outcome: "signed-in" });
    const own = new IAMClient({ ...roadstead.client(), credentials });
    await expect(
      own.send(new ChangePasswordCommand({ OldPassword: next, NewPassword: "Third-password-3" })),
    ).resolves.toBeDefined();
  });

  test("CloudTrail shows who signed in, and who tried", async () => {
    await signIn({ userName: "sam", password: "wrong" });
    await signIn({ userName: "sam" });
    const [success, failure] = await signIns("sam");
    expect(success).toMatchObject({
      eventSource: "signin.amazonaws.com",
      eventType: "AwsConsoleSignIn",
      awsRegion: "us-east-1",
      userIdentity: { type: "IAMUser", userName: "sam", arn: `arn:aws:iam::${account}:user/sam` },
      requestParameters: null,
      responseElements: { ConsoleLogin: "Success" },
      additionalEventData: { MFAUsed: "No" },
    });
    expect(failure).toMatchObject({
      errorMessage: "Failed authentication",
      responseElements: { ConsoleLogin: "Failure" },
    });
    expect((await signIns("HIDDEN_DUE_TO_SECURITY_REASONS")).length).toBeGreaterThan(0);
    expect(JSON.stringify(await signIns("sam"))).not.toContain(password);
  });

  test("after five attempts the sixth waits, with the right password too", async () => {
    for (let tries = 0; tries < 5; tries++) await signIn({ userName: "eve", password: "wrong" });
    expect(await signIn({ userName: "eve" })).toMatchObject({ status: 429, error: "TooManyAttempts" });
    clock.advance(5 * 60_000);
    expect(await signIn({ userName: "eve" })).toMatchObject({ outcome: "signed-in" });
  });

  test("the session ends after twelve hours", async () => {
    const { credentials } = await signIn({ userName: "bob" });
    clock.advance(12 * 3_600_000);
    const sts = new STSClient({ ...roadstead.client(), credentials });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow(/expired/i);
  });
});
