import {
  DescribeInstancesCommand,
  RunInstancesCommand,
  type Tag,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import type { LaunchOutcome } from "../../services/autoscaling/groups/execution.ts";
import type { Group } from "../../services/autoscaling/groups/group.ts";
import { launchParameters } from "../../services/autoscaling/groups/launch-source.ts";
import type { GroupInstance } from "../../services/autoscaling/instances/instance.ts";
import type { LaunchConfiguration } from "../../services/autoscaling/launch-configurations/configuration.ts";

/** What EC2 says of a group's instances: the state by id. Those that it does not know are left out. */
export async function instanceStates(
  role: Client,
  { document }: Group,
): Promise<ReadonlyMap<string, string>> {
  const ids = document.instances.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (ids.length === 0) return new Map();
  const { Reservations = [] } = await role.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "instance-id", Values: ids }] }),
  );
  return new Map(
    Reservations.flatMap(({ Instances = [] }) =>
      Instances.map((one) => [one.InstanceId ?? "", one.State?.Name ?? ""] as const),
    ),
  );
}

/**
 * Launches an instance of a group. The instance's key is the token of the launch: a second try finds the first.
 * @throws Fault what EC2 or the role's policy says.
 */
export async function launchInstance(
  role: Client,
  group: Group,
  instance: GroupInstance,
  configuration: LaunchConfiguration | undefined,
): Promise<NonNullable<LaunchOutcome["launched"]>> {
  const { launch, tags } = group.document;
  const own: Tag = { Key: "aws:autoscaling:groupName", Value: group.name };
  const given = tags.filter(({ atLaunch }) => atLaunch).map(({ key: Key, value: Value }) => ({ Key, Value }));
  const { Instances = [] } = await role.send(
    new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ClientToken: instance.key,
      ...(instance.subnet === undefined
        ? { Placement: { AvailabilityZone: instance.zone } }
        : { SubnetId: instance.subnet }),
      ...launchParameters(launch, configuration),
      TagSpecifications: [{ ResourceType: "instance", Tags: [...given, own] }],
    }),
  );
  const [made] = Instances;
  if (made?.InstanceId === undefined) throw new Fault("InternalError", "EC2 launched no instance.");
  return {
    id: made.InstanceId,
    type: made.InstanceType ?? "",
    zone: made.Placement?.AvailabilityZone ?? instance.zone,
    ...(made.SubnetId !== undefined && { subnet: made.SubnetId }),
    ...(made.ImageId !== undefined && { image: made.ImageId }),
    ...(launch.from === "configuration" ? { configuration: launch.name } : { template: launch.template }),
  };
}

/** Ends an instance; one that is gone is no error. */
export async function terminateInstance(role: Client, id: string): Promise<void> {
  try {
    await role.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  } catch (error) {
    if (!isFault(error, "InvalidInstanceID.NotFound")) throw error;
  }
}

/** Registers an instance with target groups, and deregisters it; a target group that is gone is no error. */
export async function changeTargets(
  role: Client,
  id: string,
  change: { readonly register: readonly string[]; readonly deregister: readonly string[] },
): Promise<void> {
  const Targets = [{ Id: id }];
  for (const TargetGroupArn of change.register) {
    await role.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
  }
  for (const TargetGroupArn of change.deregister) {
    try {
      await role.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
    } catch (error) {
      if (!isFault(error, "TargetGroupNotFound", "TargetGroupNotFoundException", "InvalidTarget"))
        throw error;
    }
  }
}

/** Instances that a target group of the group calls unhealthy. */
export async function unhealthyTargets(role: Client, { document }: Group): Promise<ReadonlySet<string>> {
  const sick = new Set<string>();
  if (!document.healthCheckType.includes("ELB")) return sick;
  for (const TargetGroupArn of document.targetGroups) {
    const { TargetHealthDescriptions = [] } = await role.send(
      new DescribeTargetHealthCommand({ TargetGroupArn }),
    );
    for (const { Target, TargetHealth } of TargetHealthDescriptions) {
      if (TargetHealth?.State === "unhealthy") sick.add(Target?.Id ?? "");
    }
  }
  return sick;
}
