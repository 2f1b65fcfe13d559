import { describe, expect, test } from "vitest";
import { certificatesMissing, testCertificate } from "../../../test/support/certificate.ts";
import { openIdConnectProvider, samlProvider } from "./identity-providers.ts";
import { onBothDatabases, outcomeOf, play, type Story } from "./testing.ts";

const oidcArn = "arn:aws:iam::ACCOUNT:oidc-provider/issuer.example.com/realm";
const at = { OpenIDConnectProviderArn: oidcArn };
const made = [
  "CreateOpenIDConnectProvider",
  { Url: "https://issuer.example.com/realm", ClientIDList: ["app"], ThumbprintList: ["A".repeat(40)] },
] as const;
const many = (count: number) => Array.from({ length: count }, (_, i) => `id-${i}`);

const oidc: readonly Story[] = [
  [
    "a provider is made, shown, listed and deleted, twice",
    [
      made[0],
      { ...made[1], Tags: [{ Key: "Team", Value: "blue" }] },
      { OpenIDConnectProviderArn: oidcArn, Tags: [{ Key: "Team", Value: "blue" }] },
    ],
    [
      "GetOpenIDConnectProvider",
      at,
      {
        Url: "issuer.example.com/realm",
        ClientIDList: ["app"],
        ThumbprintList: ["a".repeat(40)],
        Tags: [{ Key: "Team", Value: "blue" }],
      },
    ],
    ["ListOpenIDConnectProviders", {}, { OpenIDConnectProviderList: [{ Arn: oidcArn }] }],
    ["GetAccountSummary", {}, { SummaryMap: { Providers: 1 } }],
    ["DeleteOpenIDConnectProvider", at],
    ["DeleteOpenIDConnectProvider", at],
    ["GetOpenIDConnectProvider", at, `NoSuchEntity: OpenIDConnect Provider not found for arn ${oidcArn}`],
    ["ListOpenIDConnectProviders", {}, { OpenIDConnectProviderList: [] }],
  ],
  [
    "a URL has one provider",
    [...made],
    [
      "CreateOpenIDConnectProvider",
      { Url: "https://Issuer.example.com/realm/" },
      "EntityAlreadyExists: Provider with url https://Issuer.example.com/realm/ already exists.",
    ],
  ],
  ...[
    "http://issuer.example.com",
    "issuer.example.com",
    "https://issuer.example.com?tenant=1",
    "https://issuer.example.com#x",
    "https://user@issuer.example.com",
    "https://",
  ].map(
    (Url): Story => [
      `${Url} is no provider's`,
      ["CreateOpenIDConnectProvider", { Url }, "ValidationError: Invalid Open ID Connect Provider URL"],
    ],
  ),
  [
    "clients come and go, as often as they like",
    [...made],
    ["AddClientIDToOpenIDConnectProvider", { ...at, ClientID: "second" }],
    ["AddClientIDToOpenIDConnectProvider", { ...at, ClientID: "second" }],
    ["GetOpenIDConnectProvider", at, { ClientIDList: ["app", "second"] }],
    ["RemoveClientIDFromOpenIDConnectProvider", { ...at, ClientID: "app" }],
    ["RemoveClientIDFromOpenIDConnectProvider", { ...at, ClientID: "app" }],
    ["GetOpenIDConnectProvider", at, { ClientIDList: ["second"] }],
  ],
  [
    "a hundred clients, five thumbprints",
    [
      "CreateOpenIDConnectProvider",
      { Url: "https://issuer.example.com/realm", ClientIDList: many(101) },
      "LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    ],
    [
      "CreateOpenIDConnectProvider",
      { Url: "https://issuer.example.com/realm", ThumbprintList: many(6) },
      "InvalidInput: Thumbprint list must contain fewer than 5 entries.",
    ],
    ["CreateOpenIDConnectProvider", { Url: "https://issuer.example.com/realm", ClientIDList: many(100) }],
    [
      "AddClientIDToOpenIDConnectProvider",
      { ...at, ClientID: "another" },
      "LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    ],
  ],
  [
    "thumbprints are replaced",
    [...made],
    ["UpdateOpenIDConnectProviderThumbprint", { ...at, ThumbprintList: ["b".repeat(40)] }],
    ["GetOpenIDConnectProvider", at, { ThumbprintList: ["b".repeat(40)] }],
  ],
  [
    "tags are set, listed and taken away",
    [...made],
    [
      "TagOpenIDConnectProvider",
      {
        ...at,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "A", Value: "2" },
        ],
      },
    ],
    [
      "ListOpenIDConnectProviderTags",
      at,
      {
        Tags: [
          { Key: "A", Value: "2" },
          { Key: "a", Value: "1" },
        ],
        IsTruncated: false,
      },
    ],
    ["UntagOpenIDConnectProvider", { ...at, TagKeys: ["a"] }],
    ["ListOpenIDConnectProviderTags", at, { Tags: [{ Key: "A", Value: "2" }] }],
  ],
  [
    "an ARN of something else",
    [
      "GetOpenIDConnectProvider",
      { OpenIDConnectProviderArn: "arn:aws:iam::ACCOUNT:user/issuer" },
      "ValidationError: arn:aws:iam::ACCOUNT:user/issuer is invalid",
    ],
  ],
];

onBothDatabases("OpenID Connect providers", (iam) => {
  play(iam, oidc);

  test("are found by their account and issuer only", async () => {
    const [account, other] = [iam().account(), iam().account()];
    await iam().call(account, ...made);
    const find = (of: typeof account, issuer: string) => openIdConnectProvider(iam().store.rows, of, issuer);
    expect(await find(account, "https://issuer.example.com/realm")).toMatchObject({ clientIds: ["app"] });
    expect(await find(account, "https://issuer.example.com/realm/")).toMatchObject({ clientIds: ["app"] });
    for (const issuer of ["https://issuer.example.com", "http://issuer.example.com/realm", ""]) {
      expect(await find(account, issuer)).toBeUndefined();
    }
    expect(await find(other, "https://issuer.example.com/realm")).toBeUndefined();
  });
});

describe.skipIf(certificatesMissing())("SAML", () => {
  const { der } = testCertificate();
  const metadata = (inside = "", attributes = "", descriptor = "IDPSSODescriptor") =>
    `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml" ${attributes}>
      <md:${descriptor} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
          <ds:X509Certificate>${inside || der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
      </md:${descriptor}></md:EntityDescriptor>`;
  const arn = "arn:aws:iam::ACCOUNT:saml-provider/idp";
  const SAMLMetadataDocument = metadata();
  const create = (document: string, outcome: object | string = {}): Story[1] => [
    "CreateSAMLProvider",
    { Name: "idp", SAMLMetadataDocument: document },
    outcome,
  ];
  const unreadable = "InvalidInput: Could not parse metadata";

  const saml: readonly Story[] = [
    [
      "a provider is made, shown, listed, changed and deleted",
      create(SAMLMetadataDocument, { SAMLProviderArn: arn }),
      [
        "GetSAMLProvider",
        { SAMLProviderArn: arn },
        {
          SAMLMetadataDocument,
          CreateDate: "2026-09-11T10:20:28.000Z",
          ValidUntil: "2126-09-11T10:20:28.000Z",
        },
      ],
      create(SAMLMetadataDocument, "EntityAlreadyExists: Provider with name idp already exists."),
      ["ListSAMLProviders", {}, { SAMLProviderList: [{ Arn: arn }] }],
      [
        "UpdateSAMLProvider",
        { SAMLProviderArn: arn, SAMLMetadataDocument: metadata("", 'validUntil="2030-01-01T00:00:00Z"') },
        { SAMLProviderArn: arn },
      ],
      ["GetSAMLProvider", { SAMLProviderArn: arn }, { ValidUntil: "2030-01-01T00:00:00.000Z" }],
      ["TagSAMLProvider", { SAMLProviderArn: arn, Tags: [{ Key: "a", Value: "1" }] }],
      ["ListSAMLProviderTags", { SAMLProviderArn: arn }, { Tags: [{ Key: "a", Value: "1" }] }],
      ["UntagSAMLProvider", { SAMLProviderArn: arn, TagKeys: ["a"] }],
      ["ListSAMLProviderTags", { SAMLProviderArn: arn }, { Tags: [] }],
      ["DeleteSAMLProvider", { SAMLProviderArn: arn }],
      ["DeleteSAMLProvider", { SAMLProviderArn: arn }, `NoSuchEntity: Manifest not found for arn ${arn}`],
    ],
    ["metadata: not XML", create("metadata".repeat(200), unreadable)],
    ["metadata: XML of something else", create("<html/>", unreadable)],
    ["metadata: broken XML", create(SAMLMetadataDocument.replace("</md:EntityDescriptor>", ""), unreadable)],
    ["metadata: entities", create(`<!DOCTYPE x [<!ENTITY a "b">]>${SAMLMetadataDocument}`, unreadable)],
    ["metadata: no certificate", create(metadata("bm9uZQ=="), unreadable)],
    ["metadata: of a service", create(metadata("", "", "SPSSODescriptor"), unreadable)],
    [
      "metadata: no name",
      create(SAMLMetadataDocument.replace("https://idp.example.com/saml", ""), unreadable),
    ],
  ];

  onBothDatabases("SAML providers", (iam) => {
    play(iam, saml);

    test("hand over issuer and certificates", async () => {
      const account = iam().account();
      const answer = await iam().call(account, "CreateSAMLProvider", { Name: "idp", SAMLMetadataDocument });
      expect(await samlProvider(iam().store.rows, String(answer.SAMLProviderArn))).toMatchObject({
        issuer: "https://idp.example.com/saml",
        certificates: [der],
      });
    });

    test("with keys to decrypt are refused", async () => {
      const call = iam().call(iam().account(), "CreateSAMLProvider", {
        Name: "idp",
        SAMLMetadataDocument,
        AssertionEncryptionMode: "Required",
      });
      expect(await outcomeOf(call)).toMatch(/^NotImplemented: Roadstead does not decrypt/);
    });
  });
});
