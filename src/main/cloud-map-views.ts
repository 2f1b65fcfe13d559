import type { AccountId, Region } from "../kernel/brand.ts";
import { listResources } from "../services/elasticloadbalancing/resource.ts";
import { findHealthCheck } from "../services/route53/health-checks/health-check.ts";
import type { ServiceDiscoveryPorts } from "../services/servicediscovery/ports.ts";
import type { Rows } from "../store/types.ts";

/** What Cloud Map sees of its neighbours' rows. */
export const cloudMapViews: Pick<ServiceDiscoveryPorts, "healthOf" | "loadBalancerZone"> = {
  async healthOf(rows, account, ids) {
    const found = await Promise.all(ids.map((id) => findHealthCheck(rows, id)));
    return new Map(
      found.flatMap((check) => {
        if (check?.account !== account || check.standing.last === undefined) return [];
        return [[check.id, check.standing.healthy ? "HEALTHY" : "UNHEALTHY"] as const];
      }),
    );
  },
  loadBalancerZone,
};

/** `<name>-<id>.<region>.elb.<domain>` says in which region to look. */
async function loadBalancerZone(
  rows: Rows,
  account: AccountId,
  dnsName: string,
): Promise<string | undefined> {
  const name = dnsName.toLowerCase().replace(/\.$/, "");
  const region = /\.elb\./.test(name)
    ? name.split(/\.elb\.|\./).find((part) => /^[a-z]+(-[a-z]+)+-\d$/.test(part))
    : undefined;
  if (region === undefined) return undefined;
  const all = await listResources(rows, "load-balancer", {
    place: { account, region: region as Region },
  });
  return all.find(({ document }) => document.dnsName.toLowerCase() === name)?.document.hostedZone;
}
