import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import { tagsOf } from "../tags/tags.ts";
import { accessTypeOf, arnOfNamed, type Gateway, gatewayFrom, needGateway } from "./gateway.ts";
import type { GatewayTables } from "./gateway-store.ts";
import { listRoutes, routeArn } from "./route.ts";

/** API Reference, "ListGateways". */
const mostNames = 10;

export const describeGateway: ReadOperation<typeof ecs, "DescribeGateway"> = {
  name: "DescribeGateway",
  authorise: async ({ gateway }, ctx) => [
    { action: "ecs:DescribeGateway", resource: await arnOfNamed(ctx.rows, gateway, ctx) },
  ],
  async read(ctx, input) {
    const gateway = await needGateway(ctx.rows, input.gateway, ctx);
    const tags = await tagsOf(ctx.rows, gateway.arn);
    return { gateway: { ...described(gateway), tags: tags.map(({ key, value }) => ({ key, value })) } };
  },
};

function described(gateway: Gateway): ecs.Gateway {
  const { key, arn, status, createdAt, document } = gateway;
  const { infrastructureRoleArn, deletionProtection, propagateTags, statusReason, failures } = document;
  const { subnets, inboundSecurityGroup, ipAddressType, ...settings } = document.settings;
  return {
    gatewayArn: arn,
    name: key.gateway,
    status,
    ...(statusReason !== undefined && { statusReason }),
    ...(failures !== undefined && { failures: [...failures] }),
    ...{ infrastructureRoleArn, deletionProtection, propagateTags },
    configuration: {
      hostSharedAlb: {
        networkConfiguration: {
          subnets: [...subnets],
          ipAddressType,
          ...(inboundSecurityGroup !== undefined && { inboundSecurityGroup }),
        },
        ...settings,
        port: 443,
        protocol: "HTTPS",
        currentAlbCount: document.balancers.length,
      },
    },
    accessType: accessTypeOf(gateway),
    createdAt: new Date(createdAt),
    updatedAt: new Date(document.updatedAt),
  };
}

/** The gateways of the caller's account in a region, in order of their names. */
export const listGateways: ReadOperation<typeof ecs, "ListGateways"> = {
  name: "ListGateways",
  authorise: () => [{ action: "ecs:ListGateways", resource: "*" }],
  async read(ctx, { names = [], status = [], maxResults, nextToken }) {
    const limit = pageSize(maxResults, 100);
    const [after = ""] = readAfter(nextToken, 1) ?? [];
    if (names.length > mostNames) throw invalidParameter(`names can have at most ${mostNames} items.`);
    const { account, region } = ctx;
    let query = ctx.rows
      .tables<GatewayTables>()
      .selectFrom("ecs_gateway")
      .selectAll()
      .where((is) => is.and({ account, region }))
      .where("name", ">", after)
      .orderBy("name")
      .limit(limit + 1);
    if (names.length > 0) query = query.where("name", "in", names);
    if (status.length > 0) query = query.where("status", "in", status);
    const page = cutPage(await query.execute(), limit, ({ name }) => [name]);
    return {
      gateways: page.rows.map(gatewayFrom).map((gateway) => ({
        gatewayArn: gateway.arn,
        name: gateway.key.gateway,
        status: gateway.status,
        createdAt: new Date(gateway.createdAt),
      })),
      nextToken: page.next,
    };
  },
};

/** What a gateway has made, a load balancer an item (API Reference: pages of 10, at most 20). */
export const describeGatewayResources: ReadOperation<typeof ecs, "DescribeGatewayResources"> = {
  name: "DescribeGatewayResources",
  authorise: async ({ gateway }, ctx) => [
    { action: "ecs:DescribeGatewayResources", resource: await arnOfNamed(ctx.rows, gateway, ctx) },
  ],
  async read(ctx, { gateway: named, maxResults, nextToken }) {
    const limit = maxResults === undefined ? 10 : pageSize(maxResults, 20);
    const [after] = readAfter(nextToken, 1) ?? [];
    const gateway = await needGateway(ctx.rows, named, ctx);
    const routes = await listRoutes(ctx.rows, gateway.key);
    const { balancers } = gateway.document;
    const start = after === undefined ? 0 : balancers.findIndex(({ hash }) => hash === after) + 1;
    const page = cutPage(balancers.slice(start, start + limit + 1), limit, ({ hash }) => [hash]);
    return {
      gatewayResources: {
        gatewayArn: gateway.arn,
        resources: {
          hostSharedAlb: page.rows.map(({ hash, loadBalancerArn, listenerArn, securityGroup }) => ({
            ...{ loadBalancerArn, listenerArn, securityGroup },
            gatewayRouteArns: routes
              .filter(({ document }) => document.resources.balancer === hash)
              .map((route) => routeArn(route, gateway)),
          })),
        },
      },
      nextToken: page.next,
    };
  },
};
