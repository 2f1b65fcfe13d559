import { missingAuthenticationToken } from "../authn/credentials.ts";
import type { Signature } from "../authn/signature.ts";
import { readSignature, type SignedRequest, verifySignature } from "../authn/sigv4.ts";
import { readBasicTime } from "../authn/sigv4-time.ts";
import type { Region } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault, isFault } from "../kernel/fault.ts";
import { uuid } from "../kernel/ids.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Random } from "../kernel/random.ts";
import { globalRegion, isRegion } from "../kernel/region.ts";
import type { ServiceContract } from "../protocol/contract.ts";
import { encodeFault } from "../protocol/faults.ts";
import { askedName, decodeInput, encodeOutput, protocolOf, recognise } from "../protocol/wire.ts";
import type { WireRequest, WireResponse } from "../protocol/wire-message.ts";
import type { CallSource } from "./context.ts";
import type { Credentials } from "./credentials.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Service } from "./service.ts";
import type { ServiceTable } from "./service-table.ts";

/** A request as the listener received it, its body read. */
export interface SignedWireRequest {
  readonly method: string;
  /** As received, undecoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Lower-case names. A name that was sent more than once has a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly source: CallSource;
}

/** A request that was refused before it became a call, with as much as was known of it by then. */
export interface WireRefusal {
  readonly requestId: string;
  readonly fault: Fault;
  readonly source: CallSource;
  /** Signing name. */
  readonly service?: string;
  /** Who signed it, when the signature proved to be right. */
  readonly principal?: Principal;
}

/** Where requests from the wire enter: authenticate, decode, dispatch, encode. */
export interface WireDoor {
  /** The largest body to read for this request, in bytes, told from its headers. */
  bodyLimit(headers: SignedWireRequest["headers"]): number;
  /** Answers every request; never throws. */
  serve(request: SignedWireRequest): Promise<WireResponse>;
  /**
   * Who has signed something that is no call, for one service: a request that opens a socket, or what is said on it.
   * @throws Fault for a signature that is missing, wrong, old, or for another service.
   */
  identify(
    request: SignedRequest,
    signingName: string,
  ): Promise<{ readonly principal: Principal; readonly region: Region }>;
  /** The answer to a request that the listener refuses before it is read. */
  refuse(headers: SignedWireRequest["headers"], fault: Fault): WireResponse;
}

/** Most operations' requests are far smaller; a table in the contract names those that may be larger. */
const ordinaryBody = 1024 * 1024;

export function createWireDoor(ports: {
  readonly table: ServiceTable;
  readonly credentials: Credentials;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** The clock that clients go by. Where `clock` was moved ahead, for a test that lives through days, they differ. */
  readonly machineClock?: Clock;
  readonly random: Random;
  readonly onError: (requestId: string, error: unknown) => void;
  /** Hears of requests that were refused before they became a call. */
  readonly onRefusal: (refusal: WireRefusal) => void;
}): WireDoor {
  const { table, credentials, dispatcher, clock, random } = ports;

  async function serve(request: SignedWireRequest): Promise<WireResponse> {
    const requestId = uuid(random);
    const wire = wireRequest(request);
    let contract: ServiceContract | undefined;
    let principal: Principal | undefined;
    let called = false;
    try {
      const signature = signatureOf(request);
      const entry = signature === undefined ? unsignedEntry(wire) : table.bySigningName(signature.service);
      if (entry === undefined) {
        throw signature === undefined ? missingAuthenticationToken() : unknownService(signature.service);
      }
      contract = entry.contract;
      principal = signature === undefined ? anonymous : await authenticate(request, signature);
      refuseUnnamed(entry, wire);
      const { protocol, operation: name } = recognise(contract, wire);
      const operation = table.operation(entry.service, name);
      const described = operation?.contract;
      if (operation === undefined || described === undefined) throw notImplemented(entry, name);
      const region = signature === undefined ? globalRegion : regionOf(signature);
      const input = decodeInput(contract, described, protocol, wire);
      called = true;
      const output = await dispatcher.call({
        operation,
        input,
        // What the input proves counts, not who else signed it: to AWS too a signature adds nothing here.
        principal: contract.unsigned.has(name) ? anonymous : principal,
        region,
        source: request.source,
        requestId,
      });
      return encodeOutput(described, protocol, output, requestId);
    } catch (error) {
      const fault = error instanceof Fault ? error : internalFailure(requestId, error);
      if (!called) {
        const service = contract?.signingName;
        ports.onRefusal({ requestId, fault, source: request.source, service, principal });
      }
      return encodeFault(contract, protocolOf(contract, wire), fault, requestId);
    }
  }

  /** Who signed. Throws when nobody did who is known. */
  async function authenticate(request: SignedRequest, signature: Signature): Promise<Principal> {
    const credential = await credentials.find(signature, clock.now());
    verifySignature(request, signature, credential.secretAccessKey, timeOfSigning(signature));
    return credential.principal;
  }

  /** The time by which a signature must be fresh: ours, or the client's when ours was moved ahead of it. */
  function timeOfSigning({ date, presigned }: Signature): number {
    const now = clock.now();
    const machine = ports.machineClock?.now() ?? now;
    if (presigned || machine === now) return now;
    const signedAt = readBasicTime(date) ?? now;
    return now - signedAt > Math.abs(machine - signedAt) ? machine : now;
  }

  /** The service whose unsigned operation a request without a signature asks for; `undefined` when it asks for none. */
  function unsignedEntry(wire: WireRequest): ReturnType<ServiceTable["bySigningName"]> {
    for (const { signingName } of table.services) {
      const entry = table.bySigningName(signingName);
      if (entry !== undefined && asksUnsigned(entry.contract, wire)) return entry;
    }
    return undefined;
  }

  function unknownService(name: string): Fault {
    const why = table.services.map(({ unserved }) => unserved?.[name]).find((reason) => reason !== undefined);
    const served = table.services.map((service) => service.signingName).join(", ");
    return new Fault(
      "NotImplemented",
      why === undefined
        ? `Roadstead does not serve the service '${name}'. It serves: ${served}.`
        : `Roadstead does not serve the service '${name}': ${why}`,
      { status: 501 },
    );
  }

  function internalFailure(requestId: string, error: unknown): Fault {
    ports.onError(requestId, error);
    return new Fault("InternalFailure", "The request processing has failed because of an unknown error.", {
      status: 500,
    });
  }

  return {
    serve,
    async identify(request, signingName) {
      const signature = readSignature(request);
      if (signature.service !== signingName) throw wrongService(signingName);
      return { principal: await authenticate(request, signature), region: regionOf(signature) };
    },
    bodyLimit(headers) {
      const target = one(headers["x-amz-target"]);
      const name = target?.slice(target.lastIndexOf(".") + 1);
      const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(one(headers.authorization) ?? "")?.[1];
      if (name === undefined || scope === undefined) return ordinaryBody;
      return table.bySigningName(scope)?.contract.operations.get(name)?.maxBody ?? ordinaryBody;
    },
    refuse(headers, fault) {
      const wire: WireRequest = {
        method: "POST",
        path: "/",
        query: "",
        headers: flat(headers),
        body: Buffer.alloc(0),
      };
      return encodeFault(undefined, protocolOf(undefined, wire), fault, uuid(random));
    },
  };
}

/** AWS's words, as in `authn/sigv4.ts`. */
function wrongService(signingName: string): Fault {
  return new Fault(
    "SignatureDoesNotMatch",
    `Credential should be scoped to correct service: '${signingName}'.`,
    { status: 403 },
  );
}

/** What a request says about its signature; `undefined` when it has none. */
function signatureOf(request: SignedRequest): Signature | undefined {
  try {
    return readSignature(request);
  } catch (error) {
    if (isFault(error, "MissingAuthenticationToken")) return undefined;
    throw error;
  }
}

const anonymous: Principal = { type: "Anonymous" };

// INVARIANT: only what the service's own model declares to need no signature is let in without one.
function asksUnsigned(contract: ServiceContract, wire: WireRequest): boolean {
  if (contract.unsigned.size === 0) return false;
  try {
    return contract.unsigned.has(recognise(contract, wire).operation);
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** The region a request is for. AWS: IAM and the global STS endpoint are scoped to us-east-1. */
function regionOf(signature: Signature): Region {
  if (isRegion(signature.region)) return signature.region;
  if (signature.region === "aws-global" || signature.region === "") return globalRegion;
  throw new Fault(
    "SignatureDoesNotMatch",
    `Credential should be scoped to a valid region, not '${signature.region.slice(0, 64)}'.`,
  );
}

/** A service whose contract names only what is served says of anything else that it is not there. */
function refuseUnnamed(
  entry: { readonly service: Service; readonly contract: ServiceContract },
  wire: WireRequest,
): void {
  if (entry.service.partial !== true) return;
  const name = askedName(wire);
  if (name !== undefined && !entry.contract.operations.has(name)) throw notImplemented(entry, name);
}

/** What the service refuses on purpose is told from what nobody has built. */
function notImplemented(
  { service, contract }: { readonly service: Service; readonly contract: ServiceContract },
  name: string,
): Fault {
  const why = service.refused?.[name];
  const operation = `${contract.signingName}:${name}`;
  return new Fault(
    "NotImplemented",
    why === undefined
      ? `Roadstead does not implement ${operation} yet. See docs/coverage.md.`
      : `Roadstead does not serve ${operation}: ${why}`,
    { status: 501 },
  );
}

function wireRequest(request: SignedWireRequest): WireRequest {
  return {
    method: request.method,
    path: request.path,
    query: request.query,
    headers: flat(request.headers),
    body: request.body,
  };
}

function flat(headers: SignedWireRequest["headers"]): Record<string, string | undefined> {
  const out: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    out[name] = typeof value === "string" || value === undefined ? value : value.join(",");
  }
  return out;
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
