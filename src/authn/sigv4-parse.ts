import { incompleteSignature, signatureDoesNotMatch } from "./credentials.ts";
import type { Signature } from "./signature.ts";
import { headerOf, queryParameters, type SignedRequest, sha256Hex } from "./sigv4-canonical.ts";
import { basicTime, readBasicTime } from "./sigv4-time.ts";

/** The one algorithm there is on the server side; AWS4-ECDSA-P256-SHA256 is for multi-region access points. */
export const algorithm = "AWS4-HMAC-SHA256";
/** The end of every credential scope. */
export const terminator = "aws4_request";
/** Seconds; a week. */
const longestExpiry = 604_800;

/** Reads the `Authorization` header. */
export function parseHeader(request: SignedRequest, authorization: string): Signature {
  const space = authorization.indexOf(" ");
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme !== algorithm && scheme.startsWith("AWS4-")) {
    throw incompleteSignature(`Unsupported AWS 'algorithm': '${scheme}'.`);
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
    throw incompleteSignature(missing.join(" "));
  }
  return {
    ...readCredential(credential, date),
    signedHeaders: headerNames(signedHeaders),
    signature,
    sessionToken: textOf(request, "x-amz-security-token"),
    presigned: false,
    ...readPayload(textOf(request, "x-amz-content-sha256")),
  };
}

/** Reads the parameters `X-Amz-…` of a presigned request. */
export function parseQuery(request: SignedRequest): Signature {
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
    throw incompleteSignature(`${missing.join(" ")} Re-examine the query-string parameters.`);
  }
  if (scheme !== algorithm) throw incompleteSignature(`Unsupported AWS 'algorithm': '${scheme}'.`);
  return {
    ...readCredential(credential, date),
    signedHeaders: headerNames(signedHeaders),
    signature,
    sessionToken: parameters.get("X-Amz-Security-Token") ?? textOf(request, "x-amz-security-token"),
    presigned: true,
    expiresInSeconds: readExpiry(parameters.get("X-Amz-Expires")),
    ...readPayload(parameters.get("X-Amz-Content-Sha256") ?? textOf(request, "x-amz-content-sha256")),
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
    throw incompleteSignature(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  if (end !== terminator) {
    throw signatureDoesNotMatch(
      `Credential should be scoped with a valid terminator: '${terminator}', not '${end}'.`,
    );
  }
  if (readBasicTime(date) === undefined) {
    throw incompleteSignature(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  if (day !== date.slice(0, 8)) {
    throw signatureDoesNotMatch(
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
    throw incompleteSignature(
      "SignedHeaders must be names of headers, in lower case, separated by semicolons.",
    );
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
  if (!/^\d+$/.test(text)) throw incompleteSignature("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 1) throw incompleteSignature("X-Amz-Expires must be positive");
  if (seconds > longestExpiry) {
    throw incompleteSignature(
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
      throw incompleteSignature(
        `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(authorization)}'.`,
      );
    }
    const name = pair.slice(0, equals);
    if (values.has(name))
      throw incompleteSignature(`Authorization header has more than one '${name}' parameter.`);
    values.set(name, pair.slice(equals + 1));
  }
  return values;
}

/** When the request was signed: `X-Amz-Date`, else `Date`, which may be an HTTP date. As given if neither form fits. */
function requestDate(request: SignedRequest): string | undefined {
  const amazon = textOf(request, "x-amz-date");
  if (amazon !== undefined) return amazon;
  const date = textOf(request, "date");
  if (date === undefined || readBasicTime(date) !== undefined) return date;
  const time = Date.parse(date);
  // A year of five digits has no basic form.
  return time >= 0 && time < Date.UTC(10_000, 0) ? basicTime(time) : date;
}

/** A header's value; several of one name are joined, so that a second `Authorization` cannot hide behind the first. */
export function textOf(request: SignedRequest, name: string): string | undefined {
  const value = headerOf(request, name);
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : value.join(",");
  return text.trim() === "" ? undefined : text.trim();
}

/** AWS: errors name a header that may hold a secret by its hash. */
function fingerprint(text: string): string {
  return Buffer.from(sha256Hex(text), "hex").toString("base64");
}
