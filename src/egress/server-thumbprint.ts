import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect } from "node:tls";
import { connectionFailure, EgressError, forbidden, guardedLookup } from "./guard.ts";

/**
 * The thumbprint by which the server of an address can be known again: SHA-1, in lower-case hex, of the topmost
 * certificate that it sends and that is not a root (IAM User Guide, "Obtain the thumbprint for an OpenID Connect
 * identity provider").
 * @throws EgressError
 */
export type ServerThumbprint = (url: string) => Promise<string>;

/** How long a server may take, in ms. */
const patience = 3000;
/** Certificates that are looked at. */
const longestChain = 8;

/** Makes it. Nothing is sent to the server but what TLS itself needs. */
export function createServerThumbprint(isAllowed: (address: string) => boolean): ServerThumbprint {
  return (text) =>
    new Promise((resolved, rejected) => {
      const url = new URL(text);
      const host = url.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 && !isAllowed(host)) throw forbidden(host);
      const socket = connect({
        host,
        port: Number(url.port || 443),
        ...(isIP(host) === 0 && { servername: host }),
        lookup: guardedLookup(isAllowed),
        // Whom the certificate convinces is decided when a document is fetched, not here.
        rejectUnauthorized: false,
        timeout: patience,
      });
      socket.once("secureConnect", () => {
        const certificate = topmost(socket.getPeerX509Certificate());
        socket.destroy();
        if (certificate === undefined) rejected(new EgressError("unusable", `${text} sent no certificate`));
        else resolved(certificate.fingerprint.replaceAll(":", "").toLowerCase());
      });
      socket.once("timeout", () => socket.destroy(new Error(`no answer within ${patience} ms`)));
      socket.once("error", (error) => rejected(connectionFailure(text, error)));
    });
}

function topmost(server: X509Certificate | undefined): X509Certificate | undefined {
  let top = server;
  for (let length = 1; length < longestChain; length++) {
    const issuer: X509Certificate | undefined = top?.issuerCertificate;
    if (issuer === undefined || issuer.fingerprint256 === top?.fingerprint256) return top;
    // A root vouches for itself: it is not what the provider is known by.
    if (issuer.checkIssued(issuer)) return top;
    top = issuer;
  }
  return top;
}
