import type { Json } from "../kernel/json.ts";
import type { AdminRoutes } from "./site-routes.ts";

/** A listener of a load balancer, with where it can be reached. */
export interface ListeningPlaceReport {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly dnsName: string;
  readonly protocol: string;
  readonly port: number;
  readonly host: { readonly address: string; readonly port: number } | undefined;
  readonly nodes: readonly string[];
}

/** Where the load balancers of this process listen: what `roadstead doctor` and people ask. */
export function loadBalancerRoutes(places: () => readonly ListeningPlaceReport[]): AdminRoutes {
  return {
    "GET /_roadstead/load-balancers": async () => ({
      listeners: places().map(
        ({ host, nodes, ...place }): Json => ({
          ...place,
          host: host === undefined ? null : { ...host },
          nodes: [...nodes],
        }),
      ),
    }),
  };
}
