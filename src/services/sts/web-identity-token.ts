import { constants, type KeyObject, verify } from "node:crypto";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";

/** A JSON Web Token, taken apart and not yet believed (RFC 7519; RFC 7515, section 3.1). */
export interface WebIdentityToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: { readonly [name: string]: Json };
  /** `iss`. */
  readonly issuer: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** What a signature is made of (RFC 7518, sections 3.3 to 3.4). */
interface Algorithm {
  readonly hash: string;
  readonly keyType: "rsa" | "ec";
  readonly curve?: string;
}

// INVARIANT: asymmetric algorithms only. With `none` or `HS256` a public key would be all that a forger needs.
const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { hash: "sha256", keyType: "rsa" },
  RS384: { hash: "sha384", keyType: "rsa" },
  RS512: { hash: "sha512", keyType: "rsa" },
  ES256: { hash: "sha256", keyType: "ec", curve: "prime256v1" },
  ES384: { hash: "sha384", keyType: "ec", curve: "secp384r1" },
  ES512: { hash: "sha512", keyType: "ec", curve: "secp521r1" },
};

/** Bits of the smallest RSA key that may sign (RFC 7518, section 3.3). */
const smallestRsaKey = 2048;

/**
 * Takes a token apart.
 * @throws InvalidIdentityToken when it is no JWT, names no issuer, or is signed in a way that nobody can check.
 */
export function readToken(text: string): WebIdentityToken {
  const parts = text.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw notJwt();
  }
  const { alg, kid, crit } = jsonOf(header);
  const claims = jsonOf(payload);
  if (typeof alg !== "string" || !/^[\w-]*$/.test(signature)) throw notJwt();
  // A header that demands to be understood in full is not: no extension is known here (RFC 7515, section 4.1.11).
  if (!Object.hasOwn(algorithms, alg) || crit !== undefined) throw unverified();
  if (typeof claims.iss !== "string") throw missing("iss");
  return {
    algorithm: alg,
    keyId: typeof kid === "string" ? kid : undefined,
    claims,
    issuer: claims.iss,
    signed: Buffer.from(`${header}.${payload}`, "ascii"),
    signature: Buffer.from(signature, "base64url"),
  };
}

/** Whether a key signed the token. A key of another kind than the token's algorithm needs did not. */
export function isSignedBy(token: WebIdentityToken, key: KeyObject): boolean {
  const algorithm = algorithms[token.algorithm];
  if (algorithm === undefined || key.type !== "public") return false;
  if (key.asymmetricKeyType !== algorithm.keyType) return false;
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (algorithm.keyType === "ec") {
    if (namedCurve !== algorithm.curve) return false;
    return verify(algorithm.hash, token.signed, { key, dsaEncoding: "ieee-p1363" }, token.signature);
  }
  if (modulusLength === undefined || modulusLength < smallestRsaKey) return false;
  const padding = constants.RSA_PKCS1_PADDING;
  return verify(algorithm.hash, token.signed, { key, padding }, token.signature);
}

/** Seconds that a provider's clock may be ahead. */
const skew = 300;

/**
 * Checks when a token counts.
 * @param now epoch milliseconds.
 * @throws ExpiredTokenException, InvalidIdentityToken.
 */
export function requireCurrent({ claims }: WebIdentityToken, now: number): void {
  const seconds = Math.floor(now / 1000);
  const { exp, nbf, iat } = claims;
  if (typeof exp !== "number") throw missing("exp");
  if (typeof iat !== "number") throw missing("iat");
  if (seconds >= exp) {
    throw new Fault(
      "ExpiredTokenException",
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${Math.floor(exp)}`,
    );
  }
  const begins = Math.max(iat, typeof nbf === "number" ? nbf : iat);
  if (begins > seconds + skew) {
    throw invalid(`Token is not valid before ${Math.floor(begins)}: current date/time ${seconds}`);
  }
}

/** The base64url part of a token as an object. */
function jsonOf(part: string): { readonly [name: string]: Json } {
  if (!/^[\w-]+$/.test(part)) throw notJwt();
  const value = parseJson(Buffer.from(part, "base64url").toString("utf8"));
  if (!isJsonObject(value)) throw notJwt();
  return value;
}

/** `InvalidIdentityToken`. */
export function invalid(message: string): Fault {
  return new Fault("InvalidIdentityToken", message);
}

/** `InvalidIdentityToken` for a claim that is not there or not of its type. */
export function missing(claim: string): Fault {
  return invalid(`Missing a required claim: ${claim}`);
}

/** `InvalidIdentityToken`, as AWS answers whatever no key of the provider has signed. */
export function unverified(): Fault {
  return invalid(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
}

function notJwt(): Fault {
  return invalid(
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );
}
