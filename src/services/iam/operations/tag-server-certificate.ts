import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, requestTagKeys, tagged } from "../tags.ts";

/** Adds tags to a server certificate. */
export const tagServerCertificate: WriteOperation<typeof iam, "TagServerCertificate"> = {
  name: "TagServerCertificate",

  authorise: async (input, ctx) => [
    {
      action: "iam:TagServerCertificate",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
      context: requestTagKeys(input.Tags),
    },
  ],

  async commit(tx, { account }, input) {
    const row = await requireServerCertificate(tx, account, input.ServerCertificateName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_server_certificate")
      .set({ tags: JSON.stringify(tagged(readTags(row.tags), input.Tags, "by case")) })
      .where("id", "=", row.id)
      .execute();
    return {};
  },
};
