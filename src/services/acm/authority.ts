import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";
import { day } from "../../kernel/duration.ts";
import type { Random } from "../../kernel/random.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import { validation } from "./faults.ts";
import type { AcmTables } from "./store.ts";
import { loadX509 } from "./x509.ts";

/** The certificate authority of this installation, which signs what RequestCertificate asks for. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8 in PEM, sealed. */
  readonly sealedKey: string;
}

const rowId = "local";
const purpose = "acm.authority";
const name = "CN=Roadstead Local CA, O=Roadstead";
const lifetime = 3_650 * day;
/** AWS: public certificates are valid for 198 days ("ACM certificate characteristics"). */
const leafLifetime = 198 * day;
/** Clients' clocks may be behind. */
const backdated = day;

/** The authority that is there. */
export async function findAuthority(rows: Rows): Promise<Authority | undefined> {
  const row = await rows
    .tables<AcmTables>()
    .selectFrom("acm_authority")
    .selectAll()
    .where("id", "=", rowId)
    .executeTakeFirst();
  return row === undefined ? undefined : { certificate: row.certificate, sealedKey: row.private_key };
}

/**
 * Keeps an authority that was made while there was none.
 * @returns false when another one came first.
 */
export async function keepAuthority(tx: Tx, made: Authority): Promise<boolean> {
  const had = await findAuthority(tx);
  if (had !== undefined) return had.certificate === made.certificate;
  await tx
    .tables<AcmTables>()
    .insertInto("acm_authority")
    .values({ id: rowId, certificate: made.certificate, private_key: made.sealedKey })
    .execute();
  return true;
}

/** Makes an authority. @param now epoch ms. */
export async function makeAuthority(sealer: Sealer, random: Random, now: number): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await generate("EC_prime256v1");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    serialNumber: serial(random),
    notBefore: new Date(now - backdated),
    notAfter: new Date(now + lifetime),
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: certificate.toString("pem"),
    sealedKey: sealer.seal(purpose, await pemOf(keys.privateKey)),
  };
}

/** A new certificate with its key, PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * Issues a certificate for names, the first of which is its subject. @param now epoch ms.
 * @throws Fault `ValidationException` for a kind of key that is not issued.
 */
export async function issue(
  authority: Authority,
  sealer: Sealer,
  {
    names,
    keyAlgorithm,
    now,
    random,
    lifetime: validFor = leafLifetime,
  }: {
    readonly names: readonly string[];
    readonly keyAlgorithm: string;
    readonly now: number;
    readonly random: Random;
    /** In ms. */
    readonly lifetime?: number;
  },
): Promise<IssuedCertificate> {
  const opened = sealer.open(purpose, authority.sealedKey);
  if (opened === undefined) throw new Error("the key of the certificate authority cannot be opened");
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    derOf(createPrivateKey(opened)),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  const keys = await generate(keyAlgorithm);
  const [first = ""] = names;
  const certificate = await x509.X509CertificateGenerator.create({
    // RFC 5280: a common name has no more than 64 characters.
    subject: first.length <= 64 ? `CN=${first}` : "O=Roadstead",
    issuer: issuer.subject,
    serialNumber: serial(random),
    notBefore: new Date(now - backdated),
    notAfter: new Date(now + validFor),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await pemOf(keys.privateKey) };
}

const sizes: Readonly<Record<string, number>> = { RSA_2048: 2_048, RSA_3072: 3_072, RSA_4096: 4_096 };
const curves: Readonly<Record<string, string>> = { EC_prime256v1: "P-256", EC_secp384r1: "P-384" };

async function generate(keyAlgorithm: string): Promise<CryptoKeyPair> {
  const modulusLength = sizes[keyAlgorithm];
  const namedCurve = curves[keyAlgorithm];
  if (modulusLength !== undefined) {
    const algorithm = {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      publicExponent: new Uint8Array([1, 0, 1]),
    };
    return webcrypto.subtle.generateKey({ ...algorithm, modulusLength }, true, ["sign", "verify"]);
  }
  if (namedCurve === undefined) {
    throw validation(`The key algorithm ${keyAlgorithm} is not supported for requested certificates`);
  }
  return webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
}

async function pemOf(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

function derOf(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "pkcs8" });
}

/** RFC 5280: positive, no more than 20 octets. */
function serial(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString("hex");
}
