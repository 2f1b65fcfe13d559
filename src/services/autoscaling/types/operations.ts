import type { AnyOperation } from "../../../dispatch/operation.ts";
import { listGroups } from "../groups/group.ts";
import { mostGroups } from "../groups/operations.ts";
import { terminationPolicyTypes } from "../groups/request.ts";
import { listConfigurations } from "../launch-configurations/configuration.ts";
import { mostConfigurations } from "../launch-configurations/operations.ts";
import { describing } from "../operation.ts";

/** What AWS says of itself. */
export const typeOperations: readonly AnyOperation[] = [
  describing("DescribeAccountLimits", async (ctx) => ({
    MaxNumberOfAutoScalingGroups: mostGroups,
    MaxNumberOfLaunchConfigurations: mostConfigurations,
    NumberOfAutoScalingGroups: (await listGroups(ctx.rows, ctx)).length,
    NumberOfLaunchConfigurations: (await listConfigurations(ctx.rows, ctx)).length,
  })),
  describing("DescribeAdjustmentTypes", async () => ({
    AdjustmentTypes: ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"].map(
      (AdjustmentType) => ({ AdjustmentType }),
    ),
  })),
  describing("DescribeAutoScalingNotificationTypes", async () => ({
    AutoScalingNotificationTypes: [
      "autoscaling:EC2_INSTANCE_LAUNCH",
      "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
      "autoscaling:EC2_INSTANCE_TERMINATE",
      "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
      "autoscaling:TEST_NOTIFICATION",
    ],
  })),
  describing("DescribeLifecycleHookTypes", async () => ({
    LifecycleHookTypes: ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"],
  })),
  describing("DescribeTerminationPolicyTypes", async () => ({
    TerminationPolicyTypes: [...terminationPolicyTypes],
  })),
  // Terraform asks for both of every group: there are none (see refused.ts).
  describing("DescribeNotificationConfigurations", async () => ({ NotificationConfigurations: [] })),
  describing("DescribeWarmPool", async () => ({ Instances: [] })),
];
