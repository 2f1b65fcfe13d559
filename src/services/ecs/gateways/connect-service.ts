import { isDeepStrictEqual } from "node:util";
import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import type { ServiceKey } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import type { Revision } from "../services/revision.ts";
import { findGateway, type Gateway } from "./gateway.ts";
import type { MadeIngress } from "./ingress.ts";
import { listRoutes, putRoute, type Route } from "./route.ts";

/**
 * Has a service the routes that its revision asks for, and no others: those that are missing are begun, those that it
 * no longer asks for are given up. For the transaction that writes what the service shall run.
 * @returns the revision, with what its tasks need for the routes; without that as long as a route is not made, and then
 * the deployment waits for `gateways/execution.ts`.
 */
export async function connectService(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  key: ServiceKey,
  revision: Revision,
): Promise<Revision> {
  const there = await listRoutes(tx, key);
  const { gatewayIngress: ingress } = revision;
  for (const route of there) {
    if (!ingress?.gateways.includes(route.gateway.gateway)) await giveUp(tx, route);
  }
  if (ingress === undefined) return revision;
  const securityGroups = revision.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [];
  const made: (readonly [Route, Gateway])[] = [];
  for (const name of ingress.gateways) {
    const gateway = await findGateway(tx, { account: key.account, region: key.region, gateway: name });
    // Deleted since the service was admitted: nothing leads through it.
    if (gateway === undefined) continue;
    const known = there.find((route) => route.gateway.gateway === name);
    const route = wanted(known, { port: ingress.port, securityGroups }) ?? {
      ...{ gateway: gateway.key, service: key, id: ctx.random.bytes(16).toString("hex"), createdAt: ctx.now },
      status: "CREATE_IN_PROGRESS" as const,
      document: { port: ingress.port, securityGroups, resources: {} },
    };
    if (route !== known) await putRoute(tx, route);
    made.push([route, gateway]);
  }
  const complete = made.every(([route]) => isMade(route));
  return { ...revision, gatewayIngress: { ...ingress, ...(complete && { made: ingressOf(made) }) } };
}

/** A known route as it shall be; itself when that is no change. */
function wanted(
  known: Route | undefined,
  asked: Pick<Route["document"], "port" | "securityGroups">,
): Route | undefined {
  if (known === undefined) return undefined;
  const { port, securityGroups, resources } = known.document;
  const same = isDeepStrictEqual({ port, securityGroups }, asked);
  if (same && known.status !== "DELETE_IN_PROGRESS" && known.status !== "DELETE_FAILED") return known;
  const told = [known.document.port, asked.port].map(({ protocolVersion, healthCheck }) => ({
    protocolVersion,
    healthCheck,
  }));
  if (resources.targetGroupArns !== undefined && !isDeepStrictEqual(told[0], told[1])) {
    // Ours: the role that AWS's managed policy describes cannot change a target group.
    throw invalidParameter(
      "The health check and the protocol of a gateway connector can't be changed while the service has a gateway route. Remove the connector first.",
    );
  }
  const { otherSecurityGroups: _others, ...kept } = resources;
  const status = isMade(known) ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS";
  return { ...known, status, document: { ...known.document, ...asked, resources: kept } };
}

/** Has the loop remove a route, as soon as nothing runs behind it. */
async function giveUp(tx: Tx, route: Route): Promise<void> {
  if (route.status !== "DELETE_IN_PROGRESS") await putRoute(tx, { ...route, status: "DELETE_IN_PROGRESS" });
}

/** Gives up all routes of a service that is deleted. */
export async function disconnectService(tx: Tx, key: ServiceKey): Promise<void> {
  for (const route of await listRoutes(tx, key)) await giveUp(tx, route);
}

/** Whether tasks can be put behind a route. */
function isMade({ document: { resources } }: Route): boolean {
  return resources.ruleArn !== undefined && resources.otherSecurityGroups !== undefined;
}

function ingressOf(made: readonly (readonly [Route, Gateway])[]): MadeIngress {
  const groups = made.flatMap(([{ document }]) => [
    ...(document.resources.otherSecurityGroups ?? []),
    document.resources.serviceSecurityGroup ?? "",
  ]);
  return {
    routes: made.map(([{ id }]) => id),
    loadBalancers: made.map(([route, gateway]) => loadBalancerOf(route, gateway)),
    securityGroups: [...new Set(groups)],
  };
}

/** A route as what services know how to register tasks with, and to shift traffic between. */
function loadBalancerOf({ document: { port, resources } }: Route, { document }: Gateway): ecs.LoadBalancer {
  const [targetGroupArn, alternateTargetGroupArn] = resources.targetGroupArns ?? [];
  return {
    ...{ targetGroupArn, containerName: port.containerName, containerPort: port.containerPort },
    advancedConfiguration: {
      alternateTargetGroupArn,
      productionListenerRule: resources.ruleArn,
      ...(resources.testRuleArn !== undefined && { testListenerRule: resources.testRuleArn }),
      roleArn: document.infrastructureRoleArn,
    },
  };
}
