import type { Jobs, Rows } from "../../store/types.ts";

/** A certificate with what proves it. */
export interface CertificateKeyPair {
  /** PEM: the certificate, then its chain. */
  readonly certificate: string;
  /** PEM. Never logged, never in an answer of the API. */
  readonly privateKey: string;
}

/** What Elastic Load Balancing needs of the rest of the house. */
export interface ElbPorts {
  readonly jobs: Jobs;
  /** The domain of load balancers' names: `localhost`. */
  readonly domain: string;
  /** The certificate with an ARN, of IAM or of ACM; undefined when there is none (docs/decisions/certificates-of-listeners.md). */
  certificate(rows: Rows, arn: string): Promise<CertificateKeyPair | undefined>;
  /** Whether a text is a regular expression that can be held against what clients send (in linear time). */
  isExpression(text: string): boolean;
}
