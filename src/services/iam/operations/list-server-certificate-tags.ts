import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import { readTags, tagPage } from "../tags.ts";

/** The tags of a server certificate. */
export const listServerCertificateTags: ReadOperation<typeof iam, "ListServerCertificateTags"> = {
  name: "ListServerCertificateTags",

  authorise: async (input, ctx) => [
    {
      action: "iam:ListServerCertificateTags",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
    },
  ],

  async read({ rows, account }, input) {
    const row = await requireServerCertificate(rows, account, input.ServerCertificateName);
    return tagPage(readTags(row.tags), input);
  },
};
