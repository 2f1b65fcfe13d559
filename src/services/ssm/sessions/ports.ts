import type { CallSource } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";

/** What sessions need of the rest of the house. */
export interface SessionPorts {
  /**
   * Whether an agent is reached at a target now, that is, whether the target's own role may hold its channels.
   * @param target `ecs:<cluster>_<task id>_<runtime id>`.
   */
  isConnected(
    scope: { readonly account: AccountId; readonly region: Region },
    target: string,
  ): Promise<boolean>;
  /** Ends a session whose socket this process holds. Others are no error. */
  endSession(id: string): Promise<void>;
  /** The origin at which a caller can call again: `http://10.0.0.1:4566`. */
  addressOf(source: CallSource): string;
}
