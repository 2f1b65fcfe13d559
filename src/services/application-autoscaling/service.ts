import * as autoscaling from "@aws-sdk/client-application-auto-scaling";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { describeScalingActivities } from "./activities/describe-scaling-activities.ts";
import { deleteScalingPolicy } from "./policies/delete-scaling-policy.ts";
import { describeScalingPolicies } from "./policies/describe-scaling-policies.ts";
import { putScalingPolicy } from "./policies/put-scaling-policy.ts";
import {
  deleteScheduledAction,
  describeScheduledActions,
  putScheduledAction,
} from "./schedules/operations.ts";
import { listTagsForResource, tagResource, targetFacts, untagResource } from "./tags/operations.ts";
import { deregisterScalableTarget } from "./targets/deregister-scalable-target.ts";
import { describeScalableTargets } from "./targets/describe-scalable-targets.ts";
import { registerScalableTarget } from "./targets/register-scalable-target.ts";
import { scalingRoleOwner } from "./targets/scaling-role.ts";

/** What is not there, with the reason that a caller is told. */
const refused: Service["refused"] = {
  GetPredictiveScalingForecast: "there are no models of what is to come: use a scheduled action",
};

/** Application Auto Scaling: the desired count of services of Amazon ECS, by policies and by the clock. */
export function createApplicationAutoScalingService(): Service {
  const operations: readonly AnyOperation[] = [
    deleteScalingPolicy,
    deleteScheduledAction,
    deregisterScalableTarget,
    describeScalableTargets,
    describeScalingActivities,
    describeScalingPolicies,
    describeScheduledActions,
    listTagsForResource,
    putScalingPolicy,
    putScheduledAction,
    registerScalableTarget,
    tagResource,
    untagResource,
  ];
  return {
    signingName: "application-autoscaling",
    eventSource: "application-autoscaling.amazonaws.com",
    module: autoscaling,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: targetFacts,
    roleOwners: [scalingRoleOwner],
  };
}
