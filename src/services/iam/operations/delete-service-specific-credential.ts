import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { removeCredential } from "../owned-credentials.ts";
import { onServiceCredential } from "../service-credentials.ts";
import { namedOrCaller } from "../users.ts";

/** Deletes a service-specific credential of a user, or of the caller. */
export const deleteServiceSpecificCredential: WriteOperation<typeof iam, "DeleteServiceSpecificCredential"> =
  {
    name: "DeleteServiceSpecificCredential",

    authorise: (input, ctx) => onServiceCredential(ctx, "iam:DeleteServiceSpecificCredential", input),

    async commit(tx, ctx, input) {
      const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
      const { ServiceSpecificCredentialId: id } = input;
      await removeCredential(tx, "iam_service_credential", ctx.account, owner, id);
      return {};
    },
  };
