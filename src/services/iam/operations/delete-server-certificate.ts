import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Deletes a server certificate. */
export const deleteServerCertificate: WriteOperation<typeof iam, "DeleteServerCertificate"> = {
  name: "DeleteServerCertificate",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteServerCertificate",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
    },
  ],

  async commit(tx, { account }, input) {
    const row = await requireServerCertificate(tx, account, input.ServerCertificateName);
    await tx.tables<IamTables>().deleteFrom("iam_server_certificate").where("id", "=", row.id).execute();
    return {};
  },
};
