import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Door, openDoor, testAccount } from "../../../test/support/iam-door.ts";
import { EgressError } from "../../egress/guard.ts";
import { hour, minute } from "../../kernel/duration.ts";
import { confusedToken, testKey, testToken, unsignedToken } from "./oidc.testing.ts";

const host = "issuer.example.com/realm";
const issuer = `https://${host}`;
const providerArn = `arn:aws:iam::${testAccount}:oidc-provider/${host}`;
const roleArn = (name: string) => `arn:aws:iam::${testAccount}:role/${name}`;

const rsa = testKey("rsa-1");
const ec = testKey("ec-1", "ES256");
const stranger = testKey("rsa-1");
const short = testKey("short", "RS256", 1024);

/** What the provider publishes now; an error in place of a document is thrown. */
let documents: Map<string, object | string | Error>;
let fetched: string[];
let door: Door;

const publish = (...keys: readonly { readonly jwk: object }[]) =>
  documents.set(`${issuer}/keys`, { keys: keys.map(({ jwk }) => jwk) });

beforeAll(async () => {
  door = await openDoor({
    documents: async (url) => {
      fetched.push(url);
      const document = documents.get(url) ?? new EgressError("unusable", "not found");
      if (document instanceof Error) throw document;
      return Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
    },
  });
  const root = door.root(testAccount);
  await root.send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ["app"] }));
  const trust = (Action: string[], Condition: object = {}) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Federated: providerArn }, Action, Condition }],
    });
  const web = "sts:AssumeRoleWithWebIdentity";
  const roles: Readonly<Record<string, string>> = {
    open: trust([web, "sts:TagSession", "sts:SetSourceIdentity"]),
    plain: trust([web]),
    ann: trust([web], { StringEquals: { [`${host}:sub`]: "ann", [`${host}:aud`]: "app" } }),
    factor: trust([web], { "ForAnyValue:StringLike": { [`${host}:amr`]: "mfa*" } }),
    tagged: trust([web, "sts:TagSession"], { StringEquals: { "aws:RequestTag/team": "blue" } }),
    other: trust([web]).replaceAll("issuer.example.com", "other.example.com"),
    saml: trust(["sts:AssumeRoleWithSAML"]),
  };
  for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles)) {
    await root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
});
afterAll(() => door.close());

beforeEach(() => {
  documents = new Map();
  fetched = [];
  documents.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: `${issuer}/keys` });
  publish(rsa, ec, short);
  // Keys that were fetched in another test are no longer fresh.
  door.clock.advance(2 * hour);
});

const seconds = () => Math.floor(door.clock.now() / 1000);
const claims = (more: object = {}) => ({
  iss: issuer,
  sub: "ann",
  aud: "app",
  iat: seconds(),
  exp: seconds() + 600,
  ...more,
});
const take = (WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  door.as({ type: "Anonymous" }).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn("open"),
      RoleSessionName: "web",
      WebIdentityToken,
      ...more,
    }),
  );
const outcome = async (call: Promise<unknown>) =>
  call.then(
    () => "taken",
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );

const noKey =
  "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
const notJwt =
  "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
const notAllowed = (action: string) => `AccessDenied: Not authorized to perform ${action}`;

describe("a token that the provider signed", () => {
  test.each([
    ["RS256", rsa],
    ["ES256", ec],
  ] as const)("with %s takes the role", async (_name, key) => {
    const answer = await take(testToken(key, claims()), { DurationSeconds: 900 });
    expect(answer).toMatchObject({
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA/) },
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:web$/),
        Arn: `arn:aws:sts::${testAccount}:assumed-role/open/web`,
      },
      SubjectFromWebIdentityToken: "ann",
      Audience: "app",
      Provider: providerArn,
    });
    const session = door.session(answer.Credentials?.AccessKeyId);
    expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:sts::${testAccount}:assumed-role/open/web`,
    });
    const principal = door.principalOf(answer.Credentials?.AccessKeyId);
    expect(principal.session.federatedProvider).toBe(providerArn);
  });

  test("passes tags and a source identity on", async () => {
    const answer = await take(
      testToken(
        rsa,
        claims({
          "https://aws.amazon.com/tags": {
            principal_tags: { team: ["blue"], cost: "7" },
            transitive_tag_keys: ["team"],
          },
          "https://aws.amazon.com/tags/principal_tags/flat": "yes",
          "https://aws.amazon.com/source_identity": "ann@example.com",
        }),
      ),
    );
    expect(answer.SourceIdentity).toBe("ann@example.com");
    expect(answer.PackedPolicySize).toBeGreaterThan(0);
    expect(door.principalOf(answer.Credentials?.AccessKeyId).session).toMatchObject({
      tags: [
        { key: "team", value: "blue" },
        { key: "cost", value: "7" },
        { key: "flat", value: "yes" },
      ],
      transitiveTagKeys: ["team"],
      sourceIdentity: "ann@example.com",
    });
  });
});

describe("the trust policy decides", () => {
  const tags = { "https://aws.amazon.com/tags": { principal_tags: { team: ["blue"] } } };
  test.each<readonly [string, string, object, string]>([
    ["its subject", "ann", {}, "taken"],
    ["another subject", "ann", { sub: "bob" }, notAllowed("sts:AssumeRoleWithWebIdentity")],
    ["a method", "factor", { amr: ["pwd", "mfa-otp"] }, "taken"],
    ["another method", "factor", { amr: ["pwd"] }, notAllowed("sts:AssumeRoleWithWebIdentity")],
    ["tags that it asks for", "tagged", tags, "taken"],
    ["tags that are not there", "tagged", {}, notAllowed("sts:AssumeRoleWithWebIdentity")],
    ["tags that may not be passed", "plain", tags, notAllowed("sts:TagSession")],
    [
      "a source identity that may not be set",
      "plain",
      { "https://aws.amazon.com/source_identity": "ann" },
      notAllowed("sts:SetSourceIdentity"),
    ],
    ["another provider", "other", {}, notAllowed("sts:AssumeRoleWithWebIdentity")],
    ["another action", "saml", {}, notAllowed("sts:AssumeRoleWithWebIdentity")],
    ["a role that is not there", "nobody", {}, notAllowed("sts:AssumeRoleWithWebIdentity")],
  ])("%s", async (_name, role, more, expected) => {
    expect(await outcome(take(testToken(rsa, claims(more)), { RoleArn: roleArn(role) }))).toBe(expected);
  });

  test("a signed caller gains nothing by its own policies", async () => {
    const call = door.root(testAccount).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn("open"),
        RoleSessionName: "web",
        WebIdentityToken: testToken(stranger, claims()),
      }),
    );
    expect(await outcome(call)).toBe(noKey);
  });
});

describe("refuses", () => {
  test.each<readonly [string, () => string, string | RegExp]>([
    ["what is no JWT", () => "access-token", notJwt],
    ["a part that is no JSON", () => "YQ.YQ.YQ", notJwt],
    ["a key of the provider's name that is another", () => testToken(stranger, claims()), noKey],
    ["alg none", () => unsignedToken(claims()), noKey],
    ["HS256 with the public key", () => confusedToken(rsa, claims()), noKey],
    ["a key too short", () => testToken(short, claims()), noKey],
    [
      "a header that must be understood",
      () => testToken(rsa, claims(), { crit: ["b64"], b64: false }),
      noKey,
    ],
    ["RS256 claimed for an EC key", () => testToken(ec, claims(), { alg: "RS256" }), noKey],
    [
      "claims that were changed",
      () => {
        const [header, , signature] = testToken(rsa, claims()).split(".");
        const [, payload] = testToken(rsa, claims({ sub: "root" })).split(".");
        return [header, payload, signature].join(".");
      },
      noKey,
    ],
    [
      "an issuer that the account does not know",
      () => testToken(rsa, claims({ iss: "https://evil.example.com" })),
      "InvalidIdentityToken: No OpenIDConnect provider found in your account for https://evil.example.com",
    ],
    [
      "another audience",
      () => testToken(rsa, claims({ aud: "else" })),
      "InvalidIdentityToken: Incorrect token audience",
    ],
    [
      "another authorised party",
      () => testToken(rsa, claims({ azp: "else" })),
      "InvalidIdentityToken: Incorrect token audience",
    ],
    [
      "an expired one",
      () => testToken(rsa, claims({ exp: seconds() - 1 })),
      /^ExpiredTokenException: Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    ],
    ["one of tomorrow", () => testToken(rsa, claims({ nbf: seconds() + 86_400 })), /^InvalidIdentityToken: /],
    [
      "one without expiry",
      () => testToken(rsa, claims({ exp: undefined })),
      "InvalidIdentityToken: Missing a required claim: exp",
    ],
    [
      "one without subject",
      () => testToken(rsa, claims({ sub: undefined })),
      "InvalidIdentityToken: Missing a required claim: sub",
    ],
    [
      "tags of two values",
      () => testToken(rsa, claims({ "https://aws.amazon.com/tags": { principal_tags: { a: ["1", "2"] } } })),
      "InvalidIdentityToken: The session tags in the token are invalid.",
    ],
  ])("%s", async (_name, token, expected) => {
    const happened = await outcome(take(token()));
    if (typeof expected === "string") expect(happened).toBe(expected);
    else expect(happened).toMatch(expected);
  });

  test("a session longer than the role's", async () => {
    expect(await outcome(take(testToken(rsa, claims()), { DurationSeconds: 7200 }))).toBe(
      "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  });
});

describe("the provider's keys", () => {
  test("are fetched once while they serve", async () => {
    for (const _ of [1, 2, 3]) await take(testToken(rsa, claims()));
    expect(fetched).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/keys`]);
  });

  test("are fetched again for a key that is new, and an old one then counts no more", async () => {
    const next = testKey("rsa-2");
    expect(await outcome(take(testToken(rsa, claims())))).toBe("taken");
    publish(next);
    // Within seconds of a fetch nobody can make the provider be asked again.
    expect(await outcome(take(testToken(next, claims())))).toBe(noKey);
    door.clock.advance(minute);
    expect(await outcome(take(testToken(next, claims())))).toBe("taken");
    expect(await outcome(take(testToken(rsa, claims())))).toBe(noKey);
    expect(fetched.length).toBe(4);
  });

  test.each<readonly [string, string, object | string | Error, string | RegExp]>([
    ["of another issuer", "/.well-known/openid-configuration", { issuer: "https://x", jwks_uri: "y" }, noKey],
    ["that are no JSON", "/keys", "<html>", noKey],
    ["that are no list", "/keys", { keys: "none" }, noKey],
    ["that are too large", "/keys", new EgressError("unusable", "too large"), noKey],
    [
      "that cannot be reached",
      "/keys",
      new EgressError("unreachable", "timeout"),
      /^IDPCommunicationError: /,
    ],
    [
      "from a server that nobody vouches for",
      "/keys",
      new EgressError("untrusted", "self-signed"),
      "InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ],
    [
      "at a private address",
      "/keys",
      new EgressError("forbidden", "10.0.0.1 is a private address"),
      `${noKey}: 10.0.0.1 is a private address`,
    ],
  ])("%s", async (_name, path, document, expected) => {
    documents.set(`${issuer}${path}`, document);
    const happened = await outcome(take(testToken(rsa, claims())));
    if (typeof expected === "string") expect(happened).toBe(expected);
    else expect(happened).toMatch(expected);
  });

  test("of which only the first hundred are looked at", async () => {
    const late = testKey("late");
    publish(...Array.from({ length: 100 }, () => stranger), late);
    expect(await outcome(take(testToken(late, claims())))).toBe(noKey);
  });
});

test("a client that is added may take the role as well", async () => {
  const token = () => testToken(rsa, claims({ aud: ["app", "second"], azp: "second" }));
  expect(await outcome(take(token()))).toBe("InvalidIdentityToken: Incorrect token audience");
  await door.root(testAccount).send(
    new AddClientIDToOpenIDConnectProviderCommand({
      OpenIDConnectProviderArn: providerArn,
      ClientID: "second",
    }),
  );
  expect(await take(token())).toMatchObject({ Audience: "second" });
});
