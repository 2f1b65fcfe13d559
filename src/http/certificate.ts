import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** A certificate with its chain, and its private key, in PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate that cannot be served: says which file, or what of the two does not fit. */
export class CertificateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CertificateError";
  }
}

/**
 * Reads the files that the settings name.
 * @returns `undefined` when they name none. @throws CertificateError
 */
export function readCertificate(files: {
  readonly tlsCertificate?: string | undefined;
  readonly tlsKey?: string | undefined;
}): Certificate | undefined {
  if (files.tlsCertificate === undefined || files.tlsKey === undefined) return undefined;
  const certificate = { cert: read(files.tlsCertificate), key: read(files.tlsKey) };
  try {
    createSecureContext(certificate);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CertificateError(`${files.tlsCertificate} with ${files.tlsKey}: ${why}`);
  }
  return certificate;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CertificateError(error instanceof Error ? error.message : String(error));
  }
}
