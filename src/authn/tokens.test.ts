import { describe, expect, test } from "vitest";
import type { AccountId, Arn, Region, RoleId } from "../kernel/brand.ts";
import { hour } from "../kernel/duration.ts";
import type { Principal, Session } from "../kernel/principal.ts";
import { systemRandom } from "../kernel/random.ts";
import { issueRegistryToken, openRegistryToken } from "./registry-token.ts";
import { testSealer } from "./sealer.testing.ts";
import { issueSession, openSession, type SessionPrincipal } from "./session-token.ts";

const account = "111122223333" as AccountId;
const now = Date.UTC(2026, 8, 1);
const session: Session = { issuedAt: now, expiresAt: now + hour };
const statement = { Effect: "Allow", Action: "ecr:BatchGetImage", Resource: "*" };
const rich: Session = {
  ...session,
  policy: JSON.stringify({ Version: "2012-10-17", Statement: new Array(20).fill(statement) }),
  policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess" as Arn],
  tags: Array.from({ length: 50 }, (_, i) => ({ key: `key-${i}`, value: `wert ü ${i}` })),
  transitiveTagKeys: ["key-1"],
  sourceIdentity: "ada",
  mfaAuthenticated: true,
};

const user = {
  type: "IAMUser",
  account,
  arn: `arn:aws:iam::${account}:user/division/ada` as Arn,
  userName: "ada",
  userId: "AIDAEXAMPLEEXAMPLE123",
  accessKeyId: "AKIAEXAMPLEEXAMPLE12",
} as const;
const role = {
  type: "AssumedRole",
  account,
  arn: `arn:aws:sts::${account}:assumed-role/builder/run-1` as Arn,
  roleArn: `arn:aws:iam::${account}:role/ci/builder` as Arn,
  roleName: "builder",
  roleId: "AROAEXAMPLEEXAMPLE123" as RoleId,
  sessionName: "run-1",
  accessKeyId: "ASIAEXAMPLEEXAMPLE12",
  session,
} as const;
const root = {
  type: "Root",
  account,
  arn: `arn:aws:iam::${account}:root` as Arn,
  accessKeyId: "test",
} as const;
const federated = {
  type: "FederatedUser",
  account,
  arn: `arn:aws:sts::${account}:federated-user/bob` as Arn,
  name: "bob",
  accessKeyId: "ASIAEXAMPLEEXAMPLE34",
  session,
  issuer: { type: "IAMUser", arn: user.arn, id: user.userId, name: "ada" },
} as const;

const sessions: readonly [string, SessionPrincipal][] = [
  ["a user's session", { ...user, session }],
  ["root's session", { ...root, session }],
  ["a role session", role],
  ["a service's role session", { ...role, invokedBy: "replication.ecr.amazonaws.com" }],
  ["a role session with policies and tags", { ...role, session: rich }],
  ["a federated user", federated],
];
const principals: readonly [string, Principal][] = [
  ...sessions,
  ["a user", user],
  ["root", root],
  ["a service", { type: "AWSService", service: "ecs.amazonaws.com", account }],
];

describe("session tokens", () => {
  const sealer = testSealer();

  test.each(sessions)("%s comes back as it went in", (_name, principal) => {
    const issued = issueSession(principal, sealer, systemRandom);
    expect(issued.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(issued.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(issued.expiresAt).toBe(principal.session.expiresAt);
    expect(openSession(issued.sessionToken, issued.accessKeyId, sealer, now)).toEqual({
      secretAccessKey: issued.secretAccessKey,
      principal: { ...principal, accessKeyId: issued.accessKeyId },
    });
  });

  const issued = issueSession(role, sealer, systemRandom);
  const refusals: readonly [string, string, string, number, string][] = [
    ["another key's token", issued.sessionToken, "ASIAEXAMPLEEXAMPLE99", now, "InvalidClientTokenId"],
    ["a changed token", `A${issued.sessionToken.slice(1)}B`, issued.accessKeyId, now, "InvalidClientTokenId"],
    ["no token", "", issued.accessKeyId, now, "InvalidClientTokenId"],
    ["rubbish", "IQoJb3JpZ2luX2VjE", issued.accessKeyId, now, "InvalidClientTokenId"],
    ["a token at its end", issued.sessionToken, issued.accessKeyId, now + hour, "ExpiredToken"],
  ];
  test.each(refusals)("%s is refused", (_name, token, accessKeyId, at, code) => {
    expect(() => openSession(token, accessKeyId, sealer, at)).toThrow(expect.objectContaining({ code }));
  });

  test("a token sealed elsewhere or for another purpose is refused", () => {
    expect(() => openSession(issued.sessionToken, issued.accessKeyId, testSealer(), now)).toThrow(
      "The security token included in the request is invalid.",
    );
    const registry = issueRegistryToken(role, { account, region: "eu-west-1" as Region }, sealer, now);
    expect(() => openSession(registry.token, role.accessKeyId, sealer, now)).toThrow(
      "The security token included in the request is invalid.",
    );
  });

  test("two sessions of one principal share nothing", () => {
    const other = issueSession(role, sealer, systemRandom);
    expect(other.accessKeyId).not.toBe(issued.accessKeyId);
    expect(other.secretAccessKey).not.toBe(issued.secretAccessKey);
  });
});

describe("registry tokens", () => {
  const sealer = testSealer();
  const scope = { account, region: "eu-west-1" as Region };
  const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString("base64")}`;

  test.each(principals)("%s comes back as it went in", (_name, principal) => {
    const { token, expiresAt } = issueRegistryToken(principal, scope, sealer, now);
    expect(expiresAt).toBe(now + 12 * hour);
    expect(openRegistryToken(basic(`AWS:${token}`), sealer, now)).toEqual({ principal, ...scope, expiresAt });
  });

  test("docker's header stays small", () => {
    const size = (principal: Principal): number =>
      basic(`AWS:${issueRegistryToken(principal, scope, sealer, now).token}`).length;
    expect(size(user)).toBeLessThan(400);
    expect(size(role)).toBeLessThan(600);
    expect(size({ ...role, session: rich })).toBeLessThan(2048);
  });

  const { token } = issueRegistryToken(user, scope, sealer, now);
  const refusals: readonly [string, string, number, string, string][] = [
    ["an empty header", "", now, "UNAUTHORIZED", "Not Authorized"],
    ["another scheme", `Bearer ${token}`, now, "UNAUTHORIZED", "Not Authorized"],
    ["another user", basic(`aws:${token}`), now, "UNAUTHORIZED", "Not Authorized"],
    ["no password", basic("AWS:"), now, "UNAUTHORIZED", "Not Authorized"],
    ["a changed token", basic(`AWS:${token}x`), now, "UNAUTHORIZED", "Not Authorized"],
    ["what is not base64", "Basic ***", now, "UNAUTHORIZED", "Not Authorized"],
    [
      "a token after twelve hours",
      basic(`AWS:${token}`),
      now + 12 * hour,
      "ExpiredTokenException",
      "Your authorization token has expired. Reauthenticate and try again.",
    ],
  ];
  test.each(refusals)("%s is refused", (_name, header, at, code, message) => {
    expect(() => openRegistryToken(header, sealer, at)).toThrow(expect.objectContaining({ code, message }));
  });

  test("a session token is not a registry token", () => {
    const { sessionToken } = issueSession(role, sealer, systemRandom);
    expect(() => openRegistryToken(basic(`AWS:${sessionToken}`), sealer, now)).toThrow("Not Authorized");
  });

  test("an anonymous caller gets none", () => {
    expect(() => issueRegistryToken({ type: "Anonymous" }, scope, sealer, now)).toThrow(TypeError);
  });
});
