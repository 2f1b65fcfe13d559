import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetWebIdentityTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** Tokens by which others know an account's principals: made here, verified as anybody would. */

const account = "000000000000";
let roadstead: TestRoadstead;
let root: iam.IAMClient;
let sts: STSClient;
let issuer = "";

beforeAll(async () => {
  roadstead = await testRoadstead();
  root = new iam.IAMClient({ ...roadstead.client(account), maxAttempts: 1 });
  sts = new STSClient({ ...roadstead.client(account), maxAttempts: 1 });
}, 60_000);

afterAll(async () => {
  root?.destroy();
  sts?.destroy();
  await roadstead?.stop();
});

const code = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: Error) => error.name,
  );
const token = (input: Partial<ConstructorParameters<typeof GetWebIdentityTokenCommand>[0]> = {}, by = sts) =>
  by.send(new GetWebIdentityTokenCommand({ Audience: ["app"], SigningAlgorithm: "RS256", ...input }));

/** A document of the issuer, over the address that the test's Roadstead listens on. */
async function published(name: string): Promise<Response> {
  return fetch(`${roadstead.url}${new URL(issuer).pathname}/.well-known/${name}`);
}

/** The header and claims of a token, once its signature has been verified with the keys that are published. */
async function verified(text = ""): Promise<{ readonly header: { alg: string }; readonly claims: Claims }> {
  const [head = "", body = "", signature = ""] = text.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  const header = read(head);
  const { keys } = (await (await published("jwks.json")).json()) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const key = keys.find(({ kid }) => kid === header.kid);
  expect(key).toBeDefined();
  expect(Object.keys(key ?? {})).not.toContain("d");
  const holds = verify(
    header.alg === "RS256" ? "sha256" : "sha384",
    Buffer.from(`${head}.${body}`),
    { key: createPublicKey({ key: key ?? {}, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  expect(holds).toBe(true);
  return { header, claims: read(body) };
}

interface Claims {
  readonly [name: string]: unknown;
  readonly iat: number;
  readonly exp: number;
}

describe("an account that makes tokens for others", () => {
  test("does so once it was told to, under an address of its own", async () => {
    expect(await code(token())).toBe("OutboundWebIdentityFederationDisabledException");
    const info = () => root.send(new iam.GetOutboundWebIdentityFederationInfoCommand({}));
    expect(await code(info())).toBe("FeatureDisabledException");
    const enable = () => root.send(new iam.EnableOutboundWebIdentityFederationCommand({}));
    issuer = (await enable()).IssuerIdentifier ?? "";
    expect(issuer).toMatch(/^http:\/\/localhost:\d+\/_roadstead\/issuers\/[0-9a-f-]{36}$/);
    expect(await code(enable())).toBe("FeatureEnabledException");
    expect(await info()).toMatchObject({ IssuerIdentifier: issuer, JwtVendingEnabled: true });
    expect(await (await published("openid-configuration")).json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
    });
  });

  test.each(["RS256", "ES384"])("signs with %s", async (SigningAlgorithm) => {
    const answer = await token({ SigningAlgorithm, DurationSeconds: 600 });
    const { header, claims } = await verified(answer.WebIdentityToken);
    expect(header.alg).toBe(SigningAlgorithm);
    expect(claims.exp - claims.iat).toBe(600);
    expect(answer.Expiration?.getTime()).toBe(claims.exp * 1000);
    expect(claims).toMatchObject({
      iss: issuer,
      aud: "app",
      sub: `arn:aws:iam::${account}:root`,
      jti: expect.any(String),
      "https://sts.amazonaws.com/": { aws_account: account, source_region: expect.any(String) },
    });
  });

  test("says of a role's session which role it is, with its tags and those of the request", async () => {
    const trust = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
    await root.send(
      new iam.CreateRoleCommand({
        RoleName: "worker",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
        Tags: [{ Key: "team", Value: "blue" }],
      }),
    );
    const policy = (name: string, Action: string[], Condition: object = {}) =>
      new iam.PutRolePolicyCommand({
        RoleName: "worker",
        PolicyName: name,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action, Resource: "*", Condition }],
        }),
      });
    await root.send(
      policy("tokens", ["sts:GetWebIdentityToken"], {
        "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": ["app", "other"] },
        NumericLessThanEquals: { "sts:DurationSeconds": 900 },
        StringEquals: { "sts:SigningAlgorithm": "ES384" },
      }),
    );
    await root.send(new iam.CreateUserCommand({ UserName: "ann" }));
    await root.send(
      new iam.AttachUserPolicyCommand({
        UserName: "ann",
        PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    );
    const { AccessKey: key } = await root.send(new iam.CreateAccessKeyCommand({ UserName: "ann" }));
    const ann = new STSClient({
      ...roadstead.client(account),
      credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
    });
    const { Credentials: given } = await ann.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${account}:role/worker`,
        RoleSessionName: "one",
        DurationSeconds: 900,
      }),
    );
    const worker = new STSClient({
      ...roadstead.client(account),
      maxAttempts: 1,
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      },
    });
    const ec = { SigningAlgorithm: "ES384", Audience: ["app", "other"] };
    const Tags = [{ Key: "job", Value: "7" }];
    const answer = await token(ec, worker);
    const { claims } = await verified(answer.WebIdentityToken);
    expect(claims).toMatchObject({
      aud: ["app", "other"],
      sub: `arn:aws:iam::${account}:role/worker`,
      "https://sts.amazonaws.com/": { principal_tags: { team: "blue" } },
    });
    const refusals = [{ SigningAlgorithm: "RS256" }, { ...ec, Audience: ["third"] }, { ...ec, Tags }];
    for (const input of refusals) expect(await code(token(input, worker))).toBe("AccessDenied");
    await root.send(policy("tags", ["sts:TagGetWebIdentityToken"]));
    const tagged = await verified((await token({ ...ec, Tags }, worker)).WebIdentityToken);
    expect(tagged.claims["https://sts.amazonaws.com/"]).toMatchObject({ request_tags: { job: "7" } });
    await root.send(policy("tokens", ["sts:GetWebIdentityToken"]));
    expect(await code(token({ DurationSeconds: 1800 }, worker))).toBe("SessionDurationEscalationException");
    ann.destroy();
    worker.destroy();
  });

  test("knows two algorithms", async () => {
    expect(await code(token({ SigningAlgorithm: "HS256" }))).toBe("ValidationError");
  });

  test("publishes on when it makes no more tokens, and is the same when it does again", async () => {
    const { WebIdentityToken: made } = await token();
    await root.send(new iam.DisableOutboundWebIdentityFederationCommand({}));
    expect(await code(token())).toBe("OutboundWebIdentityFederationDisabledException");
    expect(await code(root.send(new iam.DisableOutboundWebIdentityFederationCommand({})))).toBe(
      "FeatureDisabledException",
    );
    expect((await verified(made)).claims.iss).toBe(issuer);
    const again = await root.send(new iam.EnableOutboundWebIdentityFederationCommand({}));
    expect(again.IssuerIdentifier).toBe(issuer);
  });

  test.each(["00000000-0000-4000-8000-000000000000/.well-known/jwks.json", "x", "../../health"])(
    "publishes nothing under %s",
    async (path) => {
      const response = await fetch(
        `${roadstead.url}/_roadstead/issuers/${encodeURIComponent(path).replaceAll("%2F", "/")}`,
      );
      expect(response.status === 404 || response.url.endsWith("/health")).toBe(true);
    },
  );
});
