import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows, Sealer } from "../../store/types.ts";
import type { WebIdentityIssuerRow } from "./account-feature-store.ts";
import type { IamTables } from "./store.ts";

/** The algorithms by which an account's tokens are signed (GetWebIdentityToken, `SigningAlgorithm`). */
const signingAlgorithms = ["ES384", "RS256"] as const;

/** One of them. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** The private keys of an issuer, PKCS #8 PEM, by the algorithm that they sign with. */
export type IssuerKeys = Readonly<Record<SigningAlgorithm, string>>;

/** The purpose that keys are sealed for. */
const purpose = "iam.web-identity-issuer";

/** Makes the keys of a new issuer, sealed. */
export async function newIssuerKeys(sealer: Sealer): Promise<string> {
  const generate = promisify(generateKeyPair);
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
  const rsa = await generate("rsa", { modulusLength: 2048 });
  const ec = await generate("ec", { namedCurve: "P-384" });
  const keys: IssuerKeys = { RS256: pem(rsa.privateKey), ES384: pem(ec.privateKey) };
  return sealer.seal(purpose, JSON.stringify(keys));
}

/** The account as an issuer, or `undefined` when it never was one. */
export async function findIssuer(rows: Rows, account: AccountId): Promise<WebIdentityIssuerRow | undefined> {
  return await rows
    .tables<IamTables>()
    .selectFrom("iam_web_identity_issuer")
    .selectAll()
    .where("account", "=", account)
    .executeTakeFirst();
}

/** The issuer of that id, or `undefined`. */
export async function issuerById(rows: Rows, id: string): Promise<WebIdentityIssuerRow | undefined> {
  return await rows
    .tables<IamTables>()
    .selectFrom("iam_web_identity_issuer")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Signs claims as an issuer: a JSON Web Token (RFC 7515, section 3.1; RFC 7518, sections 3.3 and 3.4). */
export function signToken(
  sealer: Sealer,
  issuer: WebIdentityIssuerRow,
  algorithm: SigningAlgorithm,
  claims: object,
): string {
  const key = createPrivateKey(openKeys(sealer, issuer)[algorithm]);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: algorithm, kid: keyId(issuer, algorithm), typ: "JWT" })}.${part(claims)}`;
  const hash = algorithm === "RS256" ? "sha256" : "sha384";
  const signature = sign(hash, Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** What an issuer publishes (OpenID Connect Discovery 1.0, section 3; RFC 7517). */
export type IssuerDocument = "openid-configuration" | "jwks.json";

/**
 * A document that an issuer publishes.
 * @param address of the issuer, without a slash at its end: the `iss` of its tokens.
 */
export function issuerDocument(
  sealer: Sealer,
  issuer: WebIdentityIssuerRow,
  document: IssuerDocument,
  address: string,
): object {
  if (document === "openid-configuration") {
    return {
      issuer: address,
      jwks_uri: `${address}/.well-known/jwks.json`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: signingAlgorithms,
      claims_supported: ["aud", "exp", "iat", "iss", "jti", "sub"],
    };
  }
  const keys = openKeys(sealer, issuer);
  return {
    keys: signingAlgorithms.map((algorithm) => ({
      ...publicJwk(keys[algorithm]),
      kid: keyId(issuer, algorithm),
      alg: algorithm,
      use: "sig",
    })),
  };
}

// INVARIANT: what is published is made of the public key alone.
function publicJwk(pem: string): JsonWebKey {
  return createPublicKey(pem).export({ format: "jwk" });
}

function keyId({ id }: WebIdentityIssuerRow, algorithm: SigningAlgorithm): string {
  return `${algorithm}_${id}`;
}

function openKeys(sealer: Sealer, issuer: WebIdentityIssuerRow): IssuerKeys {
  const opened = sealer.open(purpose, issuer.keys);
  if (opened === undefined) throw new Error(`the keys of issuer ${issuer.id} cannot be opened`);
  return JSON.parse(opened) as IssuerKeys;
}
