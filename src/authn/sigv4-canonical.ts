import { createHash } from "node:crypto";

/**
 * A request as its signature sees it: what arrived on the wire, nothing decoded. In path, query and headers each
 * character stands for one byte, as `node:http` gives them (latin1).
 */
export interface SignedRequest {
  readonly method: string;
  /** The path as received, undecoded, without the query string. */
  readonly path: string;
  /** The query string as received, without `?`; empty when there is none. */
  readonly query: string;
  /**
   * Names in lower case. A header that was sent more than once is a list with one entry for each
   * (`IncomingMessage.headersDistinct`): joined with `", "` it would no longer match what was signed.
   */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** Lower-case hex of the body's SHA-256, when the caller has it already. */
  readonly bodySha256?: string;
}

/** How a service treats the path: nearly all normalise it and encode what is encoded once more; Amazon S3 does not. */
export type PathStyle = "normalised" | "unnormalised" | "s3";

/**
 * The canonical request (IAM User Guide, "Create a signed AWS API request", step 1).
 * @param without names of query parameters that are left out.
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  style: PathStyle,
  without: ReadonlySet<string>,
): string {
  let headers = "";
  for (const name of signedHeaders) headers += `${name}:${canonicalValue(headerOf(request, name))}\n`;
  return [
    request.method,
    canonicalPath(request.path, style),
    canonicalQuery(request.query, without),
    headers,
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

/** A header as it was sent; names such as `constructor` that no one sent are absent, too. */
export function headerOf(request: SignedRequest, name: string): string | readonly string[] | undefined {
  return Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
}

/** Lower-case hex of the SHA-256 of bytes, or of text whose characters each stand for one byte. */
export function sha256Hex(data: string | Buffer): string {
  const hash = createHash("sha256");
  return (typeof data === "string" ? hash.update(data, "latin1") : hash.update(data)).digest("hex");
}

/** The parameters of a query string, decoded. The first of several with one name counts. */
export function queryParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of splitQuery(query)) {
    const decoded = decode(name);
    if (!parameters.has(decoded)) parameters.set(decoded, decode(value));
  }
  return parameters;
}

function canonicalPath(path: string, style: PathStyle): string {
  if (path === "/" || path === "") return "/";
  // AWS: S3 object keys are encoded once and keep their dots and slashes; elsewhere the path as sent, which is
  // encoded already, is encoded again.
  if (style === "s3") return path.split("/").map(encodeOnce).join("/");
  const plain = style === "normalised" ? withoutDots(path) : path;
  return plain.split("/").map(encode).join("/");
}

/** Removes empty and dot segments (RFC 3986, section 5.2.4) and keeps a slash at the end. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  if (kept.length === 0) return "/";
  return `/${kept.join("/")}${path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(query: string, without: ReadonlySet<string>): string {
  if (query === "") return "";
  const pairs: [string, string][] = [];
  for (const [name, value] of splitQuery(query)) {
    const encoded = encodeOnce(name.replaceAll("+", "%20"));
    if (!without.has(encoded)) pairs.push([encoded, encodeOnce(value.replaceAll("+", "%20"))]);
  }
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function* splitQuery(query: string): Generator<[string, string]> {
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    yield equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
  }
}

/** Runs of white space become one space, ends are trimmed, repeated headers are joined in the order they came. */
function canonicalValue(value: string | readonly string[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return fold(value);
  return value.map(fold).join(",");
}

function fold(value: string): string {
  // Not `\s`: among the bytes of UTF-8 text 0xA0 is no space.
  return value.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
}

const unreserved = /^[A-Za-z0-9._~-]*$/;

/** Percent-encodes every byte outside RFC 3986's unreserved set, `%` included. */
function encode(text: string): string {
  if (unreserved.test(text)) return text;
  return text.replace(/[^A-Za-z0-9._~-]+/g, encodeBytes);
}

/** Brings text that may be encoded to its one canonical encoding: `%7e` to `~`, `%c3` to `%C3`, `$` to `%24`. */
function encodeOnce(text: string): string {
  if (unreserved.test(text)) return text;
  return text.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~-]/g, (whole, hex: string | undefined) => {
    if (hex === undefined) return encodeBytes(whole);
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return unreserved.test(character) ? character : `%${hex.toUpperCase()}`;
  });
}

function encodeBytes(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "latin1")) {
    out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

/** Decodes a query component; text that is not well encoded stays as it is. */
function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Order of code units, which for encoded text is the order of bytes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
