import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { requireCredential } from "../owned-credentials.ts";
import type { IamPorts } from "../ports.ts";
import {
  apiNewServiceCredential,
  newServiceSecret,
  onServiceCredential,
  serviceCredentialSecret,
} from "../service-credentials.ts";
import type { IamTables } from "../store.ts";
import { namedOrCaller } from "../users.ts";

/** Gives a service-specific credential another secret; the old one works no more. */
export const resetServiceSpecificCredential = ({
  sealer,
}: IamPorts): WriteOperation<typeof iam, "ResetServiceSpecificCredential"> => ({
  name: "ResetServiceSpecificCredential",

  authorise: (input, ctx) => onServiceCredential(ctx, "iam:ResetServiceSpecificCredential", input),

  async commit(tx, ctx, input) {
    const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
    const { ServiceSpecificCredentialId: id } = input;
    const row = await requireCredential(tx, "iam_service_credential", ctx.account, owner, id);
    const secret = newServiceSecret(row, ctx.random);
    await tx
      .tables<IamTables>()
      .updateTable("iam_service_credential")
      .set({ secret: sealer.seal(serviceCredentialSecret, secret) })
      .where("account", "=", ctx.account)
      .where("id", "=", id)
      .execute();
    return { ServiceSpecificCredential: apiNewServiceCredential(row, owner.name ?? "", secret) };
  },
});
