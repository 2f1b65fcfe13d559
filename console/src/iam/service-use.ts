/** What stops when a service loses its role, by service principal (the AWS pages on each service-linked role). */
const uses: Readonly<Record<string, string>> = {
  "ecs.amazonaws.com":
    "No task gets a network interface, no service registers with load balancers or Cloud Map, no alarm is set",
  "replication.ecr.amazonaws.com": "Pushed images are no longer replicated to other regions and accounts",
  "pullthroughcache.ecr.amazonaws.com": "Images are no longer pulled through from upstream registries",
  "ecs-compute.amazonaws.com": "Managed instances are no longer ended",
  "ecs.application-autoscaling.amazonaws.com": "Services are no longer scaled",
  "elasticloadbalancing.amazonaws.com": "Load balancers get no network interfaces",
  "autoscaling.amazonaws.com": "Auto Scaling groups no longer launch and end instances",
  "organizations.amazonaws.com": "The organization no longer manages this account's service-linked roles",
};

/** What would break without the role of a service; `undefined` where nothing more is known than its description. */
export function serviceUse(servicePrincipal: string): string | undefined {
  return uses[servicePrincipal];
}
