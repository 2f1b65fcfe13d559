import { Fault } from "../kernel/fault.ts";
import type { OperationContract, Protocol, ServiceContract } from "./contract.ts";
import type { WireRequest, WireResponse } from "./wire.ts";
export function decodeRest(
  _c: ServiceContract,
  _o: OperationContract,
  _p: Protocol,
  _r: WireRequest,
): Record<string, unknown> {
  throw new Fault("UnknownOperationException", "", { status: 404 });
}
export function encodeRest(_o: OperationContract, _p: Protocol, _v: unknown, _id: string): WireResponse {
  throw new Fault("UnknownOperationException", "", { status: 404 });
}
