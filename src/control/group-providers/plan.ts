import type {
  GroupProviderPlan,
  Reservation,
} from "../../services/ecs/capacity-providers/group-execution.ts";
import {
  type GroupInstanceView,
  type InspectedGroupProvider,
  instancesFor,
} from "../../services/ecs/capacity-providers/group-inspection.ts";
import { shortageOf, without } from "../../services/ecs/container-instances/resources.ts";
import type { Candidate } from "../../services/ecs/placement/candidate.ts";
import { placeTasks, zoneAttribute } from "../../services/ecs/placement/place.ts";

/** An instance as its Auto Scaling group shows it. */
export interface GroupMember {
  /** `i-…`. */
  readonly id: string;
  /** `InService`, `Terminating:Wait`, … */
  readonly state: string;
  readonly protected: boolean;
}

/** What is to be done at ECS and at the group. */
export interface CapacityPlan extends GroupProviderPlan {
  readonly protect: readonly string[];
  readonly unprotect: readonly string[];
  /** Instances whose tasks have gone: the group may end them; and those that still have some. */
  readonly release: readonly string[];
  readonly hold: readonly string[];
  readonly reservations: readonly Reservation[];
}

/**
 * What becomes of a group provider's instances and waiting tasks ("Automatically manage Amazon ECS capacity with cluster
 * auto scaling", Developer Guide). Pure.
 */
export function planCapacity(
  { provider, clusters, instances, waiting }: InspectedGroupProvider,
  members: readonly GroupMember[],
): CapacityPlan {
  const { document } = provider;
  const byId = new Map(members.map((member) => [member.id, member]));
  const inGroup = instances.filter(({ ec2InstanceId }) => byId.has(ec2InstanceId));
  const place = placements(inGroup, waiting);
  const placed = new Map(place.map(({ task, instance }) => [task, instance]));
  const left = waiting.filter(({ id }) => !placed.has(id));
  const busy = new Set(place.map(({ instance }) => instance));
  const isHeld = (one: GroupInstanceView): boolean => one.holding > 0 || busy.has(one.id);
  const held = new Set(inGroup.filter(isHeld).map(({ ec2InstanceId }) => ec2InstanceId));
  const alive = members.filter(({ state }) => !state.startsWith("Terminating"));
  const served = alive.filter(({ state }) => state === "InService");
  const ending = document.draining ? members.filter(({ state }) => state === "Terminating:Wait") : [];
  const hasTasks = new Set(
    inGroup.filter(({ tasks }) => tasks > 0).map(({ ec2InstanceId }) => ec2InstanceId),
  );
  return {
    adopt: inGroup.filter(({ own }) => !own).map(({ cluster, id }) => ({ cluster, id })),
    drain: inGroup
      .filter(
        ({ status, ec2InstanceId }) => status === "ACTIVE" && ending.some(({ id }) => id === ec2InstanceId),
      )
      .map(({ cluster, id }) => ({ cluster, id })),
    place,
    protect: document.terminationProtection
      ? served.filter(({ id, ...one }) => held.has(id) && !one.protected).map(({ id }) => id)
      : [],
    unprotect: document.terminationProtection
      ? served.filter(({ id, ...one }) => !held.has(id) && one.protected).map(({ id }) => id)
      : [],
    release: ending.filter(({ id }) => !hasTasks.has(id)).map(({ id }) => id),
    hold: ending.filter(({ id }) => hasTasks.has(id)).map(({ id }) => id),
    reservations: document.scaling.enabled
      ? clusters.map((cluster) => ({
          cluster,
          value: reservation(
            alive.length,
            inGroup.filter((one) => one.cluster === cluster && one.status === "ACTIVE"),
            held,
            left.filter((task) => task.cluster === cluster).map(({ demand }) => demand),
            document.scaling,
          ),
        }))
      : [],
  };
}

/** Each task that waits on an instance with room for it, oldest first. */
function placements(
  instances: readonly GroupInstanceView[],
  waiting: InspectedGroupProvider["waiting"],
): CapacityPlan["place"] {
  const place: { cluster: string; task: string; instance: string; subnet?: string }[] = [];
  const candidates = new Map<string, Candidate>(instances.map(({ id, candidate }) => [id, candidate]));
  for (const task of waiting) {
    const here = instances
      .filter(({ cluster }) => cluster === task.cluster)
      .flatMap(({ id }) => candidates.get(id) ?? []);
    const zones = task.subnets.flatMap(({ zone }) => (zone === undefined ? [] : [zone]));
    const { placed } = placeTasks(
      here,
      {
        count: 1,
        launchType: "EC2",
        demand: task.demand,
        group: task.group,
        requiredAttributes: task.requiredAttributes ?? [],
        constraints: task.constraints,
        strategy: task.strategy ?? [],
        ...(zones.length > 0 && { zones: new Set(zones) }),
      },
      () => 0,
    );
    const chosen = candidates.get(placed[0] ?? "");
    if (chosen === undefined || shortageOf(chosen.remaining, task.demand) !== undefined) continue;
    candidates.set(chosen.id, {
      ...chosen,
      remaining: without(chosen.remaining, task.demand),
      groups: new Map(chosen.groups).set(task.group, (chosen.groups.get(task.group) ?? 0) + 1),
    });
    const zone = chosen.attributes.get(zoneAttribute);
    const subnet = task.subnets.find((one) => zone === undefined || one.zone === zone)?.id;
    place.push({
      ...{ cluster: task.cluster, task: task.id, instance: chosen.id },
      ...(subnet !== undefined && { subnet }),
    });
  }
  return place;
}

/**
 * CapacityProviderReservation: the instances that tasks need (M), of a hundred that there are (N). AWS: without any, 100
 * when none is needed and 200 when some are; where tasks wait, M is at least the smallest step above what is there and at
 * most the largest ("Deep dive on Amazon ECS cluster auto scaling", AWS blog).
 */
function reservation(
  there: number,
  registered: readonly GroupInstanceView[],
  held: ReadonlySet<string>,
  demands: Parameters<typeof instancesFor>[0],
  { minStep, maxStep }: InspectedGroupProvider["provider"]["document"]["scaling"],
): number {
  if (there === 0) return demands.length > 0 ? 200 : 100;
  const used = registered.filter(({ ec2InstanceId }) => held.has(ec2InstanceId)).length;
  if (demands.length === 0) return (100 * used) / there;
  // An instance that has not registered is of a size that is not known: taken for large enough.
  const size = registered[0]?.registered ?? {
    cpu: Number.POSITIVE_INFINITY,
    memory: Number.POSITIVE_INFINITY,
  };
  const more = Math.min(Math.max(instancesFor(demands, size), minStep), maxStep);
  return (100 * (registered.length + more)) / there;
}
