import { Fault } from "../kernel/fault.ts";

/**
 * The refusals of credentials, by the names that IAM and STS give them; JSON services call the first
 * `UnrecognizedClientException` (IAM User Guide, "Common errors"). None says which part was wrong.
 */

/** No such access key, an inactive one, or a session token that belongs to another key or was not issued here. */
export function invalidClientTokenId(): Fault {
  return new Fault("InvalidClientTokenId", "The security token included in the request is invalid.", {
    status: 403,
  });
}

/** Temporary credentials whose time is over. */
export function expiredToken(): Fault {
  return new Fault("ExpiredToken", "The security token included in the request is expired", { status: 403 });
}
