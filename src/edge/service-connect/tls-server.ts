import type { TlsOptions } from "node:tls";
import { type PortCertificate, tlsVersion } from "./certificates.ts";
import type { Route } from "./route.ts";

/** Settings of a server that proves itself by a certificate, which may be another one at each handshake. */
export function proving(certificate: PortCertificate): TlsOptions {
  return {
    ...tlsVersion,
    SNICallback: (_name, done) => {
      certificate.current().then(
        (context) => done(null, context),
        (error: unknown) => done(error as Error),
      );
    },
  };
}

/** Counts a handshake that came to nothing. */
export function noteTlsFailure(route: Route, error: Error): void {
  route.counts.add("tlsFailures", 1);
  route.log.onFailure?.(`${route.service.discoveryName}: a TLS connection was refused: ${error.message}`);
}
