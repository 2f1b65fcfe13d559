import type { Rows, Sealer } from "../../store/types.ts";
import { serverCertificateKey } from "./server-certificates.ts";
import type { IamTables } from "./store.ts";

/** A server certificate as what proves itself with it sees it. */
export interface ServerCertificateView {
  /** PEM: the certificate, then its chain. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
}

/** The server certificate with an ARN, its key opened. */
export async function viewServerCertificate(
  rows: Rows,
  sealer: Sealer,
  arn: string,
): Promise<ServerCertificateView | undefined> {
  const found = await rows
    .tables<IamTables>()
    .selectFrom("iam_server_certificate")
    .select(["body", "chain", "private_key"])
    .where("arn", "=", arn as never)
    .executeTakeFirst();
  const privateKey = found === undefined ? undefined : sealer.open(serverCertificateKey, found.private_key);
  if (found === undefined || privateKey === undefined) return undefined;
  return { certificate: [found.body.trim(), found.chain?.trim() ?? ""].join("\n"), privateKey };
}
