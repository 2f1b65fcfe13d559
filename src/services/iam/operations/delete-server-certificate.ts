import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { requireServerCertificate } from "../entities.ts";
import { namedResource } from "../named-resource.ts";
import type { IamPorts } from "../ports.ts";
import type { IamTables } from "../store.ts";

/** Deletes a server certificate. @throws Fault `DeleteConflict` while a load balancer proves itself with it. */
export const deleteServerCertificate = (
  ports: IamPorts,
): WriteOperation<typeof iam, "DeleteServerCertificate"> => ({
  name: "DeleteServerCertificate",

  authorise: async (input, ctx) => [
    {
      action: "iam:DeleteServerCertificate",
      ...(await namedResource(ctx.rows, ctx.account, "server-certificate", input.ServerCertificateName)),
    },
  ],

  async commit(tx, { account }, input) {
    const row = await requireServerCertificate(tx, account, input.ServerCertificateName);
    const [user] = await ports.usersOfCertificate(tx, row.arn);
    if (user !== undefined) {
      // AWS: its words (captured).
      throw new Fault(
        "DeleteConflict",
        `Certificate: ${row.id} is currently in use by ${user}. Please remove it first before deleting it from IAM.`,
      );
    }
    await tx.tables<IamTables>().deleteFrom("iam_server_certificate").where("id", "=", row.id).execute();
    return {};
  },
});
