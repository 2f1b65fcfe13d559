import { gunzipSync } from "node:zlib";
import { Fault } from "../kernel/fault.ts";
import { type Form, parseForm } from "./form.ts";
import type { WireRequest } from "./wire-message.ts";

const inflated = new WeakMap<WireRequest, Buffer>();
const forms = new WeakMap<WireRequest, Form>();

/**
 * The request's body without its compression (Smithy specification, "requestCompression trait").
 * @param cap the most bytes that it may expand to.
 * Faults: `RequestEntityTooLarge`, `MalformedInput`, `UnsupportedMediaType`.
 */
export function bodyOf(request: WireRequest, cap: number): Buffer {
  let body = inflated.get(request);
  if (body === undefined) {
    body = inflate(request, cap);
    inflated.set(request, body);
  }
  if (body.length > cap) throw new Fault("RequestEntityTooLarge", "Request body is too large");
  return body;
}

function inflate(request: WireRequest, cap: number): Buffer {
  const codings = (request.headers["content-encoding"] ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    // `aws-chunked` frames have been taken off by whoever checked their signatures.
    .filter((coding) => coding !== "" && coding !== "identity" && coding !== "aws-chunked");
  if (codings.length === 0) return request.body;
  if (codings.length > 1 || codings[0] !== "gzip") {
    throw new Fault("UnsupportedMediaType", "The content encoding is not supported");
  }
  try {
    return gunzipSync(request.body, { maxOutputLength: cap });
  } catch (error) {
    if (error instanceof RangeError) throw new Fault("RequestEntityTooLarge", "Request body is too large");
    throw new Fault("MalformedInput", "The request body is not valid gzip data");
  }
}

/** The fields of a Query request: those of the URI, and of the body when it is a form. Parsed once a request. */
export function formOf(request: WireRequest, cap: number): Form {
  const bytes = request.method === "POST" ? bodyOf(request, cap) : undefined;
  const known = forms.get(request);
  if (known !== undefined) return known;
  const uri = parseForm(request.query);
  const body = bytes === undefined ? undefined : parseForm(bytes.toString("utf8"));
  const form =
    body === undefined || body.size === 0 ? uri : uri.size === 0 ? body : new Map([...uri, ...body]);
  forms.set(request, form);
  return form;
}
