import { second } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { children, invalid, namespaces, notSaml } from "./document.ts";

/** What an assertion says (SAML V2.0 Core, section 2). It is believed only when its signature was verified. */
export interface SamlAssertion {
  readonly issuer: string;
  /** The text of `NameID`. */
  readonly subject: string;
  /** `Format` of `NameID`, whole. */
  readonly subjectFormat: string;
  /** `Recipient` of the one bearer confirmation. */
  readonly recipient: string;
  /** Empty when the assertion is restricted to no audience. */
  readonly audiences: readonly string[];
  /** Epoch milliseconds, like the other times. */
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly notOnOrAfter: number;
  /** `SessionNotOnOrAfter`: when the provider's own session ends. */
  readonly sessionEndsAt: number | undefined;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/**
 * Reads an assertion.
 * @param element the assertion as it was signed: canonical, without comments.
 * @throws InvalidIdentityToken when something that AWS requires is missing.
 */
export function readAssertion(element: Element): SamlAssertion {
  const subject = only(element, "Subject");
  const name = only(subject, "NameID");
  // AWS: exactly one confirmation ("Configure SAML assertions for the authentication response").
  const confirmation = only(subject, "SubjectConfirmation");
  if (confirmation.getAttribute("Method") !== bearer) throw notSaml();
  const confirmed = only(confirmation, "SubjectConfirmationData");
  const conditions = only(element, "Conditions");
  const end = time(confirmed, "NotOnOrAfter");
  const recipient = confirmed.getAttribute("Recipient");
  const issuedAt = time(element, "IssueInstant");
  if (end === undefined || issuedAt === undefined || !recipient) throw notSaml();
  const sessionEnds = elements(element, "AuthnStatement").flatMap(
    (statement) => time(statement, "SessionNotOnOrAfter") ?? [],
  );
  return {
    issuer: text(only(element, "Issuer")),
    subject: text(name),
    subjectFormat: name.getAttribute("Format") || unspecified,
    recipient,
    audiences: elements(conditions, "AudienceRestriction").flatMap((restriction) =>
      elements(restriction, "Audience").map(text),
    ),
    issuedAt,
    notBefore: Math.max(0, time(conditions, "NotBefore") ?? 0, time(confirmed, "NotBefore") ?? 0),
    notOnOrAfter: Math.min(end, time(conditions, "NotOnOrAfter") ?? end),
    sessionEndsAt: sessionEnds.length === 0 ? undefined : Math.min(...sessionEnds),
    attributes: attributesOf(element),
  };
}

/** How far a provider's clock may be ahead, in ms. */
const skew = 300 * second;
/** How long after its making an assertion may be shown, in ms (`Token must be redeemed within 5 minutes of issuance`). */
const redeemable = 300 * second;

/**
 * Checks when an assertion counts. AWS: it may be shown again while it does.
 * @param now epoch milliseconds.
 * @throws ExpiredTokenException, InvalidIdentityToken.
 */
export function requireCurrent(assertion: SamlAssertion, now: number): void {
  const { issuedAt, notBefore, notOnOrAfter, sessionEndsAt } = assertion;
  const end = Math.min(notOnOrAfter, issuedAt + redeemable, sessionEndsAt ?? notOnOrAfter);
  if (now >= end) {
    throw new Fault("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance");
  }
  // The words are ours.
  if (Math.max(issuedAt, notBefore) > now + skew) throw invalid("The SAML assertion is not yet valid.");
}

/** IAM User Guide, "Configure SAML assertions for the authentication response". */
const signInEndpoint =
  /^https:\/\/([a-z]{2}(-[a-z]+)+-\d+\.)?signin\.aws\.amazon\.com\/(platform\/)?saml(\/acs\/[\w-]{1,64})?$/;

/** Checks for whom an assertion was made. @throws InvalidIdentityToken. */
export function requireMeantForAws({ recipient, audiences }: SamlAssertion): void {
  // The words are ours.
  if (!signInEndpoint.test(recipient)) {
    throw invalid("The Recipient in the SAML response is not the AWS sign-in endpoint.");
  }
  if (!audiences.some((audience) => audience === "urn:amazon:webservices" || signInEndpoint.test(audience))) {
    throw invalid("Response does not contain the required audience.");
  }
}

function attributesOf(assertion: Element): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, readonly string[]>();
  for (const statement of elements(assertion, "AttributeStatement")) {
    for (const attribute of elements(statement, "Attribute")) {
      const name = attribute.getAttribute("Name") ?? "";
      const values = elements(attribute, "AttributeValue").map(text);
      attributes.set(name, [...(attributes.get(name) ?? []), ...values]);
    }
  }
  return attributes;
}

function elements(parent: Element, name: string): Element[] {
  return children(parent, namespaces.assertion, name);
}

function only(parent: Element, name: string): Element {
  const [first, ...more] = elements(parent, name);
  if (first === undefined || more.length > 0) throw notSaml();
  return first;
}

/** The text of an element that holds nothing else. */
function text(element: Element): string {
  if (Array.from(element.childNodes).some((node) => node.nodeType === 1)) throw notSaml();
  return (element.textContent ?? "").trim();
}

/** An `xs:dateTime` in UTC, as SAML wants it (Core, section 1.3.3); a time that cannot be read is no answer. */
function time(element: Element, name: string): number | undefined {
  const written = element.getAttribute(name);
  if (!written) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(at)) throw notSaml();
  return at;
}
