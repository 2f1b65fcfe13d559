import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { addressOperations } from "./addresses/operations.ts";
import * as contract from "./contract.ts";
import { dhcpOperations } from "./dhcp-options/operations.ts";
import { createFleet } from "./fleets/create-fleet.ts";
import { gatewayOperations } from "./gateways/operations.ts";
import { instanceTypeOperations } from "./instance-types/operations.ts";
import { getConsoleOutput } from "./instances/console-output.ts";
import { imageOperations } from "./instances/host-images.ts";
import { instanceOperations } from "./instances/instance-operations.ts";
import { emptyOperations } from "./instances/operations.ts";
import { runInstances } from "./instances/run-instances.ts";
import { launchTemplateOperations } from "./launch-templates/operations.ts";
import { natGatewayOperations } from "./nat-gateways/operations.ts";
import { networkAclOperations } from "./network-acls/operations.ts";
import { networkInterfaceOperations } from "./network-interfaces/operations.ts";
import type { Ec2Ports } from "./ports.ts";
import { resourceFacts } from "./resource.ts";
import { routeTableOperations } from "./route-tables/operations.ts";
import { securityGroupOperations } from "./security-groups/operations.ts";
import { subnetOperations } from "./subnets/operations.ts";
import { tagOperations } from "./tags/operations.ts";
import { vpcOperations } from "./vpcs/operations.ts";
import { zoneOperations } from "./zones/operations.ts";

/** Amazon EC2 as far as ECS needs it: networks, their interfaces, and the instances that containers run on. */
export function createEc2Service(ports: Ec2Ports): Service {
  const operations: readonly AnyOperation[] = [
    ...addressOperations,
    ...dhcpOperations,
    ...emptyOperations,
    ...gatewayOperations,
    ...instanceTypeOperations,
    ...launchTemplateOperations,
    createFleet(ports),
    ...imageOperations,
    ...instanceOperations,
    getConsoleOutput(ports),
    runInstances(ports),
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
