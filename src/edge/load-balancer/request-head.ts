import type { RequestFacts } from "./match-rule.ts";

/** The head of a request, read once. */
export interface RequestHead extends RequestFacts {
  /** As the request line had it, without scheme and host: what is sent on. */
  readonly target: string;
  /** As the client wrote it, with its port. */
  readonly authority: string;
  /** Cookies of all its Cookie fields, joined. */
  readonly cookie: string;
  readonly hasBody: boolean;
  /** Undefined for a body in chunks, or of HTTP/2 without a length. */
  readonly contentLength: string | undefined;
  readonly forwardedFor: string | undefined;
  readonly traceId: string | undefined;
  /** Fields as they came, name and value in turn, without those that end at this hop. */
  readonly fields: readonly string[];
  /** Whether the client speaks gRPC. */
  readonly grpc: boolean;
}

/** What a request line and the connection say of it. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
  readonly sourceIp: string;
  /** 1 or 2. */
  readonly version: number;
}

/** RFC 9110, section 7.6.1: fields that end at each hop, or that the load balancer writes itself. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "http2-settings",
  "host",
  "content-length",
  "cookie",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-amzn-trace-id",
]);

/**
 * Reads a head. @param raw fields, name and value in turn. @returns undefined when it names no resource that can be
 * asked for (`*`, an authority), or no host, or several.
 */
export function readHead(line: RequestLine, raw: readonly string[]): RequestHead | undefined {
  const { method, version, sourceIp } = line;
  let authority: string | undefined;
  let cookie = "";
  let contentLength: string | undefined;
  let chunked = false;
  let forwardedFor: string | undefined;
  let traceId: string | undefined;
  let connection: string | undefined;
  let grpc = false;
  const fields: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const value = raw[at + 1] ?? "";
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower)) {
      if (lower.charCodeAt(0) === colon) {
        if (lower === ":authority") authority = value;
        continue;
      }
      if (lower === "content-type" && /^application\/grpc\b/i.test(value)) grpc = true;
      fields.push(name, value);
      continue;
    }
    switch (lower) {
      case "host":
        if (authority !== undefined && authority !== value) return undefined;
        authority = value;
        break;
      case "cookie":
        cookie = cookie === "" ? value : `${cookie}; ${value}`;
        break;
      case "content-length":
        contentLength = value;
        break;
      case "transfer-encoding":
        chunked = true;
        break;
      case "x-forwarded-for":
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        break;
      case "x-amzn-trace-id":
        traceId = value;
        break;
      case "connection":
        connection = connection === undefined ? value : `${connection},${value}`;
        break;
    }
  }
  const target = originForm(line.url);
  if (target === undefined) return undefined;
  const named = target.authority ?? authority;
  if (named === undefined) return undefined;
  const mark = target.path.indexOf("?");
  const kept = connection === undefined ? fields : withoutNamed(fields, connection);
  return {
    method,
    target: target.path,
    path: mark < 0 ? target.path : target.path.slice(0, mark),
    query: mark < 0 ? "" : target.path.slice(mark + 1),
    authority: named,
    host: hostOf(named),
    sourceIp,
    cookie,
    hasBody: chunked || (contentLength !== undefined && contentLength !== "0"),
    contentLength,
    forwardedFor,
    traceId,
    fields: kept,
    grpc: grpc && version === 2,
    header: (name) => valuesOf(raw, name),
  };
}

const colon = 0x3a;

/** RFC 9112, section 3.2: origin-form, or absolute-form, whose host goes before the Host field. */
function originForm(url: string): { readonly path: string; readonly authority?: string } | undefined {
  if (url.startsWith("/")) return { path: url };
  const [, authority, path = ""] = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(url) ?? [];
  if (authority === undefined || authority.includes("@")) return undefined;
  return { authority, path: path.startsWith("/") ? path : `/${path}` };
}

const hostOf = (authority: string): string => authority.replace(/:\d*$/, "").toLowerCase();

/** Connection may name further fields that end here. Its usual words name none. */
function withoutNamed(fields: string[], connection: string): string[] {
  const words = connection.toLowerCase().split(",");
  const named = new Set(words.map((word) => word.trim()).filter((word) => !usual.has(word)));
  if (named.size === 0) return fields;
  return fields.filter((_text, at) => !named.has((fields[at - (at % 2)] ?? "").toLowerCase()));
}

const usual: ReadonlySet<string> = new Set(["keep-alive", "close", "upgrade", "te", ""]);

function valuesOf(raw: readonly string[], wanted: string): string[] {
  const found: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === wanted) found.push(raw[at + 1] ?? "");
  }
  return found;
}
