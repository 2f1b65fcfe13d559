import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import type { Kind } from "./documents.ts";
import { certificateOperations } from "./listeners/certificates.ts";
import { listenerOperations } from "./listeners/operations.ts";
import { describeSslPolicies } from "./listeners/ssl-policies.ts";
import {
  modifyLoadBalancerAttributes,
  setIpAddressType,
  setSecurityGroups,
  setSubnets,
} from "./load-balancers/change-load-balancer.ts";
import { createLoadBalancer } from "./load-balancers/create-load-balancer.ts";
import { deleteLoadBalancer } from "./load-balancers/delete-load-balancer.ts";
import { describeCapacityReservation } from "./load-balancers/describe-capacity-reservation.ts";
import {
  describeAccountLimits,
  describeLoadBalancerAttributes,
  describeLoadBalancers,
} from "./load-balancers/describe-load-balancers.ts";
import type { ElbPorts } from "./ports.ts";
import { elbPrincipal } from "./principal.ts";
import { refused } from "./refused.ts";
import { findResource, isArnOf } from "./resource.ts";
import { elbRoleOwner } from "./role-use/role-owner.ts";
import { ruleOperations } from "./rules/operations.ts";
import { tagOperations } from "./tags/operations.ts";
import { targetGroupOperations } from "./target-groups/operations.ts";
import { deregisterTargets } from "./targets/deregister-targets.ts";
import { describeTargetHealth } from "./targets/describe-target-health.ts";
import { registerTargets } from "./targets/register-targets.ts";

/**
 * Elastic Load Balancing, version 2: application and network load balancers, their listeners and rules, and the targets
 * they send to. Their traffic is carried elsewhere, from what InspectLoadBalancers says.
 */
export function createElasticLoadBalancingService(ports: ElbPorts): Service {
  const operations: readonly AnyOperation[] = [
    createLoadBalancer(ports),
    deleteLoadBalancer,
    describeAccountLimits,
    describeCapacityReservation,
    describeLoadBalancerAttributes,
    describeLoadBalancers,
    describeSslPolicies,
    modifyLoadBalancerAttributes,
    setIpAddressType,
    setSecurityGroups,
    setSubnets,
    ...listenerOperations(ports),
    ...certificateOperations(ports),
    ...ruleOperations(ports),
    ...targetGroupOperations,
    registerTargets,
    deregisterTargets,
    describeTargetHealth,
    ...tagOperations,
  ];
  return {
    signingName: "elasticloadbalancing",
    eventSource: elbPrincipal,
    module: elbv2,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: resourceFacts,
    roleOwners: [elbRoleOwner],
  };
}

const kinds: readonly Kind[] = ["load-balancer", "target-group", "listener", "rule"];

/** The tags of the resource with an ARN. */
async function resourceFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const kind = kinds.find((one) => isArnOf(one, arn));
  const found = kind === undefined ? undefined : await findResource(rows, kind, arn);
  return { policies: [], ...(found !== undefined && { tags: found.tags }) };
}
