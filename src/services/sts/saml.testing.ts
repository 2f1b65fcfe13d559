import { SignedXml } from "xml-crypto";

const rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
const enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/** What a test's identity provider says. Times are epoch milliseconds. */
export interface SamlWords {
  readonly issuer: string;
  readonly now: number;
  readonly subject?: string;
  readonly format?: string;
  readonly recipient?: string;
  readonly audience?: string;
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly notOnOrAfter?: number;
  readonly sessionEndsAt?: number;
  readonly status?: string;
  /** By the attribute's name; the short ones are AWS's own. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** An assertion, not signed. */
export function assertionOf(words: SamlWords, id = "_assertion"): string {
  const { now, issuer } = words;
  const end = iso(words.notOnOrAfter ?? now + 300_000);
  const attributes = Object.entries(words.attributes).map(([name, values]) => {
    const full = name.includes(":") && !name.startsWith("PrincipalTag:") ? name : `${aws}${name}`;
    const texts = values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join("");
    return `<saml:Attribute Name="${full}">${texts}</saml:Attribute>`;
  });
  const session =
    words.sessionEndsAt === undefined ? "" : ` SessionNotOnOrAfter="${iso(words.sessionEndsAt)}"`;
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${iso(words.issuedAt ?? now)}">`,
    `<saml:Issuer>${issuer}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${words.format ?? "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"}">${words.subject ?? "ann"}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${words.recipient ?? "https://signin.aws.amazon.com/saml"}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${iso(words.notBefore ?? now)}" NotOnOrAfter="${end}">`,
    words.audience === ""
      ? ""
      : `<saml:AudienceRestriction><saml:Audience>${words.audience ?? "urn:amazon:webservices"}</saml:Audience></saml:AudienceRestriction>`,
    `</saml:Conditions><saml:AuthnStatement AuthnInstant="${iso(now)}"${session}/>`,
    `<saml:AttributeStatement>${attributes.join("")}</saml:AttributeStatement></saml:Assertion>`,
  ].join("");
}

const aws = "https://aws.amazon.com/SAML/Attributes/";

/** A response around whatever is given. */
export function responseAround(
  inside: string,
  status = "urn:oasis:names:tc:SAML:2.0:status:Success",
): string {
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0"><samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>${inside}</samlp:Response>`;
}

/** How a test signs, where it differs from what a provider does. */
export interface Signing {
  readonly algorithm?: string;
  readonly digest?: string;
  readonly canonicalization?: string;
  readonly transforms?: readonly string[];
  /** Signs with an HMAC whose secret this is. */
  readonly secret?: string;
}

/**
 * Signs the element with an id; the signature stands inside it.
 * @param key PEM.
 */
export function signed(xml: string, id: string, key: string, how: Signing = {}): string {
  const signature = new SignedXml({
    privateKey: how.secret ?? key,
    signatureAlgorithm: how.algorithm ?? rsa,
    canonicalizationAlgorithm: (how.canonicalization ?? exclusive) as typeof exclusive,
  });
  if (how.secret !== undefined) signature.enableHMAC();
  const xpath = `//*[@ID='${id}']`;
  signature.addReference({
    xpath,
    transforms: [...(how.transforms ?? [enveloped, exclusive])],
    digestAlgorithm: how.digest ?? "http://www.w3.org/2001/04/xmlenc#sha256",
  });
  signature.computeSignature(xml, { location: { reference: xpath, action: "append" } });
  return signature.getSignedXml();
}

/** As the HTTP POST binding carries it. */
export const posted = (xml: string): string => Buffer.from(xml).toString("base64");

/** The metadata of a provider that signs with certificates, base64 of DER. */
export function metadataOf(issuer: string, certificates: readonly string[]): string {
  const keys = certificates.map(
    (der) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  );
  // IAM wants a document of some length, which real ones have.
  const filler = `<!-- ${" ".repeat(1000)} -->`;
  return `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${issuer}">${filler}<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join("")}</md:IDPSSODescriptor></md:EntityDescriptor>`;
}
