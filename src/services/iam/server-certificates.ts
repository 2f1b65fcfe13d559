import type { ServerCertificateMetadata } from "@aws-sdk/client-iam";
import type { ServerCertificateRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** What the private keys of server certificates are sealed for. */
export const serverCertificateKey = "iam.server-certificate";

/** A server certificate as lists show it. */
export function apiServerCertificate(row: ServerCertificateRow): ServerCertificateMetadata {
  return {
    Path: row.path,
    ServerCertificateName: row.name,
    ServerCertificateId: row.id,
    Arn: row.arn,
    UploadDate: wholeSeconds(row.created_at),
    Expiration: wholeSeconds(row.expires_at),
  };
}
