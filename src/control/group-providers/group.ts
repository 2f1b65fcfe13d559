import {
  CompleteLifecycleActionCommand,
  DeleteLifecycleHookCommand,
  DeletePolicyCommand,
  DescribeAutoScalingGroupsCommand,
  PutLifecycleHookCommand,
  PutScalingPolicyCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetInstanceProtectionCommand,
} from "@aws-sdk/client-auto-scaling";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import {
  reservationDimensions,
  reservationMetric,
  reservationNamespace,
} from "../../services/ecs/capacity-providers/group-execution.ts";
import type { GroupProvider } from "../../services/ecs/capacity-providers/group-provider.ts";
import type { CapacityPlan, GroupMember } from "./plan.ts";

/** AWS: the lifecycle hook by which ECS drains an instance before its group ends it. */
const drainingHook = "ecs-managed-draining-termination-hook";
/** Seconds that an instance waits without a word from ECS. */
const drainingHeartbeat = 3600;
/** AWS: instances that one SetInstanceProtection may name. */
const mostProtected = 19;

/** The instances of a provider's group; `undefined` when the group is gone. */
export async function groupMembers(
  role: Client,
  { document }: GroupProvider,
): Promise<readonly GroupMember[] | undefined> {
  const { AutoScalingGroups = [] } = await role.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [document.groupName] }),
  );
  const [group] = AutoScalingGroups;
  return group?.Instances?.map((one) => ({
    id: one.InstanceId ?? "",
    state: one.LifecycleState ?? "",
    protected: one.ProtectedFromScaleIn ?? false,
  }));
}

/** Makes or changes the scaling policy of a provider in a cluster; Auto Scaling makes its alarms. */
export async function putPolicy(
  role: Client,
  { name: provider, document }: GroupProvider,
  cluster: string,
  PolicyName: string,
): Promise<void> {
  const { scaling, groupName: AutoScalingGroupName } = document;
  await role.send(
    new PutScalingPolicyCommand({
      ...{ AutoScalingGroupName, PolicyName },
      PolicyType: "TargetTrackingScaling",
      EstimatedInstanceWarmup: scaling.warmup,
      TargetTrackingConfiguration: {
        TargetValue: scaling.targetCapacity,
        CustomizedMetricSpecification: {
          Namespace: reservationNamespace,
          MetricName: reservationMetric,
          Statistic: "Average",
          Dimensions: reservationDimensions(cluster, provider).map(({ name, value }) => ({
            Name: name,
            Value: value,
          })),
        },
      },
    }),
  );
}

export async function deletePolicy(role: Client, group: string, PolicyName: string): Promise<void> {
  await unlessGone(role.send(new DeletePolicyCommand({ AutoScalingGroupName: group, PolicyName })));
}

export async function putDrainingHook(role: Client, group: string): Promise<void> {
  await role.send(
    new PutLifecycleHookCommand({
      AutoScalingGroupName: group,
      LifecycleHookName: drainingHook,
      LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      HeartbeatTimeout: drainingHeartbeat,
      DefaultResult: "CONTINUE",
    }),
  );
}

export async function deleteDrainingHook(role: Client, group: string): Promise<void> {
  await unlessGone(
    role.send(
      new DeleteLifecycleHookCommand({ AutoScalingGroupName: group, LifecycleHookName: drainingHook }),
    ),
  );
}

/** Says to the group which of its instances may be ended, and which have been drained. */
export async function tellGroup(role: Client, group: string, plan: CapacityPlan): Promise<void> {
  for (const [ids, ProtectedFromScaleIn] of [
    [plan.protect, true],
    [plan.unprotect, false],
  ] as const) {
    for (let i = 0; i < ids.length; i += mostProtected) {
      await role.send(
        new SetInstanceProtectionCommand({
          AutoScalingGroupName: group,
          InstanceIds: ids.slice(i, i + mostProtected),
          ProtectedFromScaleIn,
        }),
      );
    }
  }
  const of = { AutoScalingGroupName: group, LifecycleHookName: drainingHook };
  for (const InstanceId of plan.release) {
    await unlessGone(
      role.send(new CompleteLifecycleActionCommand({ ...of, InstanceId, LifecycleActionResult: "CONTINUE" })),
    );
  }
  for (const InstanceId of plan.hold) {
    await unlessGone(role.send(new RecordLifecycleActionHeartbeatCommand({ ...of, InstanceId })));
  }
}

/** What is gone already is no error. */
async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, "ValidationError")) throw error;
  }
}
