import type { SecureVersion } from "node:tls";

/** What a security policy lets a connection be. */
export interface TlsPolicy {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** As OpenSSL lists them; for TLS 1.2 and before. */
  readonly ciphers: string;
}

const versions: Readonly<Record<string, SecureVersion>> = {
  0: "TLSv1",
  1: "TLSv1.1",
  2: "TLSv1.2",
  3: "TLSv1.3",
};

const tls13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
const restricted =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
const forward = `${restricted}:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384`;
const older = "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA";
const withoutForwardSecrecy =
  "AES128-GCM-SHA256:AES128-SHA256:AES256-GCM-SHA384:AES256-SHA256:AES128-SHA:AES256-SHA";

/**
 * A security policy by its name, whose parts say what it allows: `TLS13-1-2` TLS 1.3 and 1.2, `TLS-1-2` up to 1.2,
 * `FS` forward secrecy only, `Res` AES-GCM only, `Ext` the older ciphers too (Elastic Load Balancing User Guide,
 * "Security policies for your Application Load Balancer").
 */
export function tlsPolicy(name = ""): TlsPolicy {
  const [, modern] = /TLS13-1-(\d)/.exec(name) ?? [];
  const [, earlier] = /(?:TLS|FS)-1-(\d)/.exec(name) ?? [];
  const minVersion = versions[modern ?? earlier ?? "0"] ?? "TLSv1.2";
  const maxVersion = modern === undefined ? "TLSv1.2" : "TLSv1.3";
  const list = [
    ...(modern === undefined ? [] : [tls13]),
    /Res/.test(name) ? restricted : forward,
    ...(allowsOlder(name, minVersion) ? [older] : []),
    ...(allowsWithoutForwardSecrecy(name, minVersion) ? [withoutForwardSecrecy] : []),
    // OpenSSL by itself does not speak the versions before 1.2 any more.
    ...(minVersion === "TLSv1" || minVersion === "TLSv1.1" ? ["@SECLEVEL=0"] : []),
  ];
  return { minVersion, maxVersion, ciphers: list.join(":") };
}

const allowsOlder = (name: string, min: SecureVersion): boolean =>
  /Ext/.test(name) || (!/Res/.test(name) && (min === "TLSv1" || min === "TLSv1.1"));

const allowsWithoutForwardSecrecy = (name: string, min: SecureVersion): boolean =>
  !/FS/.test(name) &&
  !/Res/.test(name) &&
  (/Ext[12]?-/.test(name) || !/TLS13/.test(name) || min !== "TLSv1.2");
