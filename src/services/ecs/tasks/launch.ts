import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { TaskConnect } from "../../../runtime/task.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { type ClusterKey, containerArn, taskArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import type { ResourceDemand } from "../container-instances/resources.ts";
import type { TaskTarget } from "../load-balancers/task-target.ts";
import type { TaskRegistry } from "../service-registries/task-registry.ts";
import { putTags } from "../tags/tags.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import { insertTask } from "./change.ts";
import { latestPlatform } from "./describe.ts";
import { applyOverrides, type OverriddenDefinition } from "./overrides.ts";
import { attributesFor, groupOf, type Seat, seatTasks } from "./seats.ts";
import type { Task, TaskContainer, TaskLaunchType, TaskWaiting } from "./task.ts";
import type { TaskTables } from "./task-store.ts";

/** Tasks to be launched: all alike. Who asks has checked it against the definition (launch-rules.ts). */
export interface TaskLaunch {
  readonly cluster: ClusterKey;
  readonly definition: TaskDefinition;
  readonly count: number;
  readonly launchType: TaskLaunchType;
  /** The name of the capacity provider that a strategy chose; its tasks are those of its launch type. */
  readonly capacityProvider?: string | undefined;
  readonly platformVersion?: string | undefined;
  /** For network mode `awsvpc`: the interface's subnets, security groups, and whether it has a public address. */
  readonly network?: ecs.AwsVpcConfiguration | undefined;
  /** The Availability Zone of each subnet, as EC2 says: a container instance takes only tasks of its own zone. */
  readonly zones?: ReadonlyMap<string, string> | undefined;
  readonly overrides?: ecs.TaskOverride | undefined;
  /** `family:<family>`, or `service:<service>`, when left out. */
  readonly group?: string | undefined;
  readonly startedBy?: string | undefined;
  /** The service's name, and the id of its deployment or task set. */
  readonly service?: string | undefined;
  readonly deployment?: string | undefined;
  readonly placementConstraints?: readonly ecs.PlacementConstraint[] | undefined;
  readonly placementStrategy?: readonly ecs.PlacementStrategy[] | undefined;
  /** StartTask: the ids of the container instances, one task on each; `count` is their number. */
  readonly containerInstances?: readonly string[] | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  /** By container name: the digests that the deployment runs. */
  readonly imageDigests?: Readonly<Record<string, string>> | undefined;
  /** Where load balancers are to send the tasks' requests. */
  readonly targets?: readonly TaskTarget[] | undefined;
  /** Where the tasks are to be found by name. */
  readonly registries?: readonly TaskRegistry[] | undefined;
  /** The tasks' part in Service Connect. */
  readonly connect?: TaskConnect | undefined;
  /** AWS: `enableECSManagedTags`; the interface gets these tags too. */
  readonly managedTags?: boolean | undefined;
  /** All that the tasks shall have: their own, propagated and managed ones. */
  readonly tags?: readonly Tag[] | undefined;
}

/** What became of a launch: a task that could not be placed is a failure, as RunTask answers it. */
export interface Launched {
  readonly tasks: readonly Task[];
  readonly failures: readonly ecs.Failure[];
}

/** Inserts the tasks, each with its first event and the job that carries it on. */
export async function launchTasks(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  launch: TaskLaunch,
): Promise<Launched> {
  const overridden = applyOverrides(launch.definition.definition, launch.overrides);
  const { seats, failures } = await seatTasks(tx, ctx, launch, overridden);
  const subnets = await subnetsInTurn(tx, launch);
  const tasks: Task[] = [];
  for (const [number, seat] of seats.entries()) {
    const inTurn = [...subnets.slice(number % subnets.length), ...subnets.slice(0, number % subnets.length)];
    const task = newTask(ctx, launch, overridden, seat, subnetFor(seat, launch, subnets, number), inTurn);
    await insertTask(tx, ctx, task);
    await putTags(tx, task.arn, launch.tags ?? []);
    tasks.push(task);
  }
  return { tasks, failures };
}

/** A subnet for a task: of its instance's zone, and another one for each task in turn. */
function subnetFor(
  { zone }: Seat,
  { zones }: TaskLaunch,
  subnets: readonly string[],
  number: number,
): string | undefined {
  const near = zone === undefined ? subnets : subnets.filter((id) => (zones?.get(id) ?? zone) === zone);
  return near[number % Math.max(near.length, 1)];
}

/** The subnets of a launch, those with the fewest tasks of its group first: so tasks spread over the zones. */
async function subnetsInTurn(rows: Rows, launch: TaskLaunch): Promise<readonly string[]> {
  const subnets = launch.network?.subnets ?? [];
  if (subnets.length < 2) return subnets;
  const live = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select("document")
    .where((is) => is.and(clusterColumns(launch.cluster)))
    .where("task_group", "=", groupOf(launch))
    .where("last_status", "<>", "STOPPED")
    .execute();
  const used = new Map<string, number>();
  for (const { document } of live) {
    const subnet = (JSON.parse(document) as Task["document"]).attachment?.subnetId;
    if (subnet !== undefined) used.set(subnet, (used.get(subnet) ?? 0) + 1);
  }
  return [...subnets].sort((a, b) => (used.get(a) ?? 0) - (used.get(b) ?? 0));
}

function newTask(
  { now, random }: Pick<CallContext, "now" | "random">,
  launch: TaskLaunch,
  overridden: OverriddenDefinition,
  seat: Seat,
  subnetId: string | undefined,
  subnets: readonly string[],
): Task {
  const { cluster, definition, network } = launch;
  const key = { ...cluster, id: random.bytes(16).toString("hex") };
  const { networkMode = "bridge" } = definition.definition;
  const awsvpc = networkMode === "awsvpc" && subnetId !== undefined;
  const fargate = launch.launchType === "FARGATE";
  return {
    ...key,
    arn: taskArn(key),
    family: definition.family,
    revision: definition.revision,
    group: groupOf(launch),
    service: launch.service,
    deployment: launch.deployment,
    startedBy: launch.startedBy,
    launchType: seat.launchType ?? launch.launchType,
    containerInstance: seat.containerInstance,
    desiredStatus: "RUNNING",
    lastStatus: awsvpc || seat.awaited !== undefined ? "PROVISIONING" : "PENDING",
    createdAt: now,
    version: 1,
    document: {
      taskDefinitionArn: definition.arn,
      networkMode,
      capacityProvider: launch.capacityProvider,
      ...(fargate && { platformVersion: platformOf(launch.platformVersion) }),
      cpuArchitecture: architectureOf(definition),
      availabilityZone: seat.zone,
      ...(seat.awaited !== undefined && { waiting: waitingFor(launch, seat.awaited, awsvpc ? subnets : []) }),
      reserved: seat.reserved,
      cpu: overridden.cpu,
      memory: overridden.memory,
      ...(fargate && { ephemeralStorageGiB: overridden.ephemeralStorageGiB ?? 20 }),
      enableExecuteCommand: launch.enableExecuteCommand ?? false,
      overrides: launch.overrides ?? {},
      taskRoleArn: overridden.taskRoleArn,
      executionRoleArn: overridden.executionRoleArn,
      ...(overridden.taskRoleArn !== undefined && { credentialsId: uuid(random) }),
      containers: overridden.containers.map(
        (container): TaskContainer => ({
          arn: containerArn(key, uuid(random)),
          name: container.name,
          image: container.image,
          pinnedDigest: launch.imageDigests?.[container.name],
          essential: container.essential,
          healthChecked: container.healthCheck !== undefined,
          cpu: container.cpu,
          memory: container.memory,
          memoryReservation: container.memoryReservation,
          status: "PENDING",
          ...(launch.enableExecuteCommand === true && { execAgent: { status: "PENDING" } }),
        }),
      ),
      ...(launch.managedTags === true && { managedTags: true }),
      ...(launch.targets !== undefined && launch.targets.length > 0 && { targets: launch.targets }),
      ...(launch.connect !== undefined && { connect: launch.connect }),
      ...(launch.registries !== undefined &&
        launch.registries.length > 0 && { registries: launch.registries }),
      ...(awsvpc && {
        attachment: {
          id: uuid(random),
          status: "PRECREATED",
          subnetId,
          securityGroups: network?.securityGroups ?? [],
          assignPublicIp: network?.assignPublicIp === "ENABLED",
        },
      }),
      updatedAt: now,
    },
  };
}

function waitingFor(
  {
    zones,
    definition,
    launchType,
    enableExecuteCommand,
    placementConstraints = [],
    placementStrategy = [],
  }: TaskLaunch,
  demand: ResourceDemand,
  subnets: readonly string[],
): TaskWaiting {
  return {
    demand,
    subnets: subnets.map((id) => {
      const zone = zones?.get(id);
      return { id, ...(zone !== undefined && { zone }) };
    }),
    constraints: [...(definition.definition.placementConstraints ?? []), ...placementConstraints],
    ...(launchType === "EC2" && {
      strategy: placementStrategy,
      requiredAttributes: attributesFor({ definition, enableExecuteCommand }),
    }),
  };
}

/** AWS: `LATEST` is answered as the version that it means. */
function platformOf(version = "LATEST"): string {
  return version === "LATEST" ? latestPlatform : version;
}

/** AWS: the attribute `ecs.cpu-architecture` of a task. */
function architectureOf({ definition }: TaskDefinition): string {
  return definition.runtimePlatform?.cpuArchitecture === "ARM64" ? "arm64" : "x86_64";
}
