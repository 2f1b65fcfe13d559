import type { Region } from "../../../kernel/brand.ts";
import type { Random } from "../../../kernel/random.ts";
import type { LoadBalancerDocument } from "../documents.ts";
import { validation } from "../faults.ts";

/** Sixteen hex digits, as ARNs of load balancers, listeners, rules and target groups end. */
export function newId(random: Random): string {
  return random.bytes(8).toString("hex");
}

/**
 * Checks a name of a load balancer (API Reference, "CreateLoadBalancer").
 * @throws Fault `ValidationError`
 */
export function checkLoadBalancerName(name: string): void {
  if (name.length > 32) {
    throw validation(`The load balancer name '${name.slice(0, 64)}' cannot be longer than '32' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validation(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    throw validation(`The load balancer name '${name}' cannot begin or end with a hyphen(-)`);
  }
  if (name.startsWith("internal-")) {
    throw validation(`The load balancer name '${name}' cannot begin with 'internal-'`);
  }
}

/**
 * The DNS name of a load balancer: `[internal-]<name>-<id>.<region>.elb.<domain>`. AWS: the id of an application load
 * balancer's is a number, of a network load balancer's that of its ARN.
 */
export function dnsName(
  { type, scheme }: Pick<LoadBalancerDocument, "type" | "scheme">,
  {
    name,
    id,
    region,
    domain,
  }: { readonly name: string; readonly id: string; readonly region: Region; readonly domain: string },
): string {
  const number = type === "application" ? String(Number.parseInt(id.slice(0, 8), 16)).padStart(9, "1") : id;
  // AWS: only names of application load balancers say that they are internal.
  const prefix = scheme === "internal" && type === "application" ? "internal-" : "";
  return `${prefix}${name}-${number}.${region}.elb.${domain}`;
}
