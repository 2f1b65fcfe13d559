import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missing } from "./command.ts";

/** A self-signed certificate, PEM, and its RSA key. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  /** SHA-1 in lower-case hex. */
  readonly thumbprint: string;
  /** Base64 of DER. */
  readonly der: string;
}

/** Why no certificates can be made here; `undefined` when they can. */
export const certificatesMissing = (): string | undefined => missing("openssl", "version");

/** Makes one with OpenSSL, of 127.0.0.1, 127.0.0.2, localhost and further names. */
export function testCertificate(...further: readonly string[]): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-certificate-"));
  try {
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    const names = `subjectAltName=${["localhost", ...further].map((name) => `DNS:${name}`).join()},IP:127.0.0.1,IP:127.0.0.2`;
    execFileSync(
      "openssl",
      // biome-ignore format: a command line
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=localhost", "-addext", names,
        "-keyout", key, "-out", cert],
      { stdio: "ignore" },
    );
    const parsed = new X509Certificate(readFileSync(cert));
    return {
      key: readFileSync(key, "utf8"),
      cert: readFileSync(cert, "utf8"),
      thumbprint: parsed.fingerprint.replaceAll(":", "").toLowerCase(),
      der: parsed.raw.toString("base64"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
