import * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Jobs, Rows } from "../../store/types.ts";
import { activityOperations } from "./activities/operations.ts";
import { parseGroupArn } from "./arn.ts";
import { findGroup } from "./groups/group.ts";
import { groupOperations } from "./groups/operations.ts";
import { processOperations } from "./groups/processes.ts";
import { autoScalingRoleOwner } from "./groups/role.ts";
import { instanceOperations } from "./instances/operations.ts";
import { launchConfigurationOperations } from "./launch-configurations/operations.ts";
import { lifecycleHookOperations } from "./lifecycle-hooks/operations.ts";
import { policyOperations } from "./policies/operations.ts";
import { refreshOperations } from "./refreshes/operations.ts";
import { refused } from "./refused.ts";
import { scheduledActionOperations } from "./scheduled-actions/operations.ts";
import { tagOperations } from "./tags/operations.ts";
import { trafficOperations } from "./traffic/operations.ts";
import { typeOperations } from "./types/operations.ts";

/** Amazon EC2 Auto Scaling: groups of instances, launched and ended for a desired capacity. */
export function createAutoScalingService(ports: { readonly jobs: Jobs }): Service {
  const operations: readonly AnyOperation[] = [
    ...activityOperations,
    ...groupOperations,
    ...instanceOperations,
    ...launchConfigurationOperations,
    ...lifecycleHookOperations,
    ...policyOperations,
    ...processOperations,
    ...refreshOperations,
    ...scheduledActionOperations,
    ...tagOperations,
    ...trafficOperations,
    ...typeOperations,
  ];
  return {
    signingName: "autoscaling",
    eventSource: "autoscaling.amazonaws.com",
    module: autoscaling,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: groupFacts,
    roleOwners: [autoScalingRoleOwner(ports)],
  };
}

/** The tags of the group with an ARN. */
async function groupFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const key = parseGroupArn(arn);
  const found = key === undefined ? undefined : await findGroup(rows, key);
  return { policies: [], ...(found !== undefined && { tags: found.document.tags }) };
}
