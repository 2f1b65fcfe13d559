import { createSecureContext, type SecureContext } from "node:tls";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Client } from "../../dispatch/context.ts";
import { hour } from "../../kernel/duration.ts";

/** How long what was read of a secret is used, in ms: a certificate is replaced days before it ends. */
const readEvery = hour;

/** TLS 1.3 and nothing older (Developer Guide, "Encrypt Service Connect traffic"). */
export const tlsVersion = { minVersion: "TLSv1.3" } as const;

export interface PortCertificatePorts {
  /** Calls as the role that may read the secret. */
  readonly client: Client;
  readonly secretArn: string;
  now(): number;
  onError(error: unknown): void;
}

/** By which the proxy before a port proves itself. */
export interface PortCertificate {
  /** What is known now; read anew when it is old. What cannot be read leaves what was. */
  current(): Promise<SecureContext>;
}

/** Reads a certificate from its secret. @throws when that cannot be, or it is none. */
export async function openPortCertificate(ports: PortCertificatePorts): Promise<PortCertificate> {
  let readAt = ports.now();
  let context = Promise.resolve(await read(ports));
  return {
    current() {
      if (ports.now() - readAt >= readEvery) {
        readAt = ports.now();
        const before = context;
        context = read(ports).catch((error: unknown) => {
          ports.onError(error);
          return before;
        });
      }
      return context;
    },
  };
}

async function read({ client, secretArn }: PortCertificatePorts): Promise<SecureContext> {
  const { SecretString = "{}" } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const { certificate, privateKey, chain } = JSON.parse(SecretString) as Readonly<
    Partial<Record<"certificate" | "privateKey" | "chain", string>>
  >;
  if (certificate === undefined || privateKey === undefined)
    throw new Error(`the secret ${secretArn} holds no certificate`);
  return createSecureContext({ ...tlsVersion, cert: `${certificate}\n${chain ?? ""}`, key: privateKey });
}
