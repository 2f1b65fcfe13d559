import { X509Certificate } from "node:crypto";
import { DOMParser } from "@xmldom/xmldom";
import { Fault } from "../../kernel/fault.ts";

/** What an identity provider's metadata says (SAML V2.0 Metadata, sections 2.3.2 and 2.4.3). */
export interface SamlMetadata {
  /** `entityID`: what assertions must name as their issuer. */
  readonly issuer: string;
  /** Certificates of the signing keys: base64 of DER. */
  readonly certificates: readonly string[];
  /** `validUntil` in epoch milliseconds. */
  readonly validUntil?: number;
}

const namespaces = {
  metadata: "urn:oasis:names:tc:SAML:2.0:metadata",
  signature: "http://www.w3.org/2000/09/xmldsig#",
} as const;

/** Characters of one certificate: far above any in use. */
const largestCertificate = 20_000;

/**
 * Reads the metadata of one identity provider.
 * @throws InvalidInput when it is no metadata, or names no issuer or no usable signing certificate.
 */
export function readSamlMetadata(text: string): SamlMetadata {
  const entity = parsed(text)?.documentElement;
  if (entity?.namespaceURI !== namespaces.metadata || entity.localName !== "EntityDescriptor")
    throw invalid();
  const issuer = entity.getAttribute("entityID") ?? "";
  const [provider, ...more] = children(entity, namespaces.metadata, "IDPSSODescriptor");
  if (issuer === "" || provider === undefined || more.length > 0) throw invalid();
  const certificates = children(provider, namespaces.metadata, "KeyDescriptor")
    // A key without a stated use serves for signing too (section 2.4.1.1).
    .filter((key) => ["", "signing"].includes(key.getAttribute("use") ?? ""))
    .flatMap((key) => descendants(key, namespaces.signature, "X509Certificate"))
    .map((certificate) => (certificate.textContent ?? "").replace(/\s+/g, ""));
  if (certificates.length === 0 || !certificates.every(isCertificate)) throw invalid();
  const validUntil = Date.parse(entity.getAttribute("validUntil") ?? "");
  return { issuer, certificates, ...(Number.isNaN(validUntil) ? {} : { validUntil }) };
}

/** Strictly: what the parser would have to mend is not metadata, and nothing may declare entities. */
function parsed(text: string): Document | undefined {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return undefined;
  const refuse = (message: unknown): never => {
    throw new SyntaxError(String(message));
  };
  try {
    return new DOMParser({
      errorHandler: { warning: refuse, error: refuse, fatalError: refuse },
    }).parseFromString(text, "text/xml");
  } catch {
    return undefined;
  }
}

function children(parent: Element, namespace: string, name: string): Element[] {
  return descendants(parent, namespace, name).filter((element) => element.parentNode === parent);
}

function descendants(parent: Element, namespace: string, name: string): Element[] {
  return Array.from(parent.getElementsByTagNameNS(namespace, name));
}

function isCertificate(base64: string): boolean {
  if (base64.length > largestCertificate) return false;
  try {
    return new X509Certificate(Buffer.from(base64, "base64")).publicKey.asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

/** AWS: whatever is wrong with the document, this is what it says. */
function invalid(): Fault {
  return new Fault("InvalidInput", "Could not parse metadata");
}

/** Until when a provider's metadata counts. AWS: without `validUntil` a hundred years. */
export function validUntil(metadata: SamlMetadata, now: number): number {
  return metadata.validUntil ?? new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() + 100);
}
