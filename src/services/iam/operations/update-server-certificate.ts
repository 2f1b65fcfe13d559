import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import {
  certificateExists,
  entityArn,
  findServerCertificate,
  nameKey,
  requireServerCertificate,
} from "../entities.ts";
import { nameShown } from "../named-resource.ts";
import type { IamTables } from "../store.ts";

/** Gives a server certificate another name or path. */
export const updateServerCertificate: WriteOperation<typeof iam, "UpdateServerCertificate"> = {
  name: "UpdateServerCertificate",

  // IAM API Reference, "UpdateServerCertificate": the caller needs permission on the source and on the target.
  async authorise(input, ctx) {
    const { ServerCertificateName: given } = input;
    const found = await findServerCertificate(ctx.rows, ctx.account, given);
    const { name, path } = found ?? { name: given, path: "/" };
    const source = entityArn(ctx.account, "server-certificate", path, name);
    const target = entityArn(
      ctx.account,
      "server-certificate",
      input.NewPath ?? path,
      input.NewServerCertificateName ?? name,
    );
    const shown = nameShown("server-certificate", given);
    return [
      { action: "iam:UpdateServerCertificate", resource: source, shown },
      ...(target === source ? [] : [{ action: "iam:UpdateServerCertificate", resource: target }]),
    ];
  },

  async commit(tx, { account }, input) {
    const row = await requireServerCertificate(tx, account, input.ServerCertificateName);
    const { NewServerCertificateName: name = row.name, NewPath: path = row.path } = input;
    const holder = await findServerCertificate(tx, account, name);
    if (holder !== undefined && holder.id !== row.id) throw certificateExists(name);
    const arn = entityArn(account, "server-certificate", path, name);
    await tx
      .tables<IamTables>()
      .updateTable("iam_server_certificate")
      .set({ name, name_key: nameKey(name), path, arn })
      .where("id", "=", row.id)
      .execute();
    return {};
  },
};
