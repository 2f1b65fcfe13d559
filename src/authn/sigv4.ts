import { timingSafeEqual } from "node:crypto";
import { minute, second } from "../kernel/duration.ts";
import { missingAuthenticationToken, signatureDoesNotMatch } from "./credentials.ts";
import type { Signature } from "./signature.ts";
import { canonicalRequest, type PathStyle, type SignedRequest, sha256Hex } from "./sigv4-canonical.ts";
import { hmac, signingKey } from "./sigv4-key.ts";
import { algorithm, parseHeader, parseQuery, terminator, textOf } from "./sigv4-parse.ts";
import { basicTime, readBasicTime } from "./sigv4-time.ts";

export type { SignedRequest } from "./sigv4-canonical.ts";

/** What a service asks of a signature. */
export interface SigningRules {
  readonly path: PathStyle;
  /** Whether `UNSIGNED-PAYLOAD` is taken at its word: Amazon S3 and operations of the auth type `v4-unsigned-body`. */
  readonly unsignedPayload: boolean;
  /** Whether the body may be a stream of signed chunks. Only Amazon S3 and services like it have that. */
  readonly streamingPayload: boolean;
  /** Whether a presigned URL may carry a session token that was added after signing, as AWS IoT has it. */
  readonly sessionTokenUnsigned: boolean;
}

/** The rules of nearly every service: IAM, STS, ECR, ECS and so on. */
export const commonRules: SigningRules = {
  path: "normalised",
  unsignedPayload: false,
  streamingPayload: false,
  sessionTokenUnsigned: false,
};

/** The rules of Amazon S3. */
export const s3Rules: SigningRules = {
  path: "s3",
  unsignedPayload: true,
  streamingPayload: true,
  sessionTokenUnsigned: false,
};

export interface VerifyOptions {
  /** The service that the request reached: the credential scope must name it. Not checked when left out. */
  readonly service?: string;
  /** The region that the request reached. Not checked when left out. */
  readonly region?: string;
  /** `commonRules` when left out. */
  readonly rules?: SigningRules;
}

/** How far a clock may be off (IAM User Guide, "Troubleshoot Signature Version 4 signing"). */
const skew = 15 * minute;
/** How far the clock of one who presigned may be ahead. */
const presignedSkew = 5 * minute;

/**
 * Finds the signature of a request, in its `Authorization` header or in its query string.
 * Throws `MissingAuthenticationToken` when there is none, `IncompleteSignature` when it is malformed and
 * `SignatureDoesNotMatch` when its credential scope contradicts it.
 */
export function readSignature(request: SignedRequest): Signature {
  const authorization = textOf(request, "authorization");
  if (authorization !== undefined) return parseHeader(request, authorization);
  if (/(^|&)X-Amz-(Algorithm|Credential|Signature|SignedHeaders)=/.test(request.query)) {
    return parseQuery(request);
  }
  throw missingAuthenticationToken();
}

/**
 * Checks a signature against the request, the secret it must have been made with, and the time.
 * Throws `SignatureDoesNotMatch` with AWS's reason.
 * INVARIANT: what it returns from was signed over exactly these bytes, unless the rules allow an unsigned payload;
 * for a streaming payload only the first line of the chain has been checked and each chunk is still to be.
 * @param now epoch milliseconds.
 */
export function verifySignature(
  request: SignedRequest,
  signature: Signature,
  secretAccessKey: string,
  now: number,
  options: VerifyOptions = {},
): void {
  const rules = options.rules ?? commonRules;
  if (options.region !== undefined && signature.region !== options.region) {
    throw signatureDoesNotMatch(`Credential should be scoped to a valid region, not '${signature.region}'.`);
  }
  if (options.service !== undefined && signature.service !== options.service) {
    throw signatureDoesNotMatch(`Credential should be scoped to correct service: '${options.service}'.`);
  }
  if (!signature.signedHeaders.includes("host")) {
    throw signatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  checkTime(signature, now);
  const expected = hmac(
    signingKey(secretAccessKey, credentialScope(signature)),
    stringToSign(request, signature, rules),
  );
  if (!/^[0-9a-f]{64}$/.test(signature.signature)) throw signatureDoesNotMatch();
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, "hex"))) throw signatureDoesNotMatch();
}

/** `<yyyymmdd>/<region>/<service>/aws4_request`. */
export function credentialScope(signature: Signature): string {
  return `${signature.date.slice(0, 8)}/${signature.region}/${signature.service}/${terminator}`;
}

function stringToSign(request: SignedRequest, signature: Signature, rules: SigningRules): string {
  const canonical = canonicalRequest(
    request,
    signature.signedHeaders,
    payloadHash(request, signature, rules),
    rules.path,
    signature.presigned ? (rules.sessionTokenUnsigned ? addedLater : addedLast) : nothing,
  );
  return `${algorithm}\n${signature.date}\n${credentialScope(signature)}\n${sha256Hex(canonical)}`;
}

const nothing: ReadonlySet<string> = new Set();
const addedLast: ReadonlySet<string> = new Set(["X-Amz-Signature"]);
const addedLater: ReadonlySet<string> = new Set(["X-Amz-Signature", "X-Amz-Security-Token"]);

/** The last line of the canonical request: the body's own hash, whatever was announced, unless the rules say otherwise. */
function payloadHash(request: SignedRequest, signature: Signature, rules: SigningRules): string {
  const announced = signature.contentSha256;
  if (signature.payload === "unsigned" && rules.unsignedPayload) return "UNSIGNED-PAYLOAD";
  if (signature.payload === "streaming" && rules.streamingPayload && announced !== undefined)
    return announced;
  // AWS: an S3 URL is presigned before there is a body.
  if (signature.presigned && announced === undefined && rules.path === "s3") return "UNSIGNED-PAYLOAD";
  return request.bodySha256 ?? sha256Hex(request.body);
}

function checkTime(signature: Signature, now: number): void {
  const signedAt = readBasicTime(signature.date) ?? Number.NEGATIVE_INFINITY;
  const lifetime =
    signature.presigned && signature.expiresInSeconds !== undefined
      ? signature.expiresInSeconds * second
      : skew;
  if (signedAt < now - lifetime) {
    throw signatureDoesNotMatch(
      `Signature expired: ${signature.date} is now earlier than ${basicTime(now - lifetime)} (${basicTime(now)} - ${span(lifetime)})`,
    );
  }
  const ahead = signature.presigned ? presignedSkew : skew;
  if (signedAt > now + ahead) {
    throw signatureDoesNotMatch(
      `Signature not yet current: ${signature.date} is still later than ${basicTime(now + ahead)} (${basicTime(now)} + ${span(ahead)})`,
    );
  }
}

function span(ms: number): string {
  return ms % minute === 0 ? `${ms / minute} min.` : `${ms / second} sec.`;
}
