import { secretAccessKey } from "../kernel/ids.ts";
import type { AnonymousPrincipal, Principal, ServicePrincipal, Session } from "../kernel/principal.ts";
import type { Random } from "../kernel/random.ts";
import { sessionAccessKeyId } from "../kernel/session-key-id.ts";
import type { Sealer } from "../store/types.ts";
import { type Claims, claimsOf, principalOf, seal, unseal } from "./claims.ts";
import { expiredToken, invalidClientTokenId } from "./credentials.ts";

/** A principal whose credentials are temporary. */
export type SessionPrincipal = Exclude<Principal, ServicePrincipal | AnonymousPrincipal> & {
  readonly session: Session;
};

/** Temporary security credentials (STS API Reference, "Credentials"). */
export interface SessionCredentials {
  /** `ASIA…`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const purpose = "sts.session";

interface SessionClaims {
  readonly p: Claims;
  /** The secret access key. */
  readonly s: string;
}

/**
 * Makes temporary credentials. They are kept nowhere: the token itself holds the secret and the principal, sealed,
 * so that every node can check them.
 * @param principal who the credentials stand for; its `accessKeyId` is replaced by the new one.
 */
export function issueSession(
  principal: SessionPrincipal,
  sealer: Sealer,
  random: Random,
): SessionCredentials {
  const accessKeyId = sessionAccessKeyId(principal.account, random);
  const secret = secretAccessKey(random);
  const claims: SessionClaims = { p: claimsOf({ ...principal, accessKeyId }), s: secret };
  return {
    accessKeyId,
    secretAccessKey: secret,
    sessionToken: seal(purpose, claims, sealer),
    expiresAt: principal.session.expiresAt,
  };
}

/**
 * Opens a session token that came with an access key id. The signature is still to be verified with the secret.
 * Throws `InvalidClientTokenId` when the token was not issued here or for another key, `ExpiredToken` when its time
 * is over.
 * @param now epoch milliseconds.
 */
export function openSession(
  sessionToken: string,
  accessKeyId: string,
  sealer: Sealer,
  now: number,
): { readonly secretAccessKey: string; readonly principal: Principal } {
  const claims = unseal(purpose, sessionToken, sealer) as SessionClaims | undefined;
  if (claims === undefined) throw invalidClientTokenId();
  const principal = principalOf(claims.p);
  if (!("session" in principal) || principal.session === undefined) throw invalidClientTokenId();
  if (principal.accessKeyId !== accessKeyId) throw invalidClientTokenId();
  if (principal.session.expiresAt <= now) throw expiredToken();
  return { secretAccessKey: claims.s, principal };
}
