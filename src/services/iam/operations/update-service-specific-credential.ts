import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOwner } from "../access-keys.ts";
import { setCredentialStatus } from "../owned-credentials.ts";
import { onServiceCredential } from "../service-credentials.ts";
import { namedOrCaller } from "../users.ts";

/** Switches a service-specific credential off or on. */
export const updateServiceSpecificCredential: WriteOperation<typeof iam, "UpdateServiceSpecificCredential"> =
  {
    name: "UpdateServiceSpecificCredential",

    authorise: (input, ctx) => onServiceCredential(ctx, "iam:UpdateServiceSpecificCredential", input),

    async commit(tx, ctx, input) {
      const owner = await keyOwner(tx, ctx.account, namedOrCaller(input.UserName, ctx));
      await setCredentialStatus(tx, "iam_service_credential", ctx.account, owner, {
        id: input.ServiceSpecificCredentialId,
        status: input.Status,
      });
      return {};
    },
  };
