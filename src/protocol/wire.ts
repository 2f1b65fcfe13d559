import { Fault } from "../kernel/fault.ts";
import { bodyOf, formOf } from "./body.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import type { OperationContract, Protocol, ServiceContract } from "./contract.ts";
import { encodeEvents, eventStreamMember, eventStreamType } from "./event-stream.ts";
import { encodeFault, requestIdHeader } from "./faults.ts";
import { parseForm } from "./form.ts";
import { rpcJson } from "./json.ts";
import { maxFormBody } from "./limits.ts";
import { refuseNul } from "./nul.ts";
import { readEc2Input, readQueryInput } from "./query.ts";
import { decodeRest, encodeRest } from "./rest.ts";
import { matchRoute } from "./routes.ts";
import type { WireRequest, WireResponse } from "./wire-message.ts";
import { textElement, xmlContent, xmlElement } from "./xml-write.ts";

export { encodeFault };

/** Which operation a request asks for, and in which protocol. */
export interface Recognised {
  readonly protocol: Protocol;
  readonly operation: string;
}

/**
 * The protocol in which to answer a request, known even when nothing else of it is: the `smithy-protocol` header,
 * then `X-Amz-Target`, then a form, then the service's own. Never throws.
 */
export function protocolOf(contract: ServiceContract | undefined, request: WireRequest): Protocol {
  const { headers } = request;
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return "cbor";
  const type = mediaType(request);
  if (headers["x-amz-target"] !== undefined) {
    if (type === "application/x-amz-json-1.0") return "json1.0";
    if (type === "application/x-amz-json-1.1") return "json1.1";
    return contract !== undefined && isJson(contract.protocol) ? contract.protocol : "json1.1";
  }
  if (
    contract?.protocol === "rest-xml" ||
    contract?.protocol === "rest-json" ||
    contract?.protocol === "ec2"
  ) {
    return contract.protocol;
  }
  if (type === "application/x-www-form-urlencoded" || request.method === "GET") return "query";
  return contract?.protocol ?? "query";
}

function isJson(protocol: Protocol): protocol is "json1.0" | "json1.1" {
  return protocol === "json1.0" || protocol === "json1.1";
}

function mediaType({ headers }: WireRequest): string {
  const type = headers["content-type"] ?? "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/**
 * Finds the operation a request asks for.
 * Faults: `UnknownOperationException`, `InvalidAction`, `MissingAction`, and those of reading a form.
 */
export function recognise(contract: ServiceContract, request: WireRequest): Recognised {
  const protocol = protocolOf(contract, request);
  // AWS: a service answers a protocol that it does not speak as it answers an unknown path (seen on ECR).
  if (!contract.protocols.has(protocol)) throw new Fault("UnknownOperationException", "", { status: 404 });
  return { protocol, operation: operationName(contract, protocol, request) };
}

/** The name of the operation that a request asks for, whether there is one or not; `undefined` when it says none. */
export function askedName(request: WireRequest): string | undefined {
  const target = request.headers["x-amz-target"];
  const name = target === undefined ? formOf(request, maxFormBody).get("Action") : target.split(".").at(-1);
  return name !== undefined && /^[A-Za-z0-9]{1,128}$/.test(name) ? name : undefined;
}

function operationName(contract: ServiceContract, protocol: Protocol, request: WireRequest): string {
  switch (protocol) {
    case "cbor": {
      const [, name = ""] = /\/service\/[^/]+\/operation\/([^/]+)$/.exec(request.path) ?? [];
      if (!contract.operations.has(name)) throw new Fault("UnknownOperationException", "");
      return name;
    }
    case "json1.0":
    case "json1.1":
      return targetOperation(contract, request.headers["x-amz-target"] ?? "");
    case "query":
    case "ec2":
      return action(contract, request);
    case "rest-xml":
    case "rest-json": {
      const found = matchRoute(contract.routes, request.method, request.path, parseForm(request.query));
      if (found === undefined) throw new Fault("UnknownOperationException", "", { status: 404 });
      return found.operation.name;
    }
  }
}

/** `AmazonEC2ContainerRegistry_V20150921.CreateRepository`. AWS: some clients put a namespace before the prefix. */
function targetOperation(contract: ServiceContract, target: string): string {
  const dot = target.lastIndexOf(".");
  const prefix = target.slice(0, Math.max(dot, 0));
  const name = target.slice(dot + 1);
  const own = contract.targetPrefix;
  if (!contract.operations.has(name) || !(prefix === own || prefix.endsWith(`.${own}`))) {
    throw new Fault("UnknownOperationException", "");
  }
  return name;
}

function action(contract: ServiceContract, request: WireRequest): string {
  const form = formOf(request, maxFormBody);
  const name = form.get("Action");
  if (name === undefined) throw new Fault("MissingAction", "The request must contain the parameter Action");
  const version = form.get("Version") ?? "NO_VERSION_SPECIFIED";
  if (!contract.operations.has(name) || version !== contract.version) {
    throw new Fault("InvalidAction", `Could not find operation ${name} for version ${version}`);
  }
  return name;
}

/**
 * The typed input of a request. It fits the shapes of the model; whether it keeps to the constraints is for
 * `operation.validate` to say.
 * Faults: `SerializationException`, `MalformedInput`, `MalformedQueryString`, `RequestEntityTooLarge`.
 */
export function decodeInput(
  contract: ServiceContract,
  operation: OperationContract,
  protocol: Protocol,
  request: WireRequest,
): Record<string, unknown> {
  if (request.body.length > operation.maxBody) throw tooLarge();
  try {
    const input = decoded(contract, operation, protocol, request);
    refuseNul(input);
    return input;
  } catch (error) {
    // Input nested so deep that the stack ran out.
    if (error instanceof RangeError) throw new Fault("SerializationException", "");
    throw error;
  }
}

function decoded(
  contract: ServiceContract,
  operation: OperationContract,
  protocol: Protocol,
  request: WireRequest,
): Record<string, unknown> {
  const shape = operation.input;
  switch (protocol) {
    case "rest-xml":
    case "rest-json":
      return decodeRest(contract, operation, protocol, request);
    case "query":
    case "ec2": {
      if (shape === undefined) return {};
      const form = formOf(request, operation.maxBody);
      return protocol === "query" ? readQueryInput(shape, form) : readEc2Input(shape, form);
    }
    case "cbor":
      return shape === undefined ? {} : decodeCbor(shape, bodyOf(request, operation.maxBody));
    case "json1.0":
    case "json1.1":
      return shape === undefined
        ? {}
        : rpcJson.decode(shape, bodyOf(request, operation.maxBody).toString("utf8"));
  }
}

function tooLarge(): Fault {
  return new Fault("RequestEntityTooLarge", "Request body is too large");
}

/** How an output goes onto the wire. Members the model does not know are left out. */
export function encodeOutput(
  operation: OperationContract,
  protocol: Protocol,
  output: unknown,
  requestId: string,
): WireResponse {
  const value = output ?? {};
  const { output: shape, service, name } = operation;
  const events = eventStreamMember(shape);
  if (events !== undefined) {
    return {
      status: 200,
      headers: { "content-type": eventStreamType, ...requestIdHeader(requestId) },
      body: "",
      stream: encodeEvents(events, value),
    };
  }
  switch (protocol) {
    case "json1.0":
    case "json1.1":
      return {
        status: 200,
        headers: {
          "content-type":
            protocol === "json1.0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1",
          ...requestIdHeader(requestId),
        },
        body: shape === undefined ? "{}" : JSON.stringify(rpcJson.write(shape, value)),
      };
    case "cbor":
      return {
        status: 200,
        headers: {
          "smithy-protocol": "rpc-v2-cbor",
          ...(shape === undefined ? {} : { "content-type": "application/cbor" }),
          ...requestIdHeader(requestId),
        },
        body: shape === undefined ? "" : encodeCbor(shape, value),
      };
    case "query": {
      const result = shape === undefined ? "" : xmlElement(`${name}Result`, shape, value);
      const metadata = `<ResponseMetadata>${textElement("RequestId", requestId)}</ResponseMetadata>`;
      return xml(`<${name}Response${xmlns(service)}>${result}${metadata}</${name}Response>`, requestId);
    }
    case "ec2": {
      // AWS: an operation that answers nothing says that it did it.
      const content = shape === undefined ? "<return>true</return>" : xmlContent(shape, value).content;
      const id = textElement("requestId", requestId);
      return xml(`<${name}Response${xmlns(service)}>${id}${content}</${name}Response>`, requestId);
    }
    case "rest-xml":
    case "rest-json":
      return encodeRest(operation, protocol, value, requestId);
  }
}

function xml(body: string, requestId: string): WireResponse {
  return { status: 200, headers: { "content-type": "text/xml", ...requestIdHeader(requestId) }, body };
}

function xmlns(service: ServiceContract): string {
  return service.xmlNamespace === undefined ? "" : ` xmlns="${service.xmlNamespace}"`;
}
