import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Vouches for instance identity documents: who has no part in the installation's key can neither make nor alter one.
 * AWS signs with RSA and publishes the certificate; here nobody but Roadstead itself reads a signature.
 */
export interface InstanceIdentity {
  /** The signature of a document: Base64, as `dynamic/instance-identity/signature` answers it. */
  sign(document: string): string;
  verify(document: string, signature: string): boolean;
}

/** @param key of the installation, for this purpose alone. */
export function createInstanceIdentity(key: Buffer): InstanceIdentity {
  const digest = (document: string): Buffer => createHmac("sha256", key).update(document, "utf8").digest();
  return {
    sign: (document) => digest(document).toString("base64"),
    verify(document, signature) {
      const given = Buffer.from(signature, "base64");
      const expected = digest(document);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
