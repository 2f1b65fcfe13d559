import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { apiServerCertificate } from "../server-certificates.ts";
import { apiTags, readTags } from "../tags.ts";

/** A server certificate, but for its private key. */
export const getServerCertificate: ReadOperation<typeof iam, "GetServerCertificate"> = {
  name: "GetServerCertificate",

  authorise: async (input, ctx) => [
    {
      action: "iam:GetServerCertificate",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
    },
  ],

  async read({ rows, account }, input) {
    const row = await requireServerCertificate(rows, account, input.ServerCertificateName);
    return {
      ServerCertificate: {
        ServerCertificateMetadata: apiServerCertificate(row),
        CertificateBody: row.body,
        CertificateChain: row.chain ?? undefined,
        Tags: apiTags(readTags(row.tags)),
      },
    };
  },
};
