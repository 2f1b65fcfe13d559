import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamTables } from "../store.ts";
import { readTags, untagged } from "../tags.ts";

/** Removes tags from a server certificate. */
export const untagServerCertificate: WriteOperation<typeof iam, "UntagServerCertificate"> = {
  name: "UntagServerCertificate",

  authorise: async (input, ctx) => [
    {
      action: "iam:UntagServerCertificate",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
      context: { "aws:TagKeys": input.TagKeys },
    },
  ],

  async commit(tx, { account }, input) {
    const row = await requireServerCertificate(tx, account, input.ServerCertificateName);
    await tx
      .tables<IamTables>()
      .updateTable("iam_server_certificate")
      .set({ tags: JSON.stringify(untagged(readTags(row.tags), input.TagKeys, "by case")) })
      .where("id", "=", row.id)
      .execute();
    return {};
  },
};
