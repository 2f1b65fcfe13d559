import type { SecureVersion } from "node:tls";
import { defaultPolicy, findPolicy } from "../../services/elasticloadbalancing/listeners/ssl-policies.ts";

/** What a security policy lets a connection be. */
export interface TlsPolicy {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** As OpenSSL lists them, in the order of preference. */
  readonly ciphers: string;
}

const ascending: readonly SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** A security policy by its name, as DescribeSSLPolicies shows it; the default one for a name that is not served. */
export function tlsPolicy(name: string = defaultPolicy): TlsPolicy {
  const { SslProtocols = [], Ciphers = [] } = findPolicy(name) ?? findPolicy(defaultPolicy) ?? {};
  const spoken = ascending.filter((version) => SslProtocols.includes(version));
  const minVersion = spoken[0] ?? "TLSv1.2";
  const ciphers = Ciphers.flatMap(({ Name }) => Name ?? []);
  // OpenSSL by itself does not speak the versions before 1.2 any more.
  if (minVersion === "TLSv1" || minVersion === "TLSv1.1") ciphers.push("@SECLEVEL=0");
  return { minVersion, maxVersion: spoken.at(-1) ?? "TLSv1.2", ciphers: ciphers.join(":") };
}
