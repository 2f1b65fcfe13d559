import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, containerInstanceArn } from "../arn.ts";
import { findGroupProvider } from "../capacity-providers/group-provider.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import {
  type ContainerInstance,
  findInstances,
  listInstances,
  takeResources,
} from "../container-instances/instance.ts";
import { type ResourceDemand, without } from "../container-instances/resources.ts";
import { type Candidate, candidatesOf, type PlacedTask } from "../placement/candidate.ts";
import { demandOf } from "../placement/demand.ts";
import { fitness, placeTasks, zoneAttribute } from "../placement/place.ts";
import type { TaskLaunch } from "./launch.ts";
import type { OverriddenDefinition } from "./overrides.ts";
import type { TaskLaunchType } from "./task.ts";
import type { TaskTables } from "./task-store.ts";

/** Where one task goes; on Fargate nothing is known of it. */
export interface Seat {
  readonly containerInstance?: string;
  readonly zone?: string | undefined;
  readonly reserved?: ResourceDemand;
  /** What it needs of an instance that it still waits for. */
  readonly awaited?: ResourceDemand;
  /** Of the instance, which may be another one than StartTask says. */
  readonly launchType?: TaskLaunchType;
}

/** Seats for the tasks of a launch, taken from the instances; a task without one is a failure. */
export interface Seated {
  readonly seats: readonly Seat[];
  readonly failures: readonly ecs.Failure[];
}

/** AWS: the group of tasks that were given none. */
export function groupOf({ group, service, definition }: TaskLaunch): string {
  return group ?? (service === undefined ? `family:${definition.family}` : `service:${service}`);
}

/** What an instance must have for a task: what its definition asks for, and a way for commands where they are wanted. */
export function attributesFor({
  definition,
  enableExecuteCommand,
}: Pick<TaskLaunch, "definition" | "enableExecuteCommand">): readonly ecs.Attribute[] {
  const { requiresAttributes = [] } = definition.definition;
  // AWS: the attribute by which an agent says that it runs commands; RunTask answers ATTRIBUTE where there is none.
  return enableExecuteCommand === true
    ? [...requiresAttributes, { name: "ecs.capability.execute-command" }]
    : requiresAttributes;
}

/** Finds and takes a seat for each task. Throws `InvalidParameterException` for placement rules that cannot be read. */
export async function seatTasks(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  launch: TaskLaunch,
  overridden: OverriddenDefinition,
): Promise<Seated> {
  const { launchType, containerInstances, definition } = launch;
  if (launchType === "FARGATE")
    return { seats: Array.from({ length: launch.count }, () => ({})), failures: [] };
  const demand = demandOf(overridden, definition.definition.networkMode);
  if (launchType === "MANAGED_INSTANCES" && containerInstances === undefined) {
    // What looks after the provider's instances places them (control/managed-instances).
    return { seats: Array.from({ length: launch.count }, () => ({ awaited: demand })), failures: [] };
  }
  const rules = {
    demand,
    group: groupOf(launch),
    // What this machine's engine cannot do was refused when the definition was registered.
    requiredAttributes: launchType === "MANAGED_INSTANCES" ? [] : attributesFor(launch),
    zones: launch.zones === undefined || launch.zones.size === 0 ? undefined : new Set(launch.zones.values()),
  };
  if (containerInstances !== undefined) {
    return await seatsOn(tx, ctx, launch, containerInstances, rules);
  }
  const { provider, waits } = await groupProviderOf(tx, launch);
  const instances = (await listInstances(tx, launch.cluster, ctx.now)).filter(
    ({ document }) => provider === undefined || document.capacityProviderName === provider,
  );
  const candidates = candidatesOf(instances, await placedTasks(tx, launch.cluster));
  const { placed, failures } = placeTasks(
    candidates,
    {
      ...rules,
      count: launch.count,
      launchType: launchType === "EXTERNAL" ? "EXTERNAL" : "EC2",
      constraints: [
        ...(definition.definition.placementConstraints ?? []),
        ...(launch.placementConstraints ?? []),
      ],
      strategy: launch.placementStrategy ?? [],
    },
    (count) => (count < 2 ? 0 : ctx.random.bytes(4).readUInt32BE() % count),
  );
  const seats = await take(tx, instances, placed, demand);
  if (!waits) return { seats, failures };
  // AWS: with managed scaling the tasks without a place wait in PROVISIONING for the group to grow.
  const waiting = Array.from({ length: launch.count - placed.length }, () => ({ awaited: demand }));
  return { seats: [...seats, ...waiting], failures: [] };
}

/** The provider whose instances alone will do, when a strategy chose one, and whether its group grows for tasks. */
async function groupProviderOf(
  tx: Tx,
  { cluster, capacityProvider: provider }: TaskLaunch,
): Promise<{ readonly provider: string | undefined; readonly waits: boolean }> {
  if (provider === undefined) return { provider, waits: false };
  const found = await findGroupProvider(tx, { ...cluster, name: provider });
  return { provider, waits: found?.document.scaling.enabled ?? false };
}

/** StartTask: the instances are named; neither constraints nor strategies count. */
async function seatsOn(
  tx: Tx,
  ctx: Pick<CallContext, "now">,
  { cluster, launchType }: Pick<TaskLaunch, "cluster" | "launchType">,
  ids: readonly string[],
  rules: Omit<Parameters<typeof fitness>[0], "constraints">,
): Promise<Seated> {
  const instances = await findInstances(tx, cluster, ids, ctx.now);
  const known = new Map(candidatesOf(instances, []).map((one) => [one.id, one]));
  const refusal = fitness({ ...rules, constraints: [] });
  const placed: string[] = [];
  const failures: ecs.Failure[] = [];
  for (const id of ids) {
    const reason = reasonAgainst(known.get(id), launchType, refusal);
    if (reason === undefined) placed.push(id);
    else failures.push({ arn: containerInstanceArn({ ...cluster, id }), reason });
  }
  return { seats: await take(tx, instances, placed, rules.demand), failures };
}

function reasonAgainst(
  candidate: Candidate | undefined,
  launchType: TaskLaunchType,
  refusal: ReturnType<typeof fitness>,
): string | undefined {
  // Managed instances take what ECS places on them: for StartTask they are not there (the reason is ours).
  const managed = candidate?.launchType === "MANAGED_INSTANCES";
  if (candidate === undefined || managed !== (launchType === "MANAGED_INSTANCES")) return "MISSING";
  // AWS: a task may be started on an instance that is draining, but not on one that is gone. Daemons come first of all.
  const there = candidate.status === "DRAINING" || candidate.status === "REGISTERING";
  return refusal(there ? { ...candidate, status: "ACTIVE" } : candidate);
}

/** Takes what the tasks need of the instances that they were placed on, in turn. */
async function take(
  tx: Tx,
  instances: readonly ContainerInstance[],
  placed: readonly string[],
  demand: ResourceDemand,
): Promise<readonly Seat[]> {
  const now = new Map(instances.map((instance) => [instance.key.id, instance]));
  const seats: Seat[] = [];
  for (const id of placed) {
    const instance = now.get(id);
    if (instance === undefined) continue;
    await takeResources(tx, instance, demand);
    now.set(id, { ...instance, remaining: without(instance.remaining, demand) });
    seats.push({
      containerInstance: id,
      zone: instance.attributes.get(zoneAttribute),
      reserved: demand,
      launchType: instance.launchType,
    });
  }
  return seats;
}

/** The live tasks of a cluster that are on an instance. */
export async function placedTasks(rows: Rows, cluster: ClusterKey): Promise<readonly PlacedTask[]> {
  const found = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select(["task_group", "container_instance"])
    .where((is) => is.and(clusterColumns(cluster)))
    .where("container_instance", "is not", null)
    .where("last_status", "<>", "STOPPED")
    .execute();
  return found.map((row) => ({
    group: row.task_group,
    containerInstance: row.container_instance ?? undefined,
  }));
}
