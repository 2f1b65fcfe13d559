import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { entityArn } from "../entities.ts";
import { entityPage } from "../entity-page.ts";
import { pageMembers } from "../paging.ts";
import { apiServerCertificate } from "../server-certificates.ts";

/** The account's server certificates, or those under a path. */
export const listServerCertificates: ReadOperation<typeof iam, "ListServerCertificates"> = {
  name: "ListServerCertificates",

  authorise: ({ PathPrefix: prefix = "/" }, ctx) => [
    {
      action: "iam:ListServerCertificates",
      resource: "*",
      shown: entityArn(ctx.account, "server-certificate", prefix, ""),
    },
  ],

  async read({ rows, account }, input) {
    const page = await entityPage(rows, "iam_server_certificate", account, input);
    return { ServerCertificateMetadataList: page.rows.map(apiServerCertificate), ...pageMembers(page) };
  },
};
