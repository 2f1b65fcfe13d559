import type { Fault } from "../kernel/fault.ts";
import { cborForm, plainCbor } from "./cbor.ts";
import { commonError, type ErrorFamily } from "./common-errors.ts";
import type { ErrorContract, Protocol, ServiceContract } from "./contract.ts";
import { restJson, rpcJson } from "./json.ts";
import type { WireResponse } from "./wire-message.ts";
import { textElement, xmlContent } from "./xml-write.ts";

/** A fault as one protocol of one service shows it. */
interface ShownFault {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly sender: boolean;
  /** The model's description, when the service declares the error. */
  readonly modelled: ErrorContract | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

const families: Readonly<Record<Protocol, ErrorFamily>> = {
  "json1.0": "json",
  "json1.1": "json",
  cbor: "json",
  "rest-json": "rest",
  query: "query",
  "rest-xml": "query",
  ec2: "ec2",
};

/** Finds code and status: the service's own model first, then what all services share, then what the fault says. */
function shownFault(contract: ServiceContract | undefined, protocol: Protocol, fault: Fault): ShownFault {
  const family = families[protocol];
  const modelled = contract?.errors.get(fault.code);
  const { message, members } = fault;
  if (modelled !== undefined) {
    const byCode = family === "query" || family === "ec2";
    return {
      code: byCode ? modelled.code : modelled.name,
      status: byCode ? modelled.queryStatus : modelled.status,
      message,
      sender: modelled.fault === "client",
      modelled,
      members,
    };
  }
  const common = commonError(fault.code, family);
  const status = common?.status ?? fault.status ?? 400;
  return {
    code: common?.code ?? fault.code,
    status,
    message,
    sender: status < 500,
    modelled: undefined,
    members,
  };
}

/** How a fault goes onto the wire. `contract` is absent when the service is not known. Never throws. */
export function encodeFault(
  contract: ServiceContract | undefined,
  protocol: Protocol,
  fault: Fault,
  requestId: string,
): WireResponse {
  // AWS: what no route or protocol of the service fits is answered outside all of them.
  if (fault.code === "UnknownOperationException" && fault.status === 404) {
    return { status: 404, headers: requestIdHeader(requestId), body: "<UnknownOperationException/>\n" };
  }
  const shown = shownFault(contract, protocol, fault);
  switch (protocol) {
    case "query":
      return xml(shown.status, queryBody(contract, shown, requestId), requestId);
    case "rest-xml":
      return xml(shown.status, queryBody(contract, shown, requestId), requestId);
    case "ec2":
      return xml(shown.status, ec2Body(shown, requestId), requestId);
    case "cbor":
      return {
        status: shown.status,
        headers: {
          "content-type": "application/cbor",
          "smithy-protocol": "rpc-v2-cbor",
          ...requestIdHeader(requestId),
          ...queryErrorHeader(contract, shown),
        },
        body: plainCbor({ __type: absolute(contract, shown), ...cborMembers(shown) }),
      };
    case "rest-json":
      return {
        status: shown.status,
        headers: {
          "content-type": "application/json",
          "x-amzn-errortype": shown.code,
          ...requestIdHeader(requestId),
        },
        body: JSON.stringify(jsonMembers(shown, restJson)),
      };
    case "json1.0":
    case "json1.1":
      return {
        status: shown.status,
        headers: {
          "content-type":
            protocol === "json1.0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1",
          ...requestIdHeader(requestId),
          ...queryErrorHeader(contract, shown),
        },
        body: JSON.stringify({
          __type: protocol === "json1.0" ? absolute(contract, shown) : shown.code,
          ...jsonMembers(shown, rpcJson),
        }),
      };
  }
}

/** The header that names a request, as every protocol spells it. */
export function requestIdHeader(requestId: string): Record<string, string> {
  return { "x-amzn-requestid": requestId };
}

function queryErrorHeader(contract: ServiceContract | undefined, shown: ShownFault): Record<string, string> {
  if (contract?.queryCompatible !== true || shown.modelled === undefined) return {};
  return { "x-amzn-query-error": `${shown.modelled.code};${shown.sender ? "Sender" : "Receiver"}` };
}

/** JSON 1.0 and CBOR name an error with its namespace. */
function absolute(contract: ServiceContract | undefined, { code, modelled }: ShownFault): string {
  return modelled === undefined || contract === undefined
    ? `com.amazon.coral.service#${code}`
    : `${contract.namespace}#${code}`;
}

function messageName({ modelled, code }: ShownFault): string {
  // AWS: the authorisation layer, which stands before every service, writes a capital M.
  return modelled?.messageMember ?? (code === "AccessDeniedException" ? "Message" : "message");
}

function jsonMembers(shown: ShownFault, codec: typeof rpcJson): object {
  const members = shown.modelled === undefined ? {} : codec.write(shown.modelled.shape, shown.members);
  return { ...(members as object), ...messageOf(shown) };
}

function cborMembers(shown: ShownFault): object {
  const members = shown.modelled === undefined ? {} : cborForm(shown.modelled.shape, shown.members);
  return { ...(members as object), ...messageOf(shown) };
}

/** AWS: errors of the framework that have nothing to say have no message at all. */
function messageOf(shown: ShownFault): object {
  return shown.message === "" ? {} : { [messageName(shown)]: shown.message };
}

function xml(status: number, body: string, requestId: string): WireResponse {
  return { status, headers: { "content-type": "text/xml", ...requestIdHeader(requestId) }, body };
}

function queryBody(contract: ServiceContract | undefined, shown: ShownFault, requestId: string): string {
  const namespace = contract?.xmlNamespace === undefined ? "" : ` xmlns="${contract.xmlNamespace}"`;
  const members = shown.modelled === undefined ? "" : membersXml(shown.modelled, shown.members);
  return (
    `<ErrorResponse${namespace}><Error>${textElement("Type", shown.sender ? "Sender" : "Receiver")}` +
    `${textElement("Code", shown.code)}${textElement("Message", shown.message)}${members}</Error>` +
    `${textElement("RequestId", requestId)}</ErrorResponse>`
  );
}

/** Members besides the message, which has an element of its own. */
function membersXml(modelled: ErrorContract, members: Readonly<Record<string, unknown>>): string {
  const { [modelled.messageMember]: _message, ...others } = members;
  return xmlContent(modelled.shape, others).content;
}

function ec2Body(shown: ShownFault, requestId: string): string {
  return (
    `<Response><Errors><Error>${textElement("Code", shown.code)}${textElement("Message", shown.message)}</Error>` +
    `</Errors>${textElement("RequestID", requestId)}</Response>`
  );
}
