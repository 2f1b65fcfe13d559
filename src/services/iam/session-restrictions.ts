import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { AnyOperation } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";

/**
 * An operation of IAM, closed to sessions that GetFederationToken made, and to those of GetSessionToken without MFA,
 * whatever their policies say (IAM User Guide, "Compare AWS STS credentials"). Those of AssumeRoot are made for it, and those of the console come from a password. A service that forwards such a caller's
 * identity is let through: it was the service that was called.
 */
export function closedToWeakSessions<Operation extends AnyOperation>(operation: Operation): Operation {
  return {
    ...operation,
    authorise(input: unknown, ctx: AuthoriseContext) {
      if (ctx.calledVia.length === 0) refuseWeakSession(ctx);
      return operation.authorise(input, ctx);
    },
  };
}

/** AWS: such credentials are refused as if they were no credentials. */
function refuseWeakSession({ principal }: AuthoriseContext): void {
  const weak =
    principal.type === "FederatedUser" ||
    ((principal.type === "IAMUser" || principal.type === "Root") &&
      principal.session !== undefined &&
      principal.session.assumedRoot !== true &&
      principal.session.console !== true &&
      principal.session.mfaAuthenticated !== true);
  if (weak) {
    throw new Fault("InvalidClientTokenId", "The security token included in the request is invalid.", {
      status: 403,
    });
  }
}
