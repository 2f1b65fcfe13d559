import type { AccountId, Region } from "../../kernel/brand.ts";
import type { DnsName } from "../../kernel/dns/name.ts";
import type { NamedAddresses } from "./answer.ts";

/**
 * Who asks: a program of this machine, or a task in a VPC. What a VPC may know nobody else is told, so the asker is known
 * by the socket that the question came through and never by its address.
 */
export type Asker =
  | { readonly kind: "host" }
  | { readonly kind: "vpc"; readonly vpcId: string; readonly region: Region; readonly account?: AccountId };

/** Names besides those of hosted zones: each neighbour that has some brings its own. Asked for every unknown name: quick. */
export interface NameSource {
  /** What the asker reaches under a name; `undefined` when it is none of this source's. */
  find(name: DnsName, asker: Asker): NamedAddresses | undefined;
}
