import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Principal } from "../../../kernel/principal.ts";

/** Who is calling. */
export const getCallerIdentity: ReadOperation<typeof sts, "GetCallerIdentity"> = {
  name: "GetCallerIdentity",
  // AWS: "No permissions are required … even if an explicit deny" (API Reference, "GetCallerIdentity").
  authorise: () => [],
  async read(ctx) {
    const caller = ctx.principal;
    if (caller.type === "Anonymous" || caller.type === "AWSService") {
      throw new Fault("MissingAuthenticationToken", "Request is missing Authentication Token", {
        status: 403,
      });
    }
    return { UserId: userIdOf(caller), Account: caller.account, Arn: caller.arn };
  },
};

/** `aws:userid` (IAM User Guide, "Principal key values"). */
function userIdOf(caller: Exclude<Principal, { type: "Anonymous" | "AWSService" }>): string {
  switch (caller.type) {
    case "Root":
      return caller.account;
    case "IAMUser":
      return caller.userId;
    case "AssumedRole":
      return `${caller.roleId}:${caller.sessionName}`;
    case "FederatedUser":
      return `${caller.account}:${caller.name}`;
  }
}
