import type * as iam from "@aws-sdk/client-iam";
import type { ServiceSpecificCredentialMetadata } from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { keyOwner } from "../access-keys.ts";
import { entityArn } from "../entities.ts";
import { credentialsOf } from "../owned-credentials.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { allServiceCredentials, apiServiceCredential } from "../service-credentials.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** The service-specific credentials of a user, of the caller, or of everyone, without their secrets. */
export const listServiceSpecificCredentials: ReadOperation<typeof iam, "ListServiceSpecificCredentials"> = {
  name: "ListServiceSpecificCredentials",

  authorise: (input, ctx) =>
    input.AllUsers === true && input.UserName === undefined
      ? [{ action: "iam:ListServiceSpecificCredentials", resource: entityArn(ctx.account, "user", "/", "*") }]
      : onUserOrCaller(ctx, "iam:ListServiceSpecificCredentials", input.UserName),

  async read(ctx, input) {
    const { rows, account } = ctx;
    const { ServiceName: service } = input;
    const shown: ServiceSpecificCredentialMetadata[] = [];
    if (input.AllUsers === true) {
      if (input.UserName !== undefined) {
        throw new Fault("ValidationError", "AllUsers cannot be specified together with UserName.");
      }
      const all = await allServiceCredentials(rows, account);
      shown.push(...all.map((row) => apiServiceCredential(row, row.user_name)));
    } else {
      const owner = await keyOwner(rows, account, namedOrCaller(input.UserName, ctx));
      const own = await credentialsOf(rows, "iam_service_credential", account, owner);
      shown.push(...own.map((row) => apiServiceCredential(row, owner.name ?? "")));
    }
    const asked = shown.filter((one) => service === undefined || one.ServiceName === service);
    const page = pageOfSorted(asked, (one) => one.ServiceSpecificCredentialId ?? "", pageRequest(input));
    return { ServiceSpecificCredentials: [...page.rows], ...pageMembers(page) };
  },
};
