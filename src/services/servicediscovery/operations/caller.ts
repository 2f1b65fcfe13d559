import type { CallContext } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Principal } from "../../../kernel/principal.ts";

/**
 * Who asked for something that is done later: AWS uses the caller's own permissions for what Cloud Map does in Route 53
 * (Developer Guide, "AWS Cloud Map API permissions"). An identity, no credential.
 */
export interface Caller {
  readonly principal: Principal;
  readonly account: AccountId;
  readonly region: Region;
  readonly calledVia: readonly string[];
}

export function callerOf({ principal, account, region, calledVia }: CallContext): Caller {
  return { principal, account, region, calledVia };
}
