import type { AccountId, Region } from "../kernel/brand.ts";
import { hour } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Sealer } from "../store/types.ts";
import { type Claims, claimsOf, principalOf, seal, unseal } from "./claims.ts";

/** How long a registry token is valid (Amazon ECR API Reference, "GetAuthorizationToken"). */
const lifetime = 12 * hour;
const purpose = "ecr.registry";

/** The registry that a token was asked of. It may be used at any registry that its principal may use. */
export interface RegistryScope {
  readonly account: AccountId;
  readonly region: Region;
}

export interface RegistryIdentity extends RegistryScope {
  readonly principal: Principal;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

interface RegistryClaims {
  readonly p: Claims;
  readonly a: AccountId;
  readonly r: Region;
  readonly x: number;
}

/**
 * Makes the password of `docker login --username AWS`. It carries identity only: what the principal may do is
 * decided at each call, so a policy change binds tokens already issued.
 * @param now epoch milliseconds.
 */
export function issueRegistryToken(
  principal: Principal,
  scope: RegistryScope,
  sealer: Sealer,
  now: number,
): { readonly token: string; readonly expiresAt: number } {
  const expiresAt = now + lifetime;
  const claims: RegistryClaims = { p: claimsOf(principal), a: scope.account, r: scope.region, x: expiresAt };
  return { token: seal(purpose, claims, sealer), expiresAt };
}

/**
 * Reads `Authorization: Basic base64("AWS:<token>")`.
 * Throws `UNAUTHORIZED` when it is not that or the token was not issued here, `ExpiredTokenException` when the
 * token's time is over; both with ECR's words.
 * @param now epoch milliseconds.
 */
export function openRegistryToken(
  authorizationHeader: string,
  sealer: Sealer,
  now: number,
): RegistryIdentity {
  const token = passwordOf(authorizationHeader);
  const claims =
    token === undefined ? undefined : (unseal(purpose, token, sealer) as RegistryClaims | undefined);
  if (claims === undefined) throw new Fault("UNAUTHORIZED", "Not Authorized", { status: 401 });
  if (claims.x <= now) {
    throw new Fault(
      "ExpiredTokenException",
      "Your authorization token has expired. Reauthenticate and try again.",
    );
  }
  return { principal: principalOf(claims.p), account: claims.a, region: claims.r, expiresAt: claims.x };
}

/** The password of basic credentials whose user is `AWS` (RFC 7617); `undefined` when they are not. */
function passwordOf(authorizationHeader: string): string | undefined {
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorizationHeader);
  if (match?.[1] === undefined) return undefined;
  const credentials = Buffer.from(match[1], "base64").toString("utf8");
  return credentials.startsWith("AWS:") ? credentials.slice(4) : undefined;
}
