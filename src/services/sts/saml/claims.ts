import { createHash } from "node:crypto";
import { parseArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Federation } from "../federated-session.ts";
import type { SamlAssertion } from "./assertion.ts";
import { invalid } from "./document.ts";

/** Who an assertion is about, as AssumeRoleWithSAML answers it. */
export interface SamlSubject {
  readonly subject: string;
  /** `persistent`, `transient`, or the whole `Format` when it is not one of SAML 2.0's own. */
  readonly subjectType: string;
  readonly nameQualifier: string;
}

const own = "https://aws.amazon.com/SAML/Attributes/";
const nameFormats = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const name = /^[\w+=,.@-]{2,64}$/;
/** IAM User Guide, "Pass session tags in AWS STS". */
const mostTags = 50;

/** Reads the subject of an assertion. API Reference, "AssumeRoleWithSAML": `NameQualifier`, `SubjectType`. */
export function samlSubject(assertion: SamlAssertion, provider: string): SamlSubject {
  const { issuer, subject, subjectFormat } = assertion;
  const hashed = createHash("sha1").update(`${issuer}${documentOf(provider)}`);
  return {
    subject,
    subjectType: subjectFormat.startsWith(nameFormats)
      ? subjectFormat.slice(nameFormats.length)
      : subjectFormat,
    nameQualifier: hashed.digest("base64"),
  };
}

/**
 * The session that an assertion lets its bearer take (IAM User Guide, "Configure SAML assertions for the
 * authentication response").
 * @throws AccessDenied when the assertion names no such role for the provider; InvalidIdentityToken for attributes that
 * do not fit.
 */
export function samlFederation(assertion: SamlAssertion, roleArn: string, provider: string): Federation {
  const { attributes } = assertion;
  const values = (attribute: string) => attributes.get(`${own}${attribute}`) ?? [];
  const pairs = values("Role").map((pair) => pair.split(",").map((arn) => arn.trim()));
  const named = pairs.some((pair) => pair.length === 2 && pair.includes(roleArn) && pair.includes(provider));
  if (!named) {
    throw new Fault("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", { status: 403 });
  }
  const [sessionName, ...more] = values("RoleSessionName");
  if (sessionName === undefined) throw invalid("RoleSessionName is required in AuthnResponse");
  if (more.length > 0 || !name.test(sessionName)) {
    throw invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  }
  const [sourceIdentity] = values("SourceIdentity");
  if (sourceIdentity !== undefined && (!name.test(sourceIdentity) || /^aws:/i.test(sourceIdentity))) {
    throw invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
  }
  requireConsoleDuration(values("SessionDuration"));
  const { subject, subjectType, nameQualifier } = samlSubject(assertion, provider);
  return {
    roleArn,
    sessionName,
    provider,
    tags: principalTags(attributes),
    transitiveTagKeys: values("TransitiveTagKeys"),
    sourceIdentity,
    caller: {
      type: "SAMLUser",
      principalId: `${nameQualifier}:${subject}`,
      userName: subject,
      identityProvider: nameQualifier,
    },
    context: {
      ...directoryKeys(attributes),
      // AWS: where the assertion is presented, not its audience.
      "saml:aud": assertion.recipient,
      "saml:doc": documentOf(provider),
      "saml:iss": assertion.issuer,
      "saml:namequalifier": nameQualifier,
      "saml:sub": subject,
      "saml:sub_type": subjectType,
    },
  };
}

/** `<account>/<name of the provider>`. */
function documentOf(provider: string): string {
  const arn = parseArn(provider);
  return `${arn?.account ?? ""}/${(arn?.resource ?? "").slice("saml-provider/".length)}`;
}

/** AWS: how long a console session lasts, of which there are none here; what is no such number is refused all the same. */
function requireConsoleDuration(values: readonly string[]): void {
  const [seconds, ...more] = values;
  if (seconds === undefined) return;
  if (more.length > 0 || !/^\d{3,5}$/.test(seconds) || Number(seconds) < 900 || Number(seconds) > 43_200) {
    throw invalid("SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200");
  }
}

/** A tag's value is one text. The lengths are those of STS's `Tag`. */
function principalTags(attributes: SamlAssertion["attributes"]): readonly Tag[] {
  const prefix = `${own}PrincipalTag:`;
  const tags = [...attributes].flatMap(([attribute, [value, ...more]]) => {
    if (!attribute.startsWith(prefix)) return [];
    const key = attribute.slice(prefix.length);
    const fits = value !== undefined && more.length === 0 && value.length <= 256;
    if (!fits || key === "" || key.length > 128) throw badTags();
    return [{ key, value }];
  });
  if (tags.length > mostTags) throw badTags();
  return tags;
}

/** Ours. */
function badTags(): Fault {
  return invalid("The session tags in the SAML response are invalid.");
}

/** Keys of what directories tell about people, by the attribute's name (IAM User Guide, "Mapping SAML attributes to AWS trust policy context keys"). */
const directoryAttributes: Readonly<Record<string, string>> = {
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "edupersonaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "edupersonnickname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "edupersonorgdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "edupersonorgunitdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "edupersonprimaryaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "edupersonprincipalname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "edupersonentitlement",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "edupersonprimaryorgunitdn",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "edupersonscopedaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "edupersontargetedid",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "edupersonassurance",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": "eduorghomepageuri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.3": "eduorgidentityauthnpolicyuri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.4": "eduorglegalname",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.5": "eduorgsuperioruri",
  "urn:oid:1.3.6.1.4.1.5923.1.2.1.6": "eduorgwhitepagesuri",
  "urn:oid:2.5.4.3": "cn",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "name",
  "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "givenName",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "surname",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "mail",
  "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "primaryGroupSID",
  "urn:oid:2.5.4.4": "surname",
  "urn:oid:2.5.4.42": "givenName",
  "urn:oid:2.5.4.45": "x500UniqueIdentifier",
  "urn:oid:0.9.2342.19200300.100.1.1": "uid",
  "urn:oid:0.9.2342.19200300.100.1.3": "mail",
  "urn:oid:0.9.2342.19200300.100.1.45": "organizationStatus",
};

function directoryKeys(attributes: SamlAssertion["attributes"]): Record<string, readonly string[]> {
  const keys: Record<string, readonly string[]> = {};
  for (const [attribute, values] of attributes) {
    const key = directoryAttributes[attribute];
    if (key !== undefined) keys[`saml:${key}`] = [...(keys[`saml:${key}`] ?? []), ...values];
  }
  return keys;
}
