import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { GroupInstance } from "../instances/instance.ts";
import { wireTag } from "../tags/tags.ts";
import type { Group, LaunchSource, TemplateVersion } from "./group.ts";

/** As DescribeAutoScalingGroups shows a group. */
export function wireGroup(group: Group, withInstances: boolean): autoscaling.AutoScalingGroup {
  const { document } = group;
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    ...wireLaunch(document.launch),
    MinSize: document.min,
    MaxSize: document.max,
    DesiredCapacity: document.desired,
    DefaultCooldown: document.cooldown,
    AvailabilityZones: [...document.zones],
    LoadBalancerNames: [],
    TargetGroupARNs: [...document.targetGroups],
    TrafficSources: document.targetGroups.map((Identifier) => ({ Identifier, Type: "elbv2" })),
    HealthCheckType: document.healthCheckType,
    HealthCheckGracePeriod: document.gracePeriod,
    Instances: withInstances ? document.instances.flatMap(wireInstance) : [],
    CreatedTime: new Date(group.createdAt),
    SuspendedProcesses: Object.entries(document.suspended).map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    ...(document.subnets.length > 0 && {
      VPCZoneIdentifier: document.subnets.map(({ id }) => id).join(","),
    }),
    EnabledMetrics: document.metrics.map((Metric) => ({ Metric, Granularity: "1Minute" })),
    ...(document.deleting === true && { Status: "Delete in progress" }),
    Tags: document.tags.map((tag) => wireTag(group, tag)),
    TerminationPolicies: [...document.terminationPolicies],
    NewInstancesProtectedFromScaleIn: document.protectNew,
    ServiceLinkedRoleARN: document.roleArn,
    ...(document.maxLifetime !== undefined &&
      document.maxLifetime > 0 && { MaxInstanceLifetime: document.maxLifetime }),
    CapacityRebalance: false,
    ...(document.context !== undefined && { Context: document.context }),
    ...(document.warmup !== undefined && { DefaultInstanceWarmup: document.warmup }),
    ...(document.maintenance !== undefined && { InstanceMaintenancePolicy: document.maintenance }),
    AvailabilityZoneDistribution: { CapacityDistributionStrategy: "balanced-best-effort" },
    AvailabilityZoneImpairmentPolicy: {
      ZonalShiftEnabled: false,
      ImpairedZoneHealthCheckBehavior: "IgnoreUnhealthy",
    },
    CapacityReservationSpecification: { CapacityReservationPreference: "default" },
    DeletionProtection: document.deletionProtection ?? "none",
  };
}

function wireLaunch(
  launch: LaunchSource,
): Pick<autoscaling.AutoScalingGroup, "LaunchConfigurationName" | "LaunchTemplate" | "MixedInstancesPolicy"> {
  if (launch.from === "configuration") return { LaunchConfigurationName: launch.name };
  if (launch.from === "template") return { LaunchTemplate: wireTemplate(launch.template) };
  return { MixedInstancesPolicy: launch.policy };
}

function wireTemplate({ id, name, version }: TemplateVersion): autoscaling.LaunchTemplateSpecification {
  return { LaunchTemplateId: id, LaunchTemplateName: name, Version: version };
}

/** An instance as its group shows it; one that EC2 has not launched yet is not shown. */
export function wireInstance(instance: GroupInstance): readonly autoscaling.Instance[] {
  if (instance.id === undefined) return [];
  return [
    {
      InstanceId: instance.id,
      InstanceType: instance.type,
      AvailabilityZone: instance.zone,
      LifecycleState: instance.state,
      HealthStatus: instance.health,
      ...(instance.configuration !== undefined && { LaunchConfigurationName: instance.configuration }),
      ...(instance.template !== undefined && { LaunchTemplate: wireTemplate(instance.template) }),
      ...(instance.image !== undefined && { ImageId: instance.image }),
      ProtectedFromScaleIn: instance.protected,
    },
  ];
}
