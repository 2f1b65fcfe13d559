import { createHash } from "node:crypto";
import { CreateRoleCommand, CreateSAMLProviderCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  certificatesMissing,
  type TestCertificate,
  testCertificate,
} from "../../../test/support/certificate.ts";
import { type Door, openDoor, testAccount } from "../../../test/support/iam-door.ts";
import { hour, minute } from "../../kernel/duration.ts";
import {
  assertionOf,
  metadataOf,
  posted,
  responseAround,
  type SamlWords,
  type Signing,
  signed,
} from "./saml.testing.ts";

const issuer = "https://idp.example.com/saml";
const provider = `arn:aws:iam::${testAccount}:saml-provider/idp`;
const roleArn = (name: string) => `arn:aws:iam::${testAccount}:role/${name}`;
const emailAddress = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

describe.skipIf(certificatesMissing() !== undefined)("AssumeRoleWithSAML", () => {
  let door: Door;
  let first: TestCertificate;
  let second: TestCertificate;
  let stranger: TestCertificate;

  beforeAll(async () => {
    [first, second, stranger] = [testCertificate(), testCertificate(), testCertificate()];
    door = await openDoor();
    const root = door.root(testAccount);
    await root.send(
      new CreateSAMLProviderCommand({
        Name: "idp",
        SAMLMetadataDocument: metadataOf(issuer, [first.der, second.der]),
      }),
    );
    const trust = (Action: string[], Condition: object = {}) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Federated: provider }, Action, Condition }],
      });
    const saml = "sts:AssumeRoleWithSAML";
    const roles: Readonly<Record<string, string>> = {
      open: trust([saml, "sts:TagSession", "sts:SetSourceIdentity"]),
      plain: trust([saml]),
      strict: trust([saml], {
        StringEquals: {
          "saml:aud": "https://signin.aws.amazon.com/saml",
          "saml:iss": issuer,
          "saml:sub": "ann",
          "saml:sub_type": "persistent",
          "saml:doc": `${testAccount}/idp`,
          "saml:mail": "ann@example.com",
        },
      }),
      web: trust(["sts:AssumeRoleWithWebIdentity"]),
    };
    for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles)) {
      await root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    }
  });
  afterAll(() => door?.close());

  const words = (more: Partial<SamlWords> = {}, attributes: SamlWords["attributes"] = {}): SamlWords => ({
    issuer,
    now: door.clock.now(),
    ...more,
    attributes: {
      Role: ["open", "plain", "strict", "web"].map((name) => `${roleArn(name)},${provider}`),
      RoleSessionName: ["ann"],
      ...attributes,
    },
  });
  /** A response whose assertion is signed. */
  const good = (more: Partial<SamlWords> = {}, attributes: SamlWords["attributes"] = {}, how?: Signing) =>
    signed(responseAround(assertionOf(words(more, attributes)), more.status), "_assertion", first.key, how);
  const take = (xml: string, more: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
    door.as({ type: "Anonymous" }).send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: roleArn("open"),
        PrincipalArn: provider,
        SAMLAssertion: posted(xml),
        ...more,
      }),
    );
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => "taken",
      (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
    );

  test("takes the role for whom the provider vouches", async () => {
    const answer = await take(
      good(
        {},
        {
          "PrincipalTag:team": ["blue"],
          TransitiveTagKeys: ["team"],
          SourceIdentity: ["ann@example.com"],
          SessionDuration: ["1800"],
        },
      ),
      { DurationSeconds: 900 },
    );
    expect(answer).toMatchObject({
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:ann$/),
        Arn: `arn:aws:sts::${testAccount}:assumed-role/open/ann`,
      },
      Subject: "ann",
      SubjectType: "persistent",
      Issuer: issuer,
      Audience: "https://signin.aws.amazon.com/saml",
      NameQualifier: createHash("sha1").update(`${issuer}${testAccount}/idp`).digest("base64"),
      SourceIdentity: "ann@example.com",
      PackedPolicySize: expect.any(Number),
    });
    expect(door.principalOf(answer.Credentials?.AccessKeyId).session).toMatchObject({
      federatedProvider: provider,
      sourceIdentity: "ann@example.com",
      tags: [{ key: "team", value: "blue" }],
      transitiveTagKeys: ["team"],
    });
    const session = door.session(answer.Credentials?.AccessKeyId);
    expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:sts::${testAccount}:assumed-role/open/ann`,
    });
  });

  test("lasts no longer than the provider's session", async () => {
    const sessionEndsAt = door.clock.now() + 20 * minute;
    const { Credentials } = await take(good({ sessionEndsAt }), { DurationSeconds: 3600 });
    expect(Credentials?.Expiration?.getTime()).toBe(sessionEndsAt - (sessionEndsAt % 1000));
  });

  test("may be shown again while it counts", async () => {
    const xml = good();
    expect([await outcome(take(xml)), await outcome(take(xml))]).toEqual(["taken", "taken"]);
  });

  const bad = "InvalidIdentityToken: Response signature invalid";
  const notSaml = "InvalidIdentityToken: Your request included an invalid SAML response.";
  const notAllowed = "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML";
  const expired = "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance";

  const unsignedResponse = () => responseAround(assertionOf(words()));
  const signatureOf = (xml: string) => /<Signature.*<\/Signature>/s.exec(xml)?.[0] ?? "";
  const evil = (id = "_evil") => assertionOf(words({ subject: "eve" }), id);
  /** The signed assertion of a good response, as it stands. */
  const part = () => /<saml:Assertion.*<\/saml:Assertion>/s.exec(good())?.[0] ?? "";

  test.each<readonly [string, () => string, string]>([
    ["signed on the assertion", good, "taken"],
    ["signed on the response", () => signed(unsignedResponse(), "_response", first.key), "taken"],
    ["signed on both", () => signed(good(), "_response", first.key), "taken"],
    ["signed by the other certificate", () => signed(unsignedResponse(), "_assertion", second.key), "taken"],
    [
      "signed with SHA-512",
      () => good({}, {}, { algorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" }),
      "taken",
    ],
    ["with a declaration before it", () => `<?xml version="1.0" encoding="UTF-8"?>${good()}`, "taken"],
    ["not signed", unsignedResponse, bad],
    ["signed by somebody else", () => signed(unsignedResponse(), "_assertion", stranger.key), bad],
    [
      "rightly on the assertion and wrongly on the response",
      () => signed(good(), "_response", stranger.key),
      bad,
    ],
    ["changed afterwards", () => good().replace(">ann</saml:NameID>", ">eve</saml:NameID>"), bad],
    ["its signature taken off", () => good().replace(/<Signature.*<\/Signature>/s, ""), bad],
    ["its signature emptied", () => good().replace(/(<SignatureValue>).*(<\/SignatureValue>)/s, "$1$2"), bad],
    [
      "signed with SHA-1",
      () => good({}, {}, { algorithm: "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }),
      bad,
    ],
    ["digested with SHA-1", () => good({}, {}, { digest: "http://www.w3.org/2000/09/xmldsig#sha1" }), bad],
    [
      "signed with an HMAC of the certificate",
      () => good({}, {}, { secret: first.cert, algorithm: "http://www.w3.org/2000/09/xmldsig#hmac-sha1" }),
      bad,
    ],
    ["algorithm none", () => good().replace(/(SignatureMethod Algorithm=")[^"]*/, "$1none"), bad],
    [
      "inclusive canonicalisation",
      () => good({}, {}, { transforms: ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"] }),
      bad,
    ],
    ["wrapped: another assertion before it", () => responseAround(evil() + part()), notSaml],
    ["wrapped: another assertion after it", () => responseAround(part() + evil()), notSaml],
    ["wrapped: the same id twice", () => responseAround(evil("_assertion") + part()), notSaml],
    [
      "wrapped: the signed one hidden in an extension",
      () => responseAround(`<samlp:Extensions>${part()}</samlp:Extensions>${evil()}`),
      notSaml,
    ],
    [
      "wrapped: the signed one hidden in the signature of a forged one",
      () =>
        responseAround(
          evil().replace(
            "</saml:Assertion>",
            `${signatureOf(good()).replace("</Signature>", `<Object>${part()}</Object></Signature>`)}</saml:Assertion>`,
          ),
        ),
      notSaml,
    ],
    [
      "a signature moved to a forged assertion",
      () =>
        responseAround(
          evil("_assertion").replace("</saml:Assertion>", `${signatureOf(good())}</saml:Assertion>`),
        ),
      bad,
    ],
    [
      "a signature beside the assertion, not in it",
      () => good().replace(/(<Signature.*<\/Signature>)(<\/saml:Assertion>)/s, "$2$1"),
      bad,
    ],
    ["the assertion alone", part, notSaml],
    ["entities", () => `<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>${good()}`, notSaml],
    ["an outside entity", () => `<!DOCTYPE r SYSTEM "file:///etc/passwd">${good()}`, notSaml],
    ["a processing instruction", () => good().replace("<saml:Issuer>", "<?x y?><saml:Issuer>"), notSaml],
    ["thousands deep", () => "<a>".repeat(9_000) + "</a>".repeat(9_000), notSaml],
    ["not XML", () => "ann, trust me", notSaml],
    ["not closed", () => good().slice(0, -5), notSaml],
    [
      "encrypted",
      () => responseAround('<e:EncryptedAssertion xmlns:e="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
      "InvalidIdentityToken: Roadstead does not decrypt SAML assertions: send the assertion unencrypted.",
    ],
    [
      "of another issuer",
      () => good({ issuer: "https://idp.example.com/other" }),
      "InvalidIdentityToken: Issuer not present in specified provider",
    ],
    [
      "for another audience",
      () => good({ audience: "urn:example" }),
      "InvalidIdentityToken: Response does not contain the required audience.",
    ],
    [
      "for no audience",
      () => good({ audience: "" }),
      "InvalidIdentityToken: Response does not contain the required audience.",
    ],
    [
      "for another recipient",
      () => good({ recipient: "https://signin.aws.amazon.com.example.com/saml" }),
      "InvalidIdentityToken: The Recipient in the SAML response is not the AWS sign-in endpoint.",
    ],
    [
      "for a regional recipient",
      () => good({ recipient: "https://eu-west-1.signin.aws.amazon.com/saml" }),
      "taken",
    ],
    ["expired", () => good({ notOnOrAfter: door.clock.now() }), expired],
    [
      "issued long ago",
      () => good({ issuedAt: door.clock.now() - 5 * minute, notOnOrAfter: door.clock.now() + hour }),
      expired,
    ],
    ["of a session that ended", () => good({ sessionEndsAt: door.clock.now() - 1 }), expired],
    [
      "not yet valid",
      () => good({ notBefore: door.clock.now() + 6 * minute }),
      "InvalidIdentityToken: The SAML assertion is not yet valid.",
    ],
    ["of a clock a little ahead", () => good({ notBefore: door.clock.now() + 4 * minute }), "taken"],
    [
      "a failure of the provider",
      () => good({ status: "urn:oasis:names:tc:SAML:2.0:status:Responder" }),
      "IDPRejectedClaim: The identity provider reported that authentication failed: urn:oasis:names:tc:SAML:2.0:status:Responder",
    ],
    ["without the role", () => good({}, { Role: [`${roleArn("plain")},${provider}`] }), notAllowed],
    [
      "the role of another provider",
      () => good({}, { Role: [`${roleArn("open")},${provider}2`] }),
      notAllowed,
    ],
    [
      "role and provider the other way round",
      () => good({}, { Role: [`${provider}, ${roleArn("open")}`] }),
      "taken",
    ],
    [
      "without a session name",
      () => good({}, { RoleSessionName: [] }),
      "InvalidIdentityToken: RoleSessionName is required in AuthnResponse",
    ],
    [
      "a session name that does not fit",
      () => good({}, { RoleSessionName: ["a b"] }),
      "InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    ],
    [
      "a source identity that does not fit",
      () => good({}, { SourceIdentity: ["aws:me"] }),
      'InvalidIdentityToken: Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    ],
    [
      "a session duration that is none",
      () => good({}, { SessionDuration: ["5"] }),
      "InvalidIdentityToken: SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200",
    ],
    [
      "a tag with two values",
      () => good({}, { "PrincipalTag:team": ["blue", "red"] }),
      "InvalidIdentityToken: The session tags in the SAML response are invalid.",
    ],
  ])("a response %s", async (_what, xml, expected) => {
    expect(await outcome(take(xml()))).toBe(expected);
  });

  test("a comment inside a name cuts nothing off", async () => {
    const xml = good({ subject: "ann@example.com.evil.example" }).replace(
      "ann@example.com.evil.example",
      "ann@example.com<!-- -->.evil.example",
    );
    expect(await take(xml)).toMatchObject({ Subject: "ann@example.com.evil.example" });
  });

  test.each<readonly [string, Partial<SamlWords>, SamlWords["attributes"], string, string]>([
    ["whose conditions hold", {}, { [emailAddress]: ["ann@example.com"] }, "strict", "taken"],
    ["another subject", { subject: "eve" }, { [emailAddress]: ["ann@example.com"] }, "strict", notAllowed],
    ["another attribute", {}, { [emailAddress]: ["eve@example.com"] }, "strict", notAllowed],
    [
      "tags that the role does not let in",
      {},
      { "PrincipalTag:a": ["b"] },
      "plain",
      "AccessDenied: Not authorized to perform sts:TagSession",
    ],
    ["a role for web identities", {}, {}, "web", notAllowed],
    ["a role that is not there", {}, { Role: [`${roleArn("gone")},${provider}`] }, "gone", notAllowed],
  ])("a trust policy: %s", async (_what, more, attributes, role, expected) => {
    expect(await outcome(take(good(more, attributes), { RoleArn: roleArn(role) }))).toBe(expected);
  });

  test.each<readonly [string, Partial<AssumeRoleWithSAMLCommandInput>, string]>([
    ["no base64", { SAMLAssertion: "****" }, "InvalidIdentityToken: Invalid base64 SAMLResponse"],
    [
      "another provider",
      { PrincipalArn: `${provider}2` },
      "InvalidIdentityToken: Specified provider doesn't exist",
    ],
    ["no provider", { PrincipalArn: roleArn("open") }, `ValidationError: ${roleArn("open")} is invalid`],
    ["a policy that is none", { Policy: "{}" }, "MalformedPolicyDocument: "],
  ])("a call with %s", async (_what, input, expected) => {
    expect(await outcome(take(good(), input))).toContain(expected);
  });
});
