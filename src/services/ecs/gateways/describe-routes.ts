import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows } from "../../../store/types.ts";
import { clusterArn, clusterOf, gatewayArn, idOf, parseEcsArn, serviceArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { accessTypeOf, findGateway, type Gateway, needGateway } from "./gateway.ts";
import { findRoute, listRoutes, type Route, routeArn, serviceUrlOf } from "./route.ts";

/** A route by its ARN, with what was made for it. */
export const describeGatewayRoute: ReadOperation<typeof ecs, "DescribeGatewayRoute"> = {
  name: "DescribeGatewayRoute",
  authorise: ({ gatewayRouteArn: resource }) => {
    const { account, region, path } = readRouteArn(resource);
    const [name = "", id = ""] = path;
    const gateway = gatewayArn({ account, region }, name, id);
    return [{ action: "ecs:DescribeGatewayRoute", resource, context: { "ecs:gateway": gateway } }];
  },
  async read(ctx, { gatewayRouteArn: arn }) {
    const route = await findRoute(ctx.rows, readRouteArn(arn).path[2] ?? "");
    const gateway = route && (await findGateway(ctx.rows, route.gateway));
    if (route === undefined || gateway === undefined || routeArn(route, gateway) !== arn) {
      // Ours.
      throw new Fault("ResourceNotFoundException", "The gateway route was not found.");
    }
    const { service, status, document } = route;
    const balancer = balancerOf(route, gateway);
    const { certificateArn, ruleArn, testRuleArn, serviceSecurityGroup } = document.resources;
    const ec2 = (resource: string) => formatArn("ec2", service.region, service.account, resource);
    const group = (id: string) => ec2(`security-group/${id}`);
    const inbound = gateway.document.settings.inboundSecurityGroup;
    return {
      gatewayRoute: {
        gatewayRouteArn: arn,
        serviceArn: serviceArn(service),
        serviceContainerPortName: document.port.portName,
        status,
        ...serviceUrlOf(route),
        resources: {
          hostSharedAlb: [
            {
              ...(certificateArn !== undefined && { acmCertificateArn: certificateArn }),
              loadBalancerArn: balancer?.loadBalancerArn,
              listenerArn: balancer?.listenerArn,
              ...(ruleArn !== undefined && { listenerRuleArn: ruleArn }),
              testListenerRuleArns: testRuleArn === undefined ? [] : [testRuleArn],
              loadBalancerSecurityGroups: [
                ...(balancer?.securityGroup === undefined
                  ? []
                  : [
                      {
                        arn: group(balancer.securityGroup),
                        ruleArns: (balancer.inboundRules ?? []).map((id) => ec2(`security-group-rule/${id}`)),
                      },
                    ]),
                ...(inbound === undefined ? [] : [{ arn: group(inbound), ruleArns: [] }]),
              ],
              ...(serviceSecurityGroup !== undefined && {
                serviceSecurityGroupArn: group(serviceSecurityGroup),
              }),
            },
          ],
        },
      },
    };
  },
};

function readRouteArn(arn: string) {
  const parsed = parseEcsArn(arn);
  if (parsed?.type === "gateway-route" && parsed.path.length === 3) return parsed;
  // Ours.
  throw invalidParameter("gatewayRouteArn must be the ARN of a gateway route.");
}

const balancerOf = ({ document }: Route, gateway: Gateway) =>
  gateway.document.balancers.find(({ hash }) => hash === document.resources.balancer);

/** The routes of an account and region, of those gateways, clusters and services that are named. */
export const listGatewayRoutes: ReadOperation<typeof ecs, "ListGatewayRoutes"> = {
  name: "ListGatewayRoutes",
  authorise: ({ cluster }, ctx) => [
    {
      action: "ecs:ListGatewayRoutes",
      resource: "*",
      context: { ...(cluster !== undefined && { "ecs:cluster": clusterArn(clusterOf(cluster, ctx)) }) },
    },
  ],
  async read(ctx, input) {
    const limit = pageSize(input.maxResults, 100);
    const [after] = readAfter(input.nextToken, 1) ?? [];
    const { account, region } = ctx;
    const gateway = input.gateway === undefined ? undefined : await needGateway(ctx.rows, input.gateway, ctx);
    const ofService = input.service === undefined ? undefined : parseEcsArn(input.service);
    const cluster = input.cluster ?? (ofService?.type === "service" ? ofService.path[0] : undefined);
    const found = await listRoutes(ctx.rows, {
      ...{ account, region },
      ...(gateway !== undefined && { gateway: gateway.key.gateway }),
      ...(cluster !== undefined && { cluster: clusterOf(cluster, ctx).cluster }),
      ...(input.service !== undefined && { service: idOf("service", input.service) }),
    });
    const { serviceContainerPortName: portName, status = [] } = input;
    const wanted = found.filter(
      (route) =>
        (portName === undefined || route.document.port.portName === portName) &&
        (status.length === 0 || status.includes(route.status)),
    );
    const start = after === undefined ? 0 : wanted.findIndex(({ id }) => id === after) + 1;
    const page = cutPage(wanted.slice(start, start + limit + 1), limit, ({ id }) => [id]);
    const gatewayRoutes: ecs.GatewayRouteSummary[] = [];
    for (const route of page.rows) {
      const of = await findGateway(ctx.rows, route.gateway);
      if (of === undefined) continue;
      gatewayRoutes.push({
        gatewayRouteArn: routeArn(route, of),
        gatewayArn: of.arn,
        clusterArn: clusterArn(route.service),
        serviceArn: serviceArn(route.service),
        serviceContainerPortName: route.document.port.portName,
        status: route.status,
      });
    }
    return { gatewayRoutes, nextToken: page.next };
  },
};

/** How a service revision is reached, for DescribeServiceRevisions. @param routeIds as the revision holds them. */
export async function describeConnections(
  rows: Rows,
  routeIds: readonly string[],
): Promise<readonly ecs.GatewayConnection[]> {
  const connections: ecs.GatewayConnection[] = [];
  for (const id of routeIds) {
    const route = await findRoute(rows, id);
    const gateway = route && (await findGateway(rows, route.gateway));
    if (route === undefined || gateway === undefined) continue;
    const { certificateArn, ruleArn, testRuleArn, targetGroupArns = [] } = route.document.resources;
    const balancer = balancerOf(route, gateway);
    const { account, region } = gateway.key;
    const [targetGroupArn, alternateTargetGroupArn] = targetGroupArns;
    connections.push({
      gatewayArn: gateway.arn,
      gatewayRouteArn: routeArn(route, gateway),
      portName: route.document.port.portName,
      ...serviceUrlOf(route),
      accessType: accessTypeOf(gateway),
      status: route.status,
      resources: {
        hostSharedAlb: [
          {
            ...(certificateArn !== undefined && { acmCertificateArn: certificateArn }),
            loadBalancerArn: balancer?.loadBalancerArn,
            loadBalancerSecurityGroupArns: [
              balancer?.securityGroup,
              gateway.document.settings.inboundSecurityGroup,
            ].flatMap((group) =>
              group === undefined ? [] : formatArn("ec2", region, account, `security-group/${group}`),
            ),
            listenerArn: balancer?.listenerArn,
            ...(ruleArn !== undefined && { listenerRuleArn: ruleArn }),
            ...(testRuleArn !== undefined && { testListenerRuleArn: testRuleArn }),
            targetGroupArn,
            alternateTargetGroupArn,
          },
        ],
      },
    });
  }
  return connections;
}
