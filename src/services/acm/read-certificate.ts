import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { validation } from "./faults.ts";

/** What a certificate says of itself. */
export interface CertificateFacts {
  readonly domainName: string;
  /** Domain name first. */
  readonly names: readonly string[];
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly keyAlgorithm: string;
  readonly signatureAlgorithm: string;
}

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, each by itself. */
function blocks(text: string): readonly string[] {
  return text.match(block) ?? [];
}

/**
 * Reads the one certificate of a PEM text.
 * @throws Fault `ValidationException`
 */
export function readCertificate(text: string): CertificateFacts {
  const found = blocks(text);
  if (found.length > 1) {
    throw validation(
      "The certificate field contains more than one certificate. You can specify only one certificate in this field.",
    );
  }
  const [pem] = found;
  const parsed = pem === undefined ? undefined : parse(pem);
  if (parsed === undefined) {
    throw validation("The certificate field must contain a PEM-encoded certificate.");
  }
  const names = (parsed.subjectAltName ?? "")
    .split(", ")
    .flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []));
  const common = /^CN=(.+)$/m.exec(parsed.subject)?.[1];
  const domainName = common ?? names[0] ?? "";
  const serial = parsed.serialNumber.toLowerCase();
  return {
    domainName,
    names: [...new Set([...(domainName === "" ? [] : [domainName]), ...names])],
    serial: (serial.length % 2 === 0 ? serial : `0${serial}`).match(/../g)?.join(":") ?? "",
    subject: parsed.subject.split("\n").join(","),
    issuer: parsed.issuer.split("\n").join(","),
    notBefore: Date.parse(parsed.validFrom),
    notAfter: Date.parse(parsed.validTo),
    keyAlgorithm: keyAlgorithmOf(parsed.publicKey),
    signatureAlgorithm: signatureAlgorithmOf(parsed.raw),
  };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * Reads a private key that belongs to a certificate, without a passphrase.
 * @returns PEM. @throws Fault `ValidationException`
 */
export function readPrivateKey(text: string, certificate: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw validation("The private key is not supported.");
  }
  // Ours.
  if (!new X509Certificate(certificate).checkPrivateKey(key)) {
    throw validation("The private key does not match the certificate.");
  }
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}

/** Checks a chain. @throws Fault `ValidationException` */
export function checkChain(text: string): void {
  const found = blocks(text);
  if (found.length === 0 || found.some((pem) => parse(pem) === undefined)) {
    throw validation("The certificate chain must contain PEM-encoded certificates.");
  }
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: "EC_prime256v1",
  secp384r1: "EC_secp384r1",
  secp521r1: "EC_secp521r1",
};

function keyAlgorithmOf(key: KeyObject): string {
  const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  const known = key.asymmetricKeyType === "rsa" ? `RSA_${modulusLength}` : curves[namedCurve];
  if (known === undefined || !/^(RSA_(1024|2048|3072|4096)|EC_\w+)$/.test(known)) {
    throw validation("The key algorithm of the certificate is not supported.");
  }
  return known;
}

/** RFC 5280, section 4.1.1.2, and RFC 8017, RFC 5758: how a certificate is signed, by the object identifier in hex. */
const signatureAlgorithms: Readonly<Record<string, string>> = {
  "2a864886f70d010105": "SHA1WITHRSA",
  "2a864886f70d01010b": "SHA256WITHRSA",
  "2a864886f70d01010c": "SHA384WITHRSA",
  "2a864886f70d01010d": "SHA512WITHRSA",
  "2a8648ce3d040302": "SHA256WITHECDSA",
  "2a8648ce3d040303": "SHA384WITHECDSA",
  "2a8648ce3d040304": "SHA512WITHECDSA",
};

/**
 * Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER … }, … }.
 * @param der a certificate that was parsed already, so that its lengths are right.
 */
function signatureAlgorithmOf(der: Buffer): string {
  const signed = contentOf(der, 0);
  const { end } = contentOf(der, signed.start);
  const identifier = contentOf(der, contentOf(der, end).start);
  return signatureAlgorithms[der.subarray(identifier.start, identifier.end).toString("hex")] ?? "UNKNOWN";
}

/** Where the content of a DER value begins and ends (X.690, section 8.1). */
function contentOf(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der.readUInt8(at + 1);
  const more = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + more;
  return { start, end: start + (more === 0 ? first : der.readUIntBE(at + 2, more)) };
}
