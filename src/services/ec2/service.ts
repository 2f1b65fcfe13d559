import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { ec2Contract } from "./contract.ts";
import { networkInterfaceOperations } from "./network-interfaces/operations.ts";
import { resourceFacts } from "./resource.ts";
import { securityGroupOperations } from "./security-groups/operations.ts";
import { subnetOperations } from "./subnets/operations.ts";
import { tagOperations } from "./tags/operations.ts";
import { vpcOperations } from "./vpcs/operations.ts";

/** Amazon EC2 as far as ECS needs it: networks and their interfaces, no instances. */
export function createEc2Service(): Service {
  const operations: readonly AnyOperation[] = [
    ...networkInterfaceOperations,
    ...securityGroupOperations,
    ...subnetOperations,
    ...tagOperations,
    ...vpcOperations,
  ];
  return {
    signingName: "ec2",
    eventSource: "ec2.amazonaws.com",
    module: ec2Contract,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    resource: resourceFacts,
  };
}
