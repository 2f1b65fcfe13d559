import type { Principal } from "../kernel/principal.ts";
import type { RequestPrincipal } from "./types.ts";

/**
 * A caller as policies see it: by its ARN and by the ids that `NotPrincipal`, `Principal` and `aws:userid` may name.
 * @param serviceLinked whether a role session is one of a service-linked role.
 */
export function requestPrincipal(principal: Principal, serviceLinked = false): RequestPrincipal {
  switch (principal.type) {
    case "Root":
      return { type: "Root", account: principal.account, arn: principal.arn, ids: [principal.account] };
    case "IAMUser":
      return { type: "IAMUser", account: principal.account, arn: principal.arn, ids: [principal.userId] };
    case "AssumedRole":
      return {
        type: "AssumedRole",
        account: principal.account,
        arn: principal.arn,
        roleArn: principal.roleArn,
        roleId: principal.roleId,
        ids: [`${principal.roleId}:${principal.sessionName}`],
        serviceLinked,
      };
    case "FederatedUser":
      // A resource policy may also name the user who made the session.
      return {
        type: "FederatedUser",
        account: principal.account,
        arn: principal.arn,
        roleArn: principal.issuer.arn,
        roleId: principal.issuer.id,
      };
    case "AWSService":
      return { type: "AWSService", arn: principal.service };
    case "Anonymous":
      return { type: "Anonymous", arn: "*" };
  }
}
