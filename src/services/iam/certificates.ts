import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { Fault } from "../../kernel/fault.ts";
import { base32 } from "./base32.ts";

const pemBlock = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** Known texts of AWS for UploadServerCertificate, as its users quote them. */
const notPem = "Unable to parse certificate. Please ensure the certificate is in PEM format.";
const badChain = (index: number): string =>
  `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`;

/** The certificates in a PEM text; `undefined` when there is anything else in it, or nothing. */
function readPem(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(pemBlock) ?? [];
  if (blocks.length === 0 || text.replace(pemBlock, "").trim() !== "") return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** Reads one certificate. Throws `MalformedCertificate`. */
export function readSigningCertificate(body: string): X509Certificate {
  const [certificate, ...more] = readPem(body) ?? [];
  if (certificate === undefined || more.length > 0) {
    throw new Fault("MalformedCertificate", `Certificate ${body} is malformed.`);
  }
  return certificate;
}

/** The id that IAM gives to a signing certificate: its SHA-1 in base32, 32 characters. */
export function signingCertificateId(certificate: X509Certificate): string {
  return base32(createHash("sha1").update(certificate.raw).digest());
}

/** What a server certificate is made of, as given. */
export interface ServerCertificateParts {
  readonly body: string;
  readonly privateKey: string;
  readonly chain: string | undefined;
}

/**
 * Checks that the parts belong together and are valid now, and tells when the certificate expires (epoch ms).
 * @throws MalformedCertificate, KeyPairMismatch.
 */
export function checkServerCertificate(parts: ServerCertificateParts, now: number): number {
  const [certificate, ...more] = readPem(parts.body) ?? [];
  if (certificate === undefined || more.length > 0) throw new Fault("MalformedCertificate", notPem);
  const expiresAt = Date.parse(certificate.validTo);
  if (now < Date.parse(certificate.validFrom) || now >= expiresAt) {
    throw new Fault("MalformedCertificate", "The certificate is not valid at this time.");
  }
  if (!certificate.checkPrivateKey(readPrivateKey(parts.privateKey))) {
    throw new Fault(
      "KeyPairMismatch",
      "The private key does not belong to the public key of the certificate.",
    );
  }
  if (parts.chain !== undefined) checkChain(certificate, parts.chain);
  return expiresAt;
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Fault("MalformedCertificate", "Private Key was in an unrecognized format.");
  }
}

/** Each certificate of the chain must have signed the one before it. */
function checkChain(certificate: X509Certificate, chain: string): void {
  const issuers = readPem(chain);
  if (issuers === undefined) throw new Fault("MalformedCertificate", notPem);
  let signed = certificate;
  for (const [index, issuer] of issuers.entries()) {
    if (!signed.checkIssued(issuer) || !signed.verify(issuer.publicKey)) {
      throw new Fault("MalformedCertificate", badChain(index));
    }
    signed = issuer;
  }
}
