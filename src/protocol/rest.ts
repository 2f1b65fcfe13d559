import { Fault } from "../kernel/fault.ts";
import { bodyOf } from "./body.ts";
import type { OperationContract, ServiceContract } from "./contract.ts";
import { requestIdHeader } from "./faults.ts";
import { type Form, fieldsOf, parseForm } from "./form.ts";
import { restJson } from "./json.ts";
import { matchRoute } from "./routes.ts";
import {
  readBase64,
  readBoolean,
  readNumber,
  readTimestamp,
  writeBase64,
  writeTimestamp,
} from "./scalars.ts";
import { type Member, type Shape, type StructureShape, setKey } from "./shape.ts";
import type { WireRequest, WireResponse } from "./wire-message.ts";
import { parseXml, readXml } from "./xml-read.ts";
import { escapeXml, xmlElement } from "./xml-write.ts";

export type RestProtocol = "rest-xml" | "rest-json";

/** Where the members of an input or output stand (Smithy specification, "HTTP binding traits"). */
interface Bindings {
  readonly labels: readonly Member[];
  readonly queries: readonly (readonly [name: string, member: Member])[];
  readonly queryMap: Member | undefined;
  readonly headers: readonly (readonly [name: string, member: Member])[];
  readonly prefixHeaders: readonly (readonly [prefix: string, member: Member])[];
  readonly payload: Member | undefined;
  readonly status: Member | undefined;
  /** The members that the body holds as a document; absent when it holds none or a payload. */
  readonly body: StructureShape | undefined;
}

const bindings = new WeakMap<StructureShape, Bindings>();

function bindingsOf(shape: StructureShape): Bindings {
  let found = bindings.get(shape);
  if (found === undefined) {
    found = bind(shape);
    bindings.set(shape, found);
  }
  return found;
}

function bind(shape: StructureShape): Bindings {
  const { members } = shape;
  const payload = members.find((m) => m.traits.httpPayload);
  const inBody = members.filter(({ traits: t }) =>
    [
      t.httpLabel,
      t.httpQuery,
      t.httpQueryParams,
      t.httpHeader,
      t.httpPrefixHeaders,
      t.httpResponseCode,
    ].every((trait) => trait === undefined),
  );
  return {
    labels: members.filter((m) => m.traits.httpLabel),
    queries: members.flatMap((m) =>
      m.traits.httpQuery === undefined ? [] : [[m.traits.httpQuery, m] as const],
    ),
    queryMap: members.find((m) => m.traits.httpQueryParams),
    headers: members.flatMap((m) =>
      m.traits.httpHeader === undefined ? [] : [[m.traits.httpHeader.toLowerCase(), m] as const],
    ),
    prefixHeaders: members.flatMap((m) =>
      m.traits.httpPrefixHeaders === undefined
        ? []
        : [[m.traits.httpPrefixHeaders.toLowerCase(), m] as const],
    ),
    payload,
    status: members.find((m) => m.traits.httpResponseCode),
    body: payload === undefined && inBody.length > 0 ? { ...shape, members: inBody } : undefined,
  };
}

/**
 * The typed input of a REST request.
 * Faults: `UnknownOperationException`, `MalformedInput`, `SerializationException`, and those of reading a body.
 */
export function decodeRest(
  contract: ServiceContract,
  operation: OperationContract,
  protocol: RestProtocol,
  request: WireRequest,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  if (operation.input === undefined) return out;
  const form = parseForm(request.query);
  const matched = matchRoute(contract.routes, request.method, request.path, form);
  if (matched?.operation.name !== operation.name) {
    throw new Fault("UnknownOperationException", "", { status: 404 });
  }
  const bound = bindingsOf(operation.input);
  for (const member of bound.labels) {
    const text = matched.labels[member.name];
    if (text !== undefined) out[member.name] = readText(member.shape, text);
  }
  readQuery(bound, request, form, out);
  readHeaders(bound, request, out);
  if (bound.payload !== undefined) {
    const payload = readPayload(bound.payload, protocol, bodyOf(request, operation.maxBody));
    if (payload !== undefined) out[bound.payload.name] = payload;
  } else if (bound.body !== undefined) {
    const body = bodyOf(request, operation.maxBody);
    if (body.length > 0) Object.assign(out, readDocument(bound.body, protocol, body));
  }
  return out;
}

function readQuery(bound: Bindings, request: WireRequest, form: Form, out: Record<string, unknown>): void {
  if (bound.queries.length === 0 && bound.queryMap === undefined) return;
  for (const [name, member] of bound.queries) {
    const last = form.get(name);
    if (last === undefined) continue;
    out[member.name] =
      member.shape.kind === "list"
        ? repeated(request.query, name).map(textReader(member.shape.item.shape))
        : readText(member.shape, last);
  }
  if (bound.queryMap !== undefined && bound.queryMap.shape.kind === "map") {
    const known = new Set(bound.queries.map(([name]) => name));
    const values = bound.queryMap.shape.value.shape;
    const map: Record<string, unknown> = {};
    for (const [name, value] of form) {
      if (!known.has(name)) setKey(map, name, values.kind === "list" ? repeated(request.query, name) : value);
    }
    out[bound.queryMap.name] = map;
  }
}

function repeated(query: string, wanted: string): string[] {
  const values: string[] = [];
  for (const [name, value] of fieldsOf(query)) if (name === wanted) values.push(value);
  return values;
}

function readHeaders(bound: Bindings, request: WireRequest, out: Record<string, unknown>): void {
  for (const [name, member] of bound.headers) {
    const text = request.headers[name];
    if (text === undefined || (text === "" && member.shape.kind !== "string")) continue;
    out[member.name] =
      member.shape.kind === "list"
        ? headerItems(text).map(textReader(member.shape.item.shape))
        : readText(member.shape, text);
  }
  for (const [prefix, member] of bound.prefixHeaders) {
    const map: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && name.startsWith(prefix)) setKey(map, name.slice(prefix.length), value);
    }
    if (Object.keys(map).length > 0) out[member.name] = map;
  }
}

/** Items between commas; those that hold a comma or quote are quoted. */
function headerItems(text: string): string[] {
  const items: string[] = [];
  let item = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (c === "\\" && quoted) item += text[++i] ?? "";
    else if (c === "," && !quoted) {
      items.push(item.trim());
      item = "";
    } else item += c;
  }
  items.push(item.trim());
  return items.filter((one) => one !== "");
}

function readPayload(member: Member, protocol: RestProtocol, body: Buffer): unknown {
  const { shape } = member;
  if (shape.kind === "blob") return body.length === 0 && !member.traits.streaming ? undefined : body;
  if (shape.kind === "string") return body.length === 0 ? undefined : body.toString("utf8");
  if (body.length === 0) return undefined;
  if (shape.kind === "structure") return readDocument(shape, protocol, body);
  return restJson.read(shape, restJson.parse(body.toString("utf8")));
}

function readDocument(shape: StructureShape, protocol: RestProtocol, body: Buffer): Record<string, unknown> {
  const text = body.toString("utf8");
  return protocol === "rest-json"
    ? restJson.decode(shape, text)
    : (readXml(shape, parseXml(text)) as Record<string, unknown>);
}

function textReader(shape: Shape): (text: string) => unknown {
  return (text) => readText(shape, text);
}

function readText(shape: Shape, text: string): unknown {
  const value = readScalar(shape, text);
  if (value === undefined)
    throw new Fault("SerializationException", `"${text.slice(0, 128)}" is not a ${shape.kind}`);
  return value;
}

function readScalar(shape: Shape, text: string): unknown {
  switch (shape.kind) {
    case "string":
      return text;
    case "boolean":
      return readBoolean(text);
    case "number":
      return readNumber(text);
    case "timestamp":
      return readTimestamp(text);
    case "blob":
      return readBase64(text);
    default:
      return undefined;
  }
}

/** How a REST operation's output goes onto the wire. */
export function encodeRest(
  operation: OperationContract,
  protocol: RestProtocol,
  output: unknown,
  requestId: string,
): WireResponse {
  const value = output as Readonly<Record<string, unknown>>;
  const headers: Record<string, string> = requestIdHeader(requestId);
  const usual = operation.http?.[2] ?? 200;
  if (operation.output === undefined) return { status: usual, headers, body: "" };
  const bound = bindingsOf(operation.output);
  writeHeaders(bound, value, headers);
  const named = bound.status === undefined ? undefined : value[bound.status.name];
  const status = typeof named === "number" ? named : usual;
  const document = protocol === "rest-json" ? "application/json" : "application/xml";
  if (bound.payload !== undefined) {
    const { body, type } = writePayload(bound.payload, protocol, value[bound.payload.name]);
    return { status, headers: { "content-type": type ?? document, ...headers }, body };
  }
  if (bound.body === undefined) return { status, headers, body: "" };
  return {
    status,
    headers: { "content-type": document, ...headers },
    body:
      protocol === "rest-json"
        ? JSON.stringify(restJson.write(bound.body, value))
        : xmlElement(rootName(operation.output), bound.body, value, operation.service.xmlNamespace),
  };
}

function rootName(shape: StructureShape): string {
  return shape.traits.xmlName ?? shape.name;
}

function writeHeaders(
  bound: Bindings,
  value: Readonly<Record<string, unknown>>,
  headers: Record<string, string>,
): void {
  for (const [name, member] of bound.headers) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    headers[name] =
      member.shape.kind === "list"
        ? Array.from(item as Iterable<unknown>, listItemWriter(member.shape.item.shape)).join(", ")
        : headerText(member.shape, item);
  }
  for (const [prefix, member] of bound.prefixHeaders) {
    for (const [name, item] of Object.entries((value[member.name] as object | undefined) ?? {})) {
      headers[`${prefix}${name}`] = headerText({ kind: "string" }, item);
    }
  }
}

function listItemWriter(shape: Shape): (item: unknown) => string {
  return (item) => {
    const text = headerText(shape, item);
    return shape.kind === "string" && /[",]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : text;
  };
}

/** INVARIANT: no line break, and nothing else that HTTP forbids, ever reaches a header. */
function headerText(shape: Shape, value: unknown): string {
  if (shape.kind === "timestamp") return writeTimestamp(value as Date, shape.format ?? "http-date");
  if (shape.kind === "blob") return writeBase64(value);
  return String(value).replace(/[^\t\x20-\x7e\x80-\xff]/g, " ");
}

function writePayload(
  member: Member,
  protocol: RestProtocol,
  value: unknown,
): { readonly body: Buffer | string; readonly type?: string } {
  if (value === undefined || value === null) return { body: "" };
  const { shape } = member;
  switch (shape.kind) {
    case "blob":
      if (!(value instanceof Uint8Array)) throw new TypeError("a payload is bytes");
      return {
        body: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        type: member.traits.mediaType ?? "application/octet-stream",
      };
    case "structure":
      return {
        body:
          protocol === "rest-json"
            ? JSON.stringify(restJson.write(shape, value))
            : xmlElement(member.xmlName ?? rootName(shape), shape, value, xmlnsOf(member)),
      };
    case "string":
      return { body: String(value), type: member.traits.mediaType ?? "text/plain" };
    default:
      return {
        body:
          protocol === "rest-json" ? JSON.stringify(restJson.write(shape, value)) : escapeXml(String(value)),
      };
  }
}

function xmlnsOf({ traits }: Member): string | undefined {
  return traits.xmlNamespace?.[1];
}
