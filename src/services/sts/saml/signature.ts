import { createHash, type KeyLike, verify, X509Certificate } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { children, descendants, invalid, isNamed, namespaces, notSaml, parseXml } from "./document.ts";

/**
 * The assertion of a response, as the identity provider signed it. It is read from the canonical form of what the
 * signature covers, never from the response as it came, so that nothing wrapped around it is ever looked at (SAML
 * V2.0, section 5; "On Breaking SAML: Be Whoever You Want to Be").
 * INVARIANT: every signature there is must hold, and there must be one, on the response or on the assertion.
 * @param certificates of the provider's metadata, base64 of DER. AWS: their validity in time does not count.
 * @throws InvalidIdentityToken.
 */
export function signedAssertion(text: string, certificates: readonly string[]): Element {
  const document = parseXml(text);
  const response = document.documentElement;
  const assertions = descendants(document, namespaces.assertion, "Assertion");
  const [assertion] = assertions;
  if (!isNamed(response, namespaces.protocol, "Response") || hasTwins(document)) throw notSaml();
  if (assertions.length > 1) throw notSaml();
  if (assertion === undefined) {
    const encrypted = descendants(document, namespaces.assertion, "EncryptedAssertion").length > 0;
    throw encrypted ? cannotDecrypt() : notSaml();
  }
  if (assertion.parentNode !== response) throw notSaml();
  const covered = [response, assertion].flatMap((element) => signaturesOf(element, text, certificates));
  if (covered.length !== descendants(document, namespaces.signature, "Signature").length) throw unsigned();
  const last = covered.at(-1);
  if (last === undefined) throw unsigned();
  if (isNamed(last, namespaces.assertion, "Assertion")) return last;
  const [inside] = children(last, namespaces.assertion, "Assertion");
  if (inside === undefined) throw unsigned();
  return inside;
}

/** What the signatures right below an element cover, once they have been verified: the element itself, and nothing else. */
function signaturesOf(element: Element, text: string, certificates: readonly string[]): Element[] {
  const signatures = children(element, namespaces.signature, "Signature");
  return signatures.map((signature) => {
    const id = element.getAttribute("ID") ?? "";
    for (const certificate of certificates) {
      const canonical = canonicalReference(signature, id, text, certificate);
      if (canonical === undefined) continue;
      const covered = parseXml(canonical).documentElement;
      if (covered.getAttribute("ID") !== id || covered.localName !== element.localName) throw unsigned();
      return covered;
    }
    throw unsigned();
  });
}

/** The canonical form of the one element that a signature refers to; `undefined` when the certificate did not sign. */
function canonicalReference(
  signature: Element,
  id: string,
  text: string,
  certificate: string,
): string | undefined {
  const check = new SignedXml({ publicCert: publicKeyOf(certificate), idMode: undefined });
  // INVARIANT: no HMAC, for which the public certificate would be the secret, no SHA-1, no transform that selects.
  check.SignatureAlgorithms = signatureAlgorithms as unknown as typeof check.SignatureAlgorithms;
  check.HashAlgorithms = hashAlgorithms as unknown as typeof check.HashAlgorithms;
  const { CanonicalizationAlgorithms: known } = check;
  check.CanonicalizationAlgorithms = Object.fromEntries(
    permittedTransforms.map((name) => [name, known[name]]),
  ) as unknown as typeof known;
  try {
    check.loadSignature(signature);
    if (check.getReferences().length !== 1 || !check.checkSignature(text)) return undefined;
  } catch {
    // The library throws for whatever it finds wrong; to the caller all of it is one thing.
    return undefined;
  }
  const [reference] = check.getReferences();
  const [canonical] = check.getSignedReferences();
  return id !== "" && reference?.uri === `#${id}` ? canonical : undefined;
}

/** SAML V2.0 Core, section 5.4.4: the enveloped signature and exclusive canonicalisation, nothing else. */
const permittedTransforms = [
  "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
  "http://www.w3.org/2001/10/xml-exc-c14n#",
] as const;

/** RFC 6931, section 2.3. */
const signatureAlgorithms = Object.fromEntries(
  ["sha256", "sha384", "sha512"].map((hash) => {
    const name = `http://www.w3.org/2001/04/xmldsig-more#rsa-${hash}`;
    return [name, rsaAlgorithm(name, hash)];
  }),
);

/** XML Encryption 1.0, section 5.7; RFC 6931, section 2.1.3. */
const hashAlgorithms = {
  "http://www.w3.org/2001/04/xmlenc#sha256": hashAlgorithm("sha256"),
  "http://www.w3.org/2001/04/xmldsig-more#sha384": hashAlgorithm("sha384"),
  "http://www.w3.org/2001/04/xmlenc#sha512": hashAlgorithm("sha512"),
};

function rsaAlgorithm(name: string, hash: string) {
  return class {
    getAlgorithmName(): string {
      return name;
    }
    verifySignature(material: string, key: KeyLike, value: string): boolean {
      return verify(hash, Buffer.from(material), key, Buffer.from(value, "base64"));
    }
    getSignature(): never {
      throw new Error("nothing is signed here");
    }
  };
}

function hashAlgorithm(hash: string) {
  return class {
    getAlgorithmName(): string {
      return hash;
    }
    getHash(xml: string): string {
      return createHash(hash).update(xml, "utf8").digest("base64");
    }
  };
}

function publicKeyOf(certificate: string) {
  return new X509Certificate(Buffer.from(certificate, "base64")).publicKey;
}

/** Whether two elements go by one id, in any spelling of the attribute: what a signature covers would be a guess. */
function hasTwins(document: Document): boolean {
  const ids = Array.from(document.getElementsByTagName("*")).flatMap((element) =>
    ["ID", "Id", "id"].flatMap((name) => element.getAttribute(name) || []),
  );
  return new Set(ids).size < ids.length;
}

function unsigned() {
  return invalid("Response signature invalid");
}

/** Ours. */
function cannotDecrypt() {
  return invalid("Roadstead does not decrypt SAML assertions: send the assertion unencrypted.");
}
