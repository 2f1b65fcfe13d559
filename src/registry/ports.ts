import type { BlobStore } from "../blobs/types.ts";
import type { CallSource, Client } from "../dispatch/context.ts";
import type { Region } from "../kernel/brand.ts";
import type { ClientAddressOf } from "../kernel/client-address.ts";
import type { Fault } from "../kernel/fault.ts";
import type { Principal } from "../kernel/principal.ts";
import type { RegistryDialect } from "../kernel/registry-dialect.ts";
import type { EcrDataPlane } from "../services/ecr/data-plane.ts";
import type { RegistryId } from "./address.ts";
import type { Downloads } from "./downloads.ts";

/** What the registry needs of the rest of the house. The composition root hands it over. */
export interface RegistryPorts {
  /**
   * Says who is calling, by the `Authorization` header (`Basic`, user `AWS`, the password of GetAuthorizationToken).
   * Throws `Fault("UNAUTHORIZED")` when there is no credential or a wrong one, `Fault("ExpiredTokenException")` when it has expired.
   */
  authenticate(authorization: string | undefined): RegistryCaller | Promise<RegistryCaller>;
  /** Hears of credentials that were shown and not taken, with where they came from. */
  onRefusal?(fault: Fault, source: CallSource): void;
  /** Who a request came from, also where a proxy handed it on. */
  readonly clientAddress: ClientAddressOf;
  /** Calls through the one door as that principal, in the registry's region. */
  as(principal: Principal, region: Region, source: CallSource): RegistryClient;
  /** Whose ways a registry has; of a request that names none, whose all have. */
  dialectOf(registry: RegistryId | undefined): RegistryDialect;
  readonly operations: EcrDataPlane;
  /** Where the bytes of a layer are read, once ECR has said that the caller may. */
  readonly blobs: Pick<BlobStore, "read" | "place">;
  /** Who sends the bytes of layers; this process when left out. */
  readonly downloads?: Downloads;
  /** Hears of each request's bytes when it is over: those of its body, and those that went out on its connection. */
  onTraffic?(bytes: { readonly received: number; readonly sent: number }): void;
  /** Errors that are ours, with the request that met them. The client gets none of their text. */
  reportError(error: unknown, request: { readonly method: string; readonly url: string }): void;
}

export interface RegistryCaller {
  readonly principal: Principal;
  /** Where the token was asked for. */
  readonly region: Region;
}

export type RegistryClient = Pick<Client, "invoke">;
