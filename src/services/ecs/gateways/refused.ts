import type { Service } from "../../../dispatch/service.ts";

const reason =
  "a gateway makes an Application Load Balancer that services share, and load balancers are not built yet";

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
