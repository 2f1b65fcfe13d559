import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { addressOperations } from "./addresses/operations.ts";
import * as contract from "./contract.ts";
import { dhcpOperations } from "./dhcp-options/operations.ts";
import { gatewayOperations } from "./gateways/operations.ts";
import { instanceOperations } from "./instances/instance-operations.ts";
import { emptyOperations } from "./instances/operations.ts";
import { natGatewayOperations } from "./nat-gateways/operations.ts";
import { networkAclOperations } from "./network-acls/operations.ts";
import { networkInterfaceOperations } from "./network-interfaces/operations.ts";
import { resourceFacts } from "./resource.ts";
import { routeTableOperations } from "./route-tables/operations.ts";
import { securityGroupOperations } from "./security-groups/operations.ts";
import { subnetOperations } from "./subnets/operations.ts";
import { tagOperations } from "./tags/operations.ts";
import { vpcOperations } from "./vpcs/operations.ts";
import { zoneOperations } from "./zones/operations.ts";

/** Amazon EC2 as far as ECS needs it: networks, their interfaces, and the instances that containers run on. */
export function createEc2Service(): Service {
  const operations: readonly AnyOperation[] = [
    ...addressOperations,
    ...dhcpOperations,
    ...emptyOperations,
    ...gatewayOperations,
    ...instanceOperations,
    ...natGatewayOperations,
    ...networkAclOperations,
    ...networkInterfaceOperations,
    ...routeTableOperations,
    ...securityGroupOperations,
    ...subnetOperations,
    ...tagOperations,
    ...vpcOperations,
    ...zoneOperations,
  ];
  return {
    signingName: "ec2",
    eventSource: "ec2.amazonaws.com",
    module: contract,
    partial: true,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    resource: resourceFacts,
  };
}
