import type { AnyOperation } from "../../../dispatch/operation.ts";
import { associateGateway, disassociateGateway, listGatewayClusterAssociations } from "./associations.ts";
import { deleteGateway, updateGateway } from "./change-gateway.ts";
import { createGateway } from "./create-gateway.ts";
import { describeGateway, describeGatewayResources, listGateways } from "./describe-gateways.ts";
import { describeGatewayRoute, listGatewayRoutes } from "./describe-routes.ts";

/** Gateways: load balancers that services of several clusters share. */
export const gatewayOperations = (): readonly AnyOperation[] => [
  createGateway,
  describeGateway,
  listGateways,
  updateGateway,
  deleteGateway,
  associateGateway,
  disassociateGateway,
  listGatewayClusterAssociations,
  describeGatewayResources,
  describeGatewayRoute,
  listGatewayRoutes,
];
