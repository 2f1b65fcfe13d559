import type { CreateAccountStatus } from "@aws-sdk/client-organizations";
import type { AccountId } from "../../kernel/brand.ts";
import type { CreationRow } from "./store.ts";

/** The queue on which accounts that are to be made wait for their worker. */
export const creationQueue = "organizations.create-account";

/** What a creation job carries: all that the worker needs to furnish the account. */
export interface CreationJob {
  /** `car-…`. */
  readonly requestId: string;
  readonly organization: string;
  readonly management: AccountId;
  /** The account that is to be. */
  readonly newAccount: AccountId;
  /** The role through which the management account gets in. */
  readonly roleName: string;
}

/** As the API answers it. */
export function apiCreation(row: CreationRow): CreateAccountStatus {
  return {
    Id: row.id,
    AccountName: row.name,
    State: row.state,
    RequestedTimestamp: new Date(row.requested_at),
    ...(row.completed_at === null ? {} : { CompletedTimestamp: new Date(row.completed_at) }),
    ...(row.state === "SUCCEEDED" ? { AccountId: row.account } : {}),
    ...(row.failure === null ? {} : { FailureReason: row.failure }),
  };
}
