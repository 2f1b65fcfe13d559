import type { X509Certificate } from "node:crypto";
import { checkServerIdentity, type TLSSocket } from "node:tls";

/** Certificates between a server's own and the one that is known by its thumbprint. */
const longestChain = 8;

/**
 * Whether to believe the server at the other end: because a certificate authority that this machine knows vouches for
 * it, or because a certificate of its chain is one of those that were named (IAM User Guide, "Obtain the thumbprint for
 * an OpenID Connect identity provider").
 * @param thumbprints SHA-1 in lower-case hex.
 * @param now epoch milliseconds.
 */
export function isTrusted(
  socket: TLSSocket,
  host: string,
  thumbprints: readonly string[],
  now: number,
): boolean {
  if (socket.authorized) return true;
  if (checkServerIdentity(host, socket.getPeerCertificate()) !== undefined) return false;
  let certificate = socket.getPeerX509Certificate();
  for (let length = 0; certificate !== undefined && length < longestChain; length++) {
    if (!isValid(certificate, now)) return false;
    if (thumbprints.includes(thumbprintOf(certificate))) return true;
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    if (issuer === undefined) return false;
    // INVARIANT: a server may send any certificate along; what counts is that each was signed by the next.
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false;
    certificate = issuer.fingerprint256 === certificate.fingerprint256 ? undefined : issuer;
  }
  return false;
}

/** SHA-1 of a certificate in lower-case hex, as IAM writes thumbprints. */
function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(":", "").toLowerCase();
}

function isValid({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
