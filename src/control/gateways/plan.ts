import { second } from "../../kernel/duration.ts";
import type { Association } from "../../services/ecs/gateways/association.ts";
import type { InspectedGateway, InspectedRoute } from "../../services/ecs/gateways/execution.ts";
import type { GatewayBalancer } from "../../services/ecs/gateways/gateway.ts";
import type { Route } from "../../services/ecs/gateways/route.ts";

/** Service quotas of Elastic Load Balancing: certificates of an Application Load Balancer, besides the default one. */
const mostRoutes = 25;

/** How often it is seen whether nothing runs behind a route any more, in ms. */
const drainedAskedEvery = 2 * second;

/** What is made for a route, in this order; each may be done twice. */
const routeMaking = [
  "request-certificate",
  "add-certificate",
  "make-target-groups",
  "make-service-group",
  "make-rule",
  "make-test-rule",
] as const;

/** The next thing to do for a gateway. */
export type GatewayStep =
  | { readonly do: "open-balancer" }
  | { readonly do: "make-balancer" | "remove-balancer"; readonly balancer: GatewayBalancer }
  | {
      readonly do: (typeof routeMaking)[number] | "settle-route" | "remove-route";
      readonly route: Route;
      readonly balancer: GatewayBalancer | undefined;
    }
  | { readonly do: "place-route"; readonly route: Route; readonly balancer: GatewayBalancer }
  | { readonly do: "refuse-route"; readonly route: Route }
  | { readonly do: "update" }
  | { readonly do: "dissociate"; readonly association: Association };

/** The next step for a gateway, or how long there is none (epoch ms). */
export interface GatewayPlan {
  readonly step?: GatewayStep;
  readonly until?: number;
}

/**
 * What a gateway needs next: routes first, then what no route uses any more, then what has changed of its settings.
 * @param failed ids of routes and hashes of load balancers that this look could not bring further.
 */
export function planGateway(
  { gateway, routes, associations }: InspectedGateway,
  failed: ReadonlySet<string>,
  now: number,
): GatewayPlan {
  const { balancers, settings } = gateway.document;
  const placed = (hash: string) =>
    routes.filter(({ route }) => route.document.resources.balancer === hash).length;
  for (const { route } of routes.filter((one) => isMaking(one) && !failed.has(one.route.id))) {
    const { resources } = route.document;
    const balancer = balancers.find(({ hash }) => hash === resources.balancer);
    if (balancer !== undefined) {
      if (failed.has(balancer.hash)) continue;
      if (balancer.set === undefined) return { step: { do: "make-balancer", balancer } };
      return { step: { do: nextOf(route, settings.testTrafficRules?.header), route, balancer } };
    }
    const free = balancers.find(({ hash }) => placed(hash) < mostRoutes);
    if (free !== undefined) return { step: { do: "place-route", route, balancer: free } };
    if (balancers.length < settings.maxAlbCount) return { step: { do: "open-balancer" } };
    return { step: { do: "refuse-route", route } };
  }
  const leaving = routes.filter(({ route }) => route.status.startsWith("DELETE"));
  const gone = leaving.find(({ route, inUse }) => !inUse && !failed.has(route.id));
  if (gone !== undefined) {
    const { route } = gone;
    const balancer = balancers.find(({ hash }) => hash === route.document.resources.balancer);
    return { step: { do: "remove-route", route, balancer } };
  }
  const empty = balancers.find(({ hash }) => placed(hash) === 0 && !failed.has(hash));
  if (empty !== undefined) return { step: { do: "remove-balancer", balancer: empty } };
  if (gateway.status === "UPDATE_IN_PROGRESS") return { step: { do: "update" } };
  // INVARIANT: with its last association a gateway has no load balancer left, so that it can be deleted.
  const over = associations.find(
    ({ cluster, status }) =>
      status === "DISASSOCIATING" &&
      routes.every(({ route }) => route.service.cluster !== cluster) &&
      balancers.every(({ hash }) => placed(hash) > 0),
  );
  if (over !== undefined) return { step: { do: "dissociate", association: over } };
  return leaving.length > 0 ? { until: now + drainedAskedEvery } : {};
}

const isMaking = ({ route }: InspectedRoute): boolean =>
  route.status !== "ACTIVE" && !route.status.startsWith("DELETE");

/** The header of test traffic as routes remember it. */
export const headerText = (header: object | undefined): string =>
  header === undefined ? "" : JSON.stringify(header);

function nextOf(
  { document: { resources } }: Route,
  testHeader: object | undefined,
): (typeof routeMaking)[number] | "settle-route" {
  const done: Readonly<Record<(typeof routeMaking)[number], boolean>> = {
    "request-certificate": resources.certificateArn !== undefined,
    "add-certificate": resources.certified !== undefined,
    "make-target-groups": resources.targetGroupArns !== undefined,
    "make-service-group": resources.otherSecurityGroups !== undefined,
    "make-rule": resources.ruleArn !== undefined,
    "make-test-rule": (resources.testHeader ?? "") === headerText(testHeader),
  };
  return routeMaking.find((step) => !done[step]) ?? "settle-route";
}
