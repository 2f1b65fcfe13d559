import {
  contractOf,
  namespaceOf,
  type OperationContract,
  type ServiceContract,
} from "../protocol/contract.ts";
import type { AnyOperation, InternalOperation } from "./operation.ts";
import type { Service } from "./service.ts";

/** An operation together with what the dispatcher needs to serve it. */
export interface BoundOperation {
  readonly service: Service;
  readonly name: string;
  readonly operation: AnyOperation;
  /** Absent for internal operations. */
  readonly contract?: OperationContract;
  readonly internal?: InternalOperation<unknown, unknown, unknown>;
  readonly readOnly: boolean;
}

/** A service and its contract. */
export interface ServiceEntry {
  readonly service: Service;
  /** Read when it is first asked for: of the many services of a process, few are called. */
  readonly contract: ServiceContract;
}

/**
 * The services of one process and their operations, found by name. Built once. Asking for a service throws when it
 * lists an operation that its contract does not have, or refuses one that it has.
 */
export interface ServiceTable {
  readonly services: readonly Service[];
  /** By SigV4 scope name. */
  bySigningName(name: string): ServiceEntry | undefined;
  /** By the service part of ARNs. */
  byArnName(name: string): Service | undefined;
  /** By Smithy namespace (`com.amazonaws.ecr`), as commands carry it. */
  byNamespace(namespace: string): ServiceEntry | undefined;
  operation(service: Service, name: string): BoundOperation | undefined;
  internal(operation: InternalOperation<never, never, unknown>): BoundOperation;
}

/** Builds the table. */
export function createServiceTable(services: readonly Service[]): ServiceTable {
  const entries = services.map((service) => new Entry(service));
  const byService = new Map(entries.map((entry) => [entry.service, entry]));
  const bySigningName = new Map(entries.map((entry) => [entry.service.signingName, entry]));
  const byArnName = new Map(services.map((service) => [service.arnName ?? service.signingName, service]));
  let byNamespace: ReadonlyMap<string | undefined, Entry> | undefined;
  const internals = new Map<unknown, BoundOperation>();
  return {
    services,
    bySigningName: (name) => bySigningName.get(name),
    byArnName: (name) => byArnName.get(name),
    byNamespace(namespace) {
      byNamespace ??= new Map(entries.map((entry) => [namespaceOf(entry.service.module), entry]));
      return byNamespace.get(namespace);
    },
    operation: (service, name) => byService.get(service)?.operations.get(name),
    internal(operation) {
      let known = internals.get(operation);
      if (known === undefined) {
        const service = bySigningName.get(operation.service)?.service;
        if (service === undefined)
          throw new Error(`internal operation ${operation.name}: no service ${operation.service}`);
        known = {
          service,
          name: operation.name,
          operation: operation as AnyOperation,
          internal: operation as unknown as InternalOperation<unknown, unknown, unknown>,
          readOnly: "read" in operation,
        };
        internals.set(operation, known);
      }
      return known;
    },
  };
}

class Entry implements ServiceEntry {
  readonly service: Service;
  #contract: ServiceContract | undefined;
  #operations: ReadonlyMap<string, BoundOperation> | undefined;

  constructor(service: Service) {
    this.service = service;
  }

  get contract(): ServiceContract {
    this.#contract ??= checkedContract(this.service);
    return this.#contract;
  }

  get operations(): ReadonlyMap<string, BoundOperation> {
    this.#operations ??= bind(this.service, this.contract);
    return this.#operations;
  }
}

function checkedContract(service: Service): ServiceContract {
  const { signingName, operations, refused = {} } = service;
  const contract = contractOf(service.module);
  if (contract.signingName !== signingName) {
    throw new Error(`service ${signingName}: the contract signs as ${contract.signingName}`);
  }
  const strange = Object.keys(operations).find((name) => !contract.operations.has(name));
  if (strange !== undefined) {
    throw new Error(`service ${signingName}: no operation ${strange} in its contract`);
  }
  const served = Object.keys(refused).find((name) => !contract.operations.has(name) || name in operations);
  if (served !== undefined) throw new Error(`service ${signingName}: ${served} cannot be refused`);
  return contract;
}

function bind(service: Service, contract: ServiceContract): ReadonlyMap<string, BoundOperation> {
  const operations = Object.entries(service.operations);
  return new Map(
    operations.map(([name, operation]) => {
      const known = contract.operations.get(name);
      return [name, { service, name, operation, contract: known, readOnly: "read" in operation }];
    }),
  );
}
