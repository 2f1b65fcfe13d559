import { contractOf, type OperationContract, type ServiceContract } from "../protocol/contract.ts";
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

/** The services of one process and their operations, found by name. Built once. */
export interface ServiceTable {
  readonly services: readonly Service[];
  /** By SigV4 scope name. */
  bySigningName(name: string): { readonly service: Service; readonly contract: ServiceContract } | undefined;
  /** By the service part of ARNs. */
  byArnName(name: string): Service | undefined;
  /** By Smithy namespace (`com.amazonaws.ecr`), as commands carry it. */
  byNamespace(
    namespace: string,
  ): { readonly service: Service; readonly contract: ServiceContract } | undefined;
  operation(service: Service, name: string): BoundOperation | undefined;
  internal(operation: InternalOperation<never, never, unknown>): BoundOperation;
}

/** Builds the table; throws when a service lists an operation that its contract does not have, or refuses one that it has. */
export function createServiceTable(services: readonly Service[]): ServiceTable {
  const bySigningName = new Map<string, { service: Service; contract: ServiceContract }>();
  const byArnName = new Map(services.map((service) => [service.arnName ?? service.signingName, service]));
  const byNamespace = new Map<string, { service: Service; contract: ServiceContract }>();
  const bound = new Map<Service, Map<string, BoundOperation>>();
  for (const service of services) {
    const contract = contractOf(service.module);
    if (contract.signingName !== service.signingName) {
      throw new Error(`service ${service.signingName}: the contract signs as ${contract.signingName}`);
    }
    bySigningName.set(service.signingName, { service, contract });
    byNamespace.set(contract.namespace, { service, contract });
    const operations = new Map<string, BoundOperation>();
    for (const [name, operation] of Object.entries(service.operations)) {
      const known = contract.operations.get(name);
      if (known === undefined)
        throw new Error(`service ${service.signingName}: no operation ${name} in its contract`);
      operations.set(name, { service, name, operation, contract: known, readOnly: "read" in operation });
    }
    for (const name of Object.keys(service.refused ?? {})) {
      if (!contract.operations.has(name) || operations.has(name))
        throw new Error(`service ${service.signingName}: ${name} cannot be refused`);
    }
    bound.set(service, operations);
  }
  const internals = new Map<unknown, BoundOperation>();
  return {
    services,
    bySigningName: (name) => bySigningName.get(name),
    byArnName: (name) => byArnName.get(name),
    byNamespace: (namespace) => byNamespace.get(namespace),
    operation: (service, name) => bound.get(service)?.get(name),
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
