import type { Service } from "../../../dispatch/service.ts";

const reason =
  "gateways, which let services of several clusters share a load balancer, are not built yet; an express service or CreateService with loadBalancers leads requests to tasks";

/** Gateways put one load balancer in front of several services (API Reference, "CreateGateway"). */
export const refusedGatewayOperations: Service["refused"] = Object.fromEntries(
  [
    "AssociateGatewayWithCluster",
    "CreateGateway",
    "DeleteGateway",
    "DescribeGateway",
    "DescribeGatewayResources",
    "DescribeGatewayRoute",
    "DisassociateGatewayFromCluster",
    "ListGatewayClusterAssociations",
    "ListGatewayRoutes",
    "ListGateways",
    "UpdateGateway",
  ].map((operation) => [operation, reason]),
);
