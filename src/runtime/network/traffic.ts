import type { AccountId, Region } from "../../kernel/brand.ts";

/** What may pass a network interface, by the rules of its security groups. Everything else may not. */
export interface Traffic {
  readonly inbound: readonly TrafficRule[];
  readonly outbound: readonly TrafficRule[];
}

/** One rule, in EC2's words (API Reference, "IpPermission"), its groups replaced by the addresses of their members. */
export interface TrafficRule {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, the number of another protocol, or `-1` for all. */
  readonly protocol: string;
  /** The first port, or the type of ICMP with -1 for every type; absent for other protocols. */
  readonly from?: number;
  /** The last port, or the code of ICMP with -1 for every code. */
  readonly to?: number;
  /** Where from, or where to: blocks (`10.0.0.0/8`, `::/0`) and single addresses. */
  readonly peers: readonly string[];
}

/** Asks for what may pass interfaces of a VPC now, by interface. An interface that is not there is left out. */
export type AskTraffic = (
  network: TrafficPlace,
  networkInterfaces: readonly string[],
) => Promise<ReadonlyMap<string, Traffic>>;

/** A VPC: where its security groups are. */
export interface TrafficPlace {
  readonly account: AccountId;
  readonly region: Region;
  readonly vpcId: string;
}
