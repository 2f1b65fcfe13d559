import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A key that a provider signs with, and as it publishes it. */
export interface TestKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: object;
}

/** Makes a key for `RS256` or `ES256`. */
export function testKey(id: string, algorithm: "RS256" | "ES256" = "RS256", bits = 2048): TestKey {
  const { privateKey, publicKey } =
    algorithm === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: bits })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: id, alg: algorithm, use: "sig" };
  return { id, algorithm, privateKey, publicKey, jwk };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs claims; `header` replaces members of the token's header. */
export function testToken(key: TestKey, claims: object, header: object = {}): string {
  const signed = `${part({ alg: key.algorithm, kid: key.id, typ: "JWT", ...header })}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), {
    key: key.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${signed}.${signature.toString("base64url")}`;
}

/** A token without a signature, `alg` none. */
export function unsignedToken(claims: object): string {
  return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`;
}

/** A token whose HMAC was made with a public key: what a verifier that trusts `alg` would take. */
export function confusedToken(key: TestKey, claims: object): string {
  const signed = `${part({ alg: "HS256", kid: key.id, typ: "JWT" })}.${part(claims)}`;
  const secret = key.publicKey.export({ type: "spki", format: "pem" });
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
