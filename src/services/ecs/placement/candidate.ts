import type { ContainerInstance, HostLaunchType } from "../container-instances/instance.ts";
import type { InstanceResources } from "../container-instances/resources.ts";
import type { QuerySubject } from "./query/query.ts";

/** A container instance that tasks may be placed on, with what is on it. */
export interface Candidate extends QuerySubject {
  readonly id: string;
  readonly arn: string;
  readonly status: ContainerInstance["status"];
  readonly launchType: HostLaunchType;
  readonly remaining: InstanceResources;
  /** How many live tasks of each group are on it. */
  readonly groups: ReadonlyMap<string, number>;
}

/** What placing needs to know of a task that is not STOPPED. */
export interface PlacedTask {
  readonly group: string;
  readonly containerInstance?: string | undefined;
}

/** The candidates of a cluster, each with the live tasks that are on it. */
export function candidatesOf(
  instances: readonly ContainerInstance[],
  tasks: readonly PlacedTask[],
): readonly Candidate[] {
  const groups = new Map<string, Map<string, number>>();
  for (const { containerInstance, group } of tasks) {
    if (containerInstance === undefined) continue;
    const counts = groups.get(containerInstance) ?? new Map<string, number>();
    groups.set(containerInstance, counts.set(group, (counts.get(group) ?? 0) + 1));
  }
  return instances.map((instance) => candidate(instance, groups.get(instance.key.id) ?? new Map()));
}

function candidate(instance: ContainerInstance, groups: ReadonlyMap<string, number>): Candidate {
  const { document } = instance;
  return {
    id: instance.key.id,
    arn: instance.arn,
    status: instance.status,
    launchType: instance.launchType,
    remaining: instance.remaining,
    groups,
    attributes: instance.attributes,
    agentConnected: instance.connected,
    ...(document.versionInfo.agentVersion !== undefined && {
      agentVersion: document.versionInfo.agentVersion,
    }),
    ...(document.ec2InstanceId !== undefined && { ec2InstanceId: document.ec2InstanceId }),
    registeredAt: instance.registeredAt,
    runningTasksCount: [...groups.values()].reduce((sum, count) => sum + count, 0),
    taskGroups: new Set(groups.keys()),
  };
}
