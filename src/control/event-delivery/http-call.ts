import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";

/** A parameter that a connection adds to every request. */
interface SecretParameter {
  readonly key: string;
  readonly value: string;
}

/** Parameters that a connection adds to every request. */
interface SecretHttpParameters {
  readonly header_parameters?: readonly SecretParameter[];
  readonly query_string_parameters?: readonly SecretParameter[];
  readonly body_parameters?: readonly SecretParameter[];
}

/** What the secret of a connection holds, as EventBridge wrote it. */
export interface ConnectionSecret {
  readonly api_key_name?: string;
  readonly api_key_value?: string;
  readonly username?: string;
  readonly password?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly authorization_endpoint?: string;
  readonly http_method?: string;
  readonly oauth_http_parameters?: SecretHttpParameters;
  readonly invocation_http_parameters?: SecretHttpParameters;
}

/** What a target adds to a request, with the event's values in place of paths. */
export interface TargetHttpParameters {
  readonly PathParameterValues?: readonly string[] | undefined;
  readonly HeaderParameters?: Readonly<Record<string, string>> | undefined;
  readonly QueryStringParameters?: Readonly<Record<string, string>> | undefined;
}

/** A call that can be made. */
export interface HttpCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Headers that describe the message itself: nobody sets them. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...["host", "content-length", "connection", "transfer-encoding", "upgrade", "expect", "te", "trailer"],
  ...["proxy-authorization", "proxy-connection", "keep-alive", "max-forwards", "range", "user-agent"],
]);

const agent = "Amazon/EventBridge/ApiDestinations";

/**
 * The call of an API destination ("API destinations as targets", EventBridge User Guide): the values of a target fill
 * the wildcards of its path and give headers and query parameters, those of its connection come on top of them.
 * @param token of a connection that uses OAuth.
 * @throws Fault `ValidationException` when a value would lead elsewhere.
 */
export function apiDestinationCall(
  { endpoint, method }: { readonly endpoint: string; readonly method: string },
  target: TargetHttpParameters,
  secret: ConnectionSecret,
  token: string | undefined,
  input: string,
): HttpCall {
  const { invocation_http_parameters: own = {} } = secret;
  const values = [...(target.PathParameterValues ?? [])];
  const url = new URL(endpoint.replace(/\*/g, () => encodeURIComponent(values.shift() ?? "")));
  // INVARIANT: what an event says stays within its part of the path: `..` would lead out of it.
  if (depthOf(url) !== depthOf(new URL(endpoint))) {
    throw new Fault("ValidationException", "A path parameter value must not be a relative path.");
  }
  for (const [key, value] of Object.entries(target.QueryStringParameters ?? {})) {
    url.searchParams.set(key, value);
  }
  for (const { key, value } of own.query_string_parameters ?? []) url.searchParams.set(key, value);
  const headers = new Map([["content-type", "application/json; charset=utf-8"]]);
  const set = (name: string, value: string) => {
    const lower = name.toLowerCase();
    if (!ownHeaders.has(lower)) headers.set(lower, headerValue(value));
  };
  for (const [name, value] of Object.entries(target.HeaderParameters ?? {})) set(name, value);
  for (const { key, value } of own.header_parameters ?? []) set(key, value);
  const { api_key_name: keyName, api_key_value: keyValue, username, password } = secret;
  if (keyName !== undefined) set(keyName, keyValue ?? "");
  if (username !== undefined) set("authorization", basic(username, password ?? ""));
  if (token !== undefined) set("authorization", `Bearer ${token}`);
  headers.set("user-agent", agent);
  const body = withBodyParameters(input, own.body_parameters ?? []);
  const bodiless = method === "GET" || method === "HEAD";
  return {
    url,
    method,
    headers: {
      ...Object.fromEntries(headers),
      ...(!bodiless && { "content-length": String(Buffer.byteLength(body)) }),
    },
    ...(!bodiless && { body }),
  };
}

/**
 * The request for an OAuth token by client credentials (RFC 6749, section 4.4): the client is named by HTTP Basic
 * authentication (section 2.3.1), what the connection adds goes into the form, or with GET into the query.
 */
export function tokenCall(secret: ConnectionSecret): HttpCall {
  const { client_id: id = "", client_secret: password = "", oauth_http_parameters: own = {} } = secret;
  const method = secret.http_method ?? "POST";
  const url = new URL(secret.authorization_endpoint ?? "");
  for (const { key, value } of own.query_string_parameters ?? []) url.searchParams.set(key, value);
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  for (const { key, value } of own.body_parameters ?? []) form.set(key, value);
  const headers = new Map<string, string>();
  for (const { key, value } of own.header_parameters ?? []) {
    if (!ownHeaders.has(key.toLowerCase())) headers.set(key.toLowerCase(), headerValue(value));
  }
  headers.set("user-agent", agent);
  headers.set("accept", "application/json");
  headers.set("authorization", basic(encodeURIComponent(id), encodeURIComponent(password)));
  if (method === "GET") {
    for (const [key, value] of form) url.searchParams.set(key, value);
    return { url, method, headers: Object.fromEntries(headers) };
  }
  const body = form.toString();
  headers.set("content-type", "application/x-www-form-urlencoded");
  headers.set("content-length", String(Buffer.byteLength(body)));
  return { url, method, headers: Object.fromEntries(headers), body };
}

/** A token, and for how long it is good. */
export interface Token {
  readonly text: string;
  /** Seconds. */
  readonly lasts: number;
}

/** RFC 6749, section 5.1: a server that does not say how long a token lasts is taken to mean an hour. */
const unsaid = 3_600;

/** Reads the answer to a request for a token; `undefined` when there is none in it. */
export function tokenOf(body: string): Token | undefined {
  const answer = parseJson(body);
  if (!isJsonObject(answer) || typeof answer.access_token !== "string") return undefined;
  const lasts = Number(answer.expires_in ?? unsaid);
  return { text: answer.access_token, lasts: Number.isFinite(lasts) && lasts > 0 ? lasts : unsaid };
}

/** What an endpoint's answer means. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly again: boolean; readonly renew: boolean; readonly after?: number };

/**
 * Whether a call was taken, and whether it is worth another attempt.
 * AWS: 401, 407, 409, 429 and 5xx are tried again, with OAuth under a new token after 401 and 407; other answers beyond
 * 2xx are final. Retry-After, in seconds or as a date, is heeded; a negative one means never.
 * @param now epoch ms.
 */
export function outcomeOf(status: number, retryAfter: string | undefined, now: number): Outcome {
  if (status >= 200 && status < 300) return { ok: true };
  const renew = status === 401 || status === 407;
  const again = renew || status === 409 || status === 429 || status >= 500;
  const after = again ? delayOf(retryAfter, now) : undefined;
  if (after !== undefined && after < 0) return { ok: false, again: false, renew };
  return { ok: false, again, renew, ...(after !== undefined && { after }) };
}

/** Ms to wait, as a Retry-After header says (RFC 9110, section 10.2.3); negative for never. */
function delayOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Parameters of a connection go into a body that is a JSON object, over what the event gave. */
function withBodyParameters(input: string, parameters: readonly SecretParameter[]): string {
  if (parameters.length === 0) return input;
  const value = parseJson(input);
  if (!isJsonObject(value)) return input;
  return JSON.stringify({ ...value, ...Object.fromEntries(parameters.map(({ key, value: v }) => [key, v])) });
}

function depthOf({ pathname }: URL): number {
  return pathname.split("/").length;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** A header is one line of visible characters: what an event may have besides cannot break out of it. */
function headerValue(value: string): string {
  return value.replace(/[^\t\x20-\x7e]/g, " ").trim();
}
