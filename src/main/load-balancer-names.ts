import type { NameSource } from "../edge/dns/name-source.ts";
import type { ListeningPlace } from "../edge/load-balancer/places.ts";

/** Seconds, as AWS answers for load balancers. */
const ttl = 60;

/**
 * The names of load balancers: in VPCs the addresses of their nodes, on the host the address at which they listen there.
 * AWS: also with `dualstack.` before them, as consoles write aliases.
 */
export function loadBalancerNames(places: () => readonly ListeningPlace[]): NameSource {
  return {
    find(name, asker) {
      if (!name.includes(".elb.")) return undefined;
      const wanted = name.replace(/^dualstack\./, "").slice(0, -1);
      const found = places().filter(({ dnsName }) => dnsName.toLowerCase() === wanted);
      if (found.length === 0) return undefined;
      const addresses = found.flatMap(({ nodes, host }) =>
        asker.kind === "vpc" ? nodes : host === undefined ? [] : [host.address],
      );
      return { addresses: [...new Set(addresses)], ttl };
    },
  };
}
