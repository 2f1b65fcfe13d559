import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { StsPorts } from "../ports.ts";
import { spendCode } from "../second-factor.ts";
import { sessionCredentials } from "../session-credentials.ts";
import { ownSessionSeconds, sessionSpan } from "../session-duration.ts";
import { requireLongTermCredentials } from "../session-limits.ts";

/** Temporary credentials for the caller itself. */
export const getSessionToken = (ports: StsPorts): ReadOperation<typeof sts, "GetSessionToken"> => ({
  name: "GetSessionToken",
  // AWS: "No permissions are required"; policies cannot control it (IAM User Guide, "Permissions for GetSessionToken").
  authorise: () => [],
  async read(ctx, input) {
    const caller = requireLongTermCredentials(ctx.principal, "GetSessionToken");
    const factor = await spendCode(ports.secondFactor, ctx, input);
    const seconds = ownSessionSeconds(input.DurationSeconds, caller);
    const principal = {
      ...caller,
      session: { ...sessionSpan(ctx.now, seconds), ...factor },
    };
    return { Credentials: sessionCredentials(ports, principal) };
  },
});
