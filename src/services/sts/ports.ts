import type { IdentityDirectory } from "../../dispatch/identity.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type {
  FederatedUserPrincipal,
  RoleSessionPrincipal,
  RootPrincipal,
  Session,
  UserPrincipal,
} from "../../kernel/principal.ts";

/** A principal with temporary credentials: what a session token stands for. */
export type SessionPrincipal = (
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
) & { readonly session: Session };

/** Temporary credentials, but for their end, which is the session's. */
export interface IssuedCredentials {
  /** `ASIA…`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What STS needs from the rest of the house; the composition root gives it. */
export interface StsPorts {
  /**
   * Makes the credentials of a session. The token carries the principal, with the new access key id in place of the
   * one it has; nothing is stored.
   */
  issueSession(principal: SessionPrincipal): IssuedCredentials;
  readonly directory: Pick<IdentityDirectory, "role" | "accessKey">;
  /** The account of an access key that is in no row: a bootstrap key. */
  accessKeyAccount(accessKeyId: string): AccountId | undefined;
  /** Opens the encoded message of an authorisation failure; `undefined` when it was not made here. */
  decodeMessage(encoded: string): string | undefined;
}
