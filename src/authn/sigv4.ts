import { timingSafeEqual } from "node:crypto";
import { minute, second } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";
import {
  canonicalRequest,
  headerOf,
  type PathStyle,
  queryParameters,
  type SignedRequest,
  sha256Hex,
} from "./sigv4-canonical.ts";
import { hmac, signingKey } from "./sigv4-key.ts";
import { basicTime, readBasicTime } from "./sigv4-time.ts";

export type { SignedRequest } from "./sigv4-canonical.ts";

/** What a request says about its signature, well formed but not yet believed. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** When it was signed, ISO 8601 basic: `20150830T123600Z`. Its day is the credential scope's. */
  readonly date: string;
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  /** As given; 64 lower-case hex digits if it is to match. */
  readonly signature: string;
  readonly sessionToken?: string;
  /** In the query string rather than in the `Authorization` header. */
  readonly presigned: boolean;
  /** `X-Amz-Expires` of a presigned request. */
  readonly expiresInSeconds?: number;
  /** What `X-Amz-Content-Sha256` announces; `streaming` for a body of chunks (`sigv4-chunks.ts`). */
  readonly payload: "signed" | "unsigned" | "streaming";
  /** `X-Amz-Content-Sha256` as given. */
  readonly contentSha256?: string;
}

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
const longestExpiry = 604_800;
const algorithm = "AWS4-HMAC-SHA256";
const terminator = "aws4_request";

/**
 * Finds the signature of a request, in its `Authorization` header or in its query string.
 * Throws `MissingAuthenticationToken` when there is none, `IncompleteSignature` when it is malformed and
 * `SignatureDoesNotMatch` when its credential scope contradicts it.
 */
export function readSignature(request: SignedRequest): Signature {
  const authorization = header(request, "authorization");
  if (authorization !== undefined) return fromHeader(request, authorization);
  if (/(^|&)X-Amz-(Algorithm|Credential|Signature|SignedHeaders)=/.test(request.query)) {
    return fromQuery(request);
  }
  throw new Fault("MissingAuthenticationToken", "Request is missing Authentication Token", { status: 403 });
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
    throw mismatch(`Credential should be scoped to a valid region, not '${signature.region}'.`);
  }
  if (options.service !== undefined && signature.service !== options.service) {
    throw mismatch(`Credential should be scoped to correct service: '${options.service}'.`);
  }
  if (!signature.signedHeaders.includes("host")) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  checkTime(signature, now);
  const expected = hmac(
    signingKey(secretAccessKey, credentialScope(signature)),
    stringToSign(request, signature, rules),
  );
  if (!/^[0-9a-f]{64}$/.test(signature.signature)) throw mismatch(doesNotMatch);
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, "hex"))) throw mismatch(doesNotMatch);
}

/** `<yyyymmdd>/<region>/<service>/aws4_request`. */
export function credentialScope(signature: Signature): string {
  return `${signature.date.slice(0, 8)}/${signature.region}/${signature.service}/${terminator}`;
}

const doesNotMatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

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
    throw mismatch(
      `Signature expired: ${signature.date} is now earlier than ${basicTime(now - lifetime)} (${basicTime(now)} - ${span(lifetime)})`,
    );
  }
  const ahead = signature.presigned ? presignedSkew : skew;
  if (signedAt > now + ahead) {
    throw mismatch(
      `Signature not yet current: ${signature.date} is still later than ${basicTime(now + ahead)} (${basicTime(now)} + ${span(ahead)})`,
    );
  }
}

function span(ms: number): string {
  return ms % minute === 0 ? `${ms / minute} min.` : `${ms / second} sec.`;
}

function fromHeader(request: SignedRequest, authorization: string): Signature {
  const space = authorization.indexOf(" ");
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme !== algorithm && scheme.startsWith("AWS4-")) {
    throw incomplete(`Unsupported AWS 'algorithm': '${scheme}'.`);
  }
  const parts =
    scheme === algorithm
      ? keyValues(authorization.slice(space < 0 ? scheme.length : space), authorization)
      : new Map<string, string>();
  const date = requestDate(request);
  const missing: string[] = [];
  for (const name of ["Credential", "Signature", "SignedHeaders"]) {
    if (!parts.get(name)) missing.push(`Authorization header requires '${name}' parameter.`);
  }
  if (date === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const credential = parts.get("Credential");
  const signature = parts.get("Signature");
  const signedHeaders = parts.get("SignedHeaders");
  if (missing.length > 0 || !credential || !signature || !signedHeaders || date === undefined) {
    missing.push(`(Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint(authorization)}`);
    throw incomplete(missing.join(" "));
  }
  return {
    ...readCredential(credential, date),
    signedHeaders: headerNames(signedHeaders),
    signature,
    sessionToken: header(request, "x-amz-security-token"),
    presigned: false,
    ...readPayload(header(request, "x-amz-content-sha256")),
  };
}

function fromQuery(request: SignedRequest): Signature {
  const parameters = queryParameters(request.query);
  const missing: string[] = [];
  const required = (name: string): string => {
    const value = parameters.get(name) ?? "";
    if (value === "") missing.push(`AWS query-string parameters must include '${name}'.`);
    return value;
  };
  const scheme = required("X-Amz-Algorithm");
  const credential = required("X-Amz-Credential");
  const signature = required("X-Amz-Signature");
  const signedHeaders = required("X-Amz-SignedHeaders");
  const date = required("X-Amz-Date");
  if (missing.length > 0) {
    throw incomplete(`${missing.join(" ")} Re-examine the query-string parameters.`);
  }
  if (scheme !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${scheme}'.`);
  return {
    ...readCredential(credential, date),
    signedHeaders: headerNames(signedHeaders),
    signature,
    sessionToken: parameters.get("X-Amz-Security-Token") ?? header(request, "x-amz-security-token"),
    presigned: true,
    expiresInSeconds: readExpiry(parameters.get("X-Amz-Expires")),
    ...readPayload(parameters.get("X-Amz-Content-Sha256") ?? header(request, "x-amz-content-sha256")),
  };
}

/** Reads the credential scope and holds it against the time of signing, whose day it must name. */
function readCredential(
  credential: string,
  date: string,
): Pick<Signature, "accessKeyId" | "region" | "service" | "date"> {
  const parts = credential.split("/");
  const [accessKeyId, day, region, service, end] = parts;
  if (parts.length !== 5 || !accessKeyId || !day || !region || !service || end === undefined) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  if (end !== terminator) {
    throw mismatch(`Credential should be scoped with a valid terminator: '${terminator}', not '${end}'.`);
  }
  if (readBasicTime(date) === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  if (day !== date.slice(0, 8)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  }
  return { accessKeyId, region, service, date };
}

/**
 * INVARIANT: each is a header's name and no more; a line feed in one could make two requests look the same to the
 * signature.
 */
function headerNames(text: string): readonly string[] {
  const names = text.toLowerCase().split(";");
  if (!names.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) {
    throw incomplete("SignedHeaders must be names of headers, in lower case, separated by semicolons.");
  }
  return names;
}

const streamingPayloads: ReadonlySet<string> = new Set([
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
]);

function readPayload(announced: string | undefined): Pick<Signature, "payload" | "contentSha256"> {
  if (announced === undefined) return { payload: "signed" };
  if (announced === "UNSIGNED-PAYLOAD") return { payload: "unsigned", contentSha256: announced };
  if (streamingPayloads.has(announced)) return { payload: "streaming", contentSha256: announced };
  return { payload: "signed", contentSha256: announced };
}

function readExpiry(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw incomplete("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 1) throw incomplete("X-Amz-Expires must be positive");
  if (seconds > longestExpiry) {
    throw incomplete(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${longestExpiry} seconds`,
    );
  }
  return seconds;
}

/** `Credential=…, SignedHeaders=…, Signature=…`: commas, with or without spaces. */
function keyValues(text: string, authorization: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const part of text.split(",")) {
    const pair = part.trim();
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    if (equals < 0) {
      throw incomplete(
        `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(authorization)}'.`,
      );
    }
    const name = pair.slice(0, equals);
    if (values.has(name)) throw incomplete(`Authorization header has more than one '${name}' parameter.`);
    values.set(name, pair.slice(equals + 1));
  }
  return values;
}

/** When the request was signed: `X-Amz-Date`, else `Date`, which may be an HTTP date. As given if neither form fits. */
function requestDate(request: SignedRequest): string | undefined {
  const amazon = header(request, "x-amz-date");
  if (amazon !== undefined) return amazon;
  const date = header(request, "date");
  if (date === undefined || readBasicTime(date) !== undefined) return date;
  const time = Date.parse(date);
  // A year of five digits has no basic form.
  return time >= 0 && time < Date.UTC(10_000, 0) ? basicTime(time) : date;
}

/** A header's value; several of one name are joined, so that a second `Authorization` cannot hide behind the first. */
function header(request: SignedRequest, name: string): string | undefined {
  const value = headerOf(request, name);
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : value.join(",");
  return text.trim() === "" ? undefined : text.trim();
}

/** AWS: errors name a header that may hold a secret by its hash. */
function fingerprint(text: string): string {
  return Buffer.from(sha256Hex(text), "hex").toString("base64");
}

function incomplete(message: string): Fault {
  return new Fault("IncompleteSignature", message, { status: 400 });
}

function mismatch(message: string): Fault {
  return new Fault("SignatureDoesNotMatch", message, { status: 403 });
}
