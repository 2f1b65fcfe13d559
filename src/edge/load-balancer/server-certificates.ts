import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type TlsOptions } from "node:tls";
import type { ListenerCertificate } from "../../services/elasticloadbalancing/load-balancer-view.ts";
import { tlsPolicy } from "./tls-policy.ts";

/** A certificate with the names that it proves. */
interface Proof {
  readonly certificateArn: string;
  readonly names: readonly string[];
  readonly context: SecureContext;
}

/** What a listener says of TLS. */
export interface TlsSettings {
  readonly sslPolicy: string | undefined;
  /** The default one first. */
  readonly certificates: readonly ListenerCertificate[];
  /** Protocols that the server offers, the one that it likes best first; empty for none (ALPN). */
  readonly protocols: readonly string[];
}

/** The certificates of a TLS listener, which may change while it listens. */
export class ServerCertificates {
  #proofs: readonly Proof[] = [];
  #settings: TlsSettings;

  /** Throws what OpenSSL says of a certificate and key that do not fit. */
  constructor(settings: TlsSettings) {
    this.#settings = settings;
    this.update(settings);
  }

  /** For connections that begin from now on, when given to `setSecureContext` too. */
  update(settings: TlsSettings): void {
    const policy = tlsPolicy(settings.sslPolicy);
    this.#settings = settings;
    this.#proofs = settings.certificates.map(({ certificateArn, certificate, privateKey }) => ({
      certificateArn,
      names: namesOf(certificate),
      context: createSecureContext({ ...policy, cert: certificate, key: privateKey }),
    }));
  }

  /** For a TLS server. */
  get options(): TlsOptions {
    const [first] = this.#settings.certificates;
    return {
      ...tlsPolicy(this.#settings.sslPolicy),
      ...(first && { cert: first.certificate, key: first.privateKey }),
      SNICallback: (name, done) => done(null, this.choose(name)?.context),
      ALPNCallback: ({ protocols }) => this.#settings.protocols.find((one) => protocols.includes(one)),
    };
  }

  /**
   * The certificate for a name that a client asks for: one with exactly that name, else a wildcard's, else the default
   * (Elastic Load Balancing User Guide, "SSL certificates": "smart certificate selection").
   */
  choose(name: string): Proof | undefined {
    const wanted = name.toLowerCase();
    const [, parent] = /^[^.]+(\..+)$/.exec(wanted) ?? [];
    return (
      this.#proofs.find(({ names }) => names.includes(wanted)) ??
      this.#proofs.find(({ names }) => parent !== undefined && names.includes(`*${parent}`)) ??
      this.#proofs[0]
    );
  }
}

/** The names of a certificate: the alternative ones, or the common one where there are none. */
function namesOf(certificate: string): string[] {
  const { subjectAltName, subject } = new X509Certificate(certificate);
  const alternative = [...(subjectAltName ?? "").matchAll(/DNS:([^,\s]+)/g)].flatMap(
    ([, name]) => name ?? [],
  );
  const common = /(?:^|\n)CN=(.+)/.exec(subject)?.[1];
  const names = alternative.length > 0 ? alternative : common === undefined ? [] : [common];
  return names.map((name) => name.toLowerCase());
}
