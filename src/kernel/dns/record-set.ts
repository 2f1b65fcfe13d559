import type { DnsName } from "./name.ts";
import type { RecordType } from "./rdata.ts";

/** How one of several record sets of a name and type is chosen. */
export type Routing =
  | { readonly kind: "weighted"; readonly weight: number }
  | { readonly kind: "latency"; readonly region: string }
  | { readonly kind: "failover"; readonly role: "PRIMARY" | "SECONDARY" }
  | { readonly kind: "geolocation"; readonly location: GeoLocation }
  | { readonly kind: "multivalue answer" };

/** Where askers are that a record set is for: a continent, a country (`*` is everywhere else), or a country's part. */
export interface GeoLocation {
  readonly ContinentCode?: string | undefined;
  readonly CountryCode?: string | undefined;
  readonly SubdivisionCode?: string | undefined;
}

/** What an alias answers with: the records of a name in a zone. */
export interface AliasTarget {
  readonly zone: string;
  readonly name: DnsName;
  readonly evaluateHealth: boolean;
}

/** A resource record set. It has values and a TTL, or it is an alias. */
export interface RecordSet {
  readonly name: DnsName;
  readonly type: RecordType;
  readonly setIdentifier?: string;
  readonly routing?: Routing;
  /** Seconds. */
  readonly ttl?: number;
  /** As people write them; `encodeRdata` reads them. */
  readonly values?: readonly string[];
  readonly alias?: AliasTarget;
  /** The health check that decides whether it answers. */
  readonly healthCheck?: string;
}
