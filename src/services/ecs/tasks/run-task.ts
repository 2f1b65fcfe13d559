import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import type { ClusterKey } from "../arn.ts";
import { providerContext } from "../capacity-providers/strategy.ts";
import { type Cluster, ownCluster } from "../clusters/cluster.ts";
import { needTaskRole } from "../exec/exec-agent.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import type { EcsPorts } from "../ports.ts";
import { needRole } from "../role-use/role-creation.ts";
import { readTags, tagsOf } from "../tags/tags.ts";
import { needTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";
import { admitNetwork, admitRoles } from "./admission.ts";
import { type Capacity, capacityOf, launchTypeOfCapacity, type Place, sharePlaces } from "./capacity.ts";
import { describeTask } from "./describe.ts";
import { type Launched, launchTasks } from "./launch.ts";
import { checkLaunch } from "./launch-rules.ts";

import { applyOverrides, checkOverrides } from "./overrides.ts";
import {
  checkGroup,
  checkStartedBy,
  launchedBefore,
  launchPermissions,
  rememberLaunch,
  taskTags,
  withRoleArns,
} from "./request.ts";
import { findTask, type Task, type TaskLaunchType } from "./task.ts";

/** API Reference, RunTask. */
const mostTasks = 10;

type Input = InputOf<typeof ecs, "RunTask">;

/** What was found fit to run. */
interface Admitted {
  readonly definition: TaskDefinition;
  readonly capacity: Capacity;
  readonly zones: ReadonlyMap<string, string>;
  readonly overrides: ecs.TaskOverride;
}

/** Runs standalone tasks of a definition. */
export const runTask = (ports: EcsPorts): WriteOperation<typeof ecs, "RunTask", Admitted> => ({
  name: "RunTask",
  authorise: (input, ctx) =>
    launchPermissions("RunTask", input, ctx, {
      ...providerContext(
        (input.capacityProviderStrategy ?? []).map((item) => item.capacityProvider),
        ctx,
      ),
      "ecs:task-cpu": input.overrides?.cpu,
      "ecs:task-memory": input.overrides?.memory,
    }),
  async prepare(ctx, input) {
    const cluster = await ownCluster(ctx.rows, input.cluster, ctx);
    const definition = await needTaskDefinition(ctx.rows, ctx, input.taskDefinition);
    return await admit(ports, ctx, cluster, definition, input);
  },
  async commit(tx, ctx, input, admitted) {
    const cluster = (await ownCluster(tx, input.cluster, ctx)).key;
    const before = await launchedBefore(tx, ctx.now, cluster, input.clientToken, input);
    if (before !== undefined) return { tasks: await describeAll(tx, cluster, before), failures: [] };
    if (admitted.zones.size > 0) await needRole(tx, ctx.account);
    const { tasks, failures } = await launch(tx, ctx, cluster, input, admitted);
    await rememberLaunch(
      tx,
      ctx.now,
      cluster,
      input.clientToken,
      input,
      tasks.map(({ id }) => id),
    );
    return {
      tasks: await describeAll(
        tx,
        cluster,
        tasks.map(({ id }) => id),
      ),
      failures: [...failures],
    };
  },
});

/** Checks everything that can be known before a task is made. */
async function admit(
  ports: EcsPorts,
  ctx: PrepareContext,
  cluster: Cluster,
  definition: TaskDefinition,
  input: Input,
): Promise<Admitted> {
  const { count = 1, propagateTags, volumeConfigurations = [] } = input;
  // Ours, as are the refusals of what Roadstead has not.
  if (count < 1 || count > mostTasks) throw invalidParameter(`count must be between 1 and ${mostTasks}.`);
  if (volumeConfigurations.length > 0) {
    throw unsupported("Roadstead has no Amazon EBS: volumeConfigurations is not supported.");
  }
  if (propagateTags === "SERVICE") {
    throw invalidParameter("propagateTags can be TASK_DEFINITION only: the tasks are of no service.");
  }
  checkStartedBy(input.startedBy);
  checkGroup(input.group);
  readTags(input.tags);
  const overrides = withRoleArns(ctx, input.overrides);
  checkOverrides(definition.definition, overrides);
  const capacity = capacityOf(cluster, input);
  checkLaunch(definition, { ...input, capacity });
  await needRuntime(ports, capacity);
  const network = input.networkConfiguration?.awsvpcConfiguration;
  const zones = network === undefined ? new Map<string, string>() : await admitNetwork(ctx, network);
  const { taskRoleArn, executionRoleArn } = applyOverrides(definition.definition, overrides);
  needTaskRole(input.enableExecuteCommand, taskRoleArn);
  await admitRoles(ctx, [taskRoleArn, executionRoleArn]);
  return { definition, capacity, zones, overrides };
}

/** How the capacity of this machine is called. */
const ownCapacity: Partial<Record<TaskLaunchType, string>> = {
  FARGATE: "Fargate",
  MANAGED_INSTANCES: "managed instances",
};

/** Throws `UnsupportedFeatureException`, with the reason, where this machine runs no tasks; the text is ours. */
export async function needRuntime({ fargate }: EcsPorts, capacity: Capacity): Promise<void> {
  const on = ownCapacity[launchTypeOfCapacity(capacity)];
  if (on === undefined) return;
  const reason = await fargate.unavailable();
  if (reason !== undefined) throw unsupported(`Roadstead cannot run tasks on ${on}: ${reason}`);
}

/** Launches tasks as the capacity shares them out: one launch for each place that is different. */
async function launch(
  tx: Tx,
  ctx: Pick<PrepareContext, "now" | "random">,
  cluster: ClusterKey,
  input: Input,
  { definition, capacity, zones, overrides }: Admitted,
): Promise<Launched> {
  const { platformVersion, group, startedBy, enableExecuteCommand } = input;
  const managed = input.enableECSManagedTags === true;
  const tags = await taskTags(tx, {
    tags: readTags(input.tags),
    propagatedFrom: input.propagateTags === "TASK_DEFINITION" ? definition.arn : undefined,
    managed,
    cluster: cluster.cluster,
  });
  const tasks: Task[] = [];
  const failures: ecs.Failure[] = [];
  for (const [place, count] of counted(sharePlaces(capacity, input.count ?? 1))) {
    const launched = await launchTasks(tx, ctx, {
      cluster,
      definition,
      count,
      ...place,
      platformVersion,
      network: input.networkConfiguration?.awsvpcConfiguration,
      zones,
      overrides,
      group,
      startedBy,
      placementConstraints: input.placementConstraints,
      placementStrategy: input.placementStrategy,
      enableExecuteCommand,
      managedTags: managed,
      tags,
    });
    tasks.push(...launched.tasks);
    failures.push(...launched.failures);
  }
  // AWS: no instance was looked at, so there is none.
  if (tasks.length === 0 && failures.length === 0) {
    throw invalidParameter("No Container Instances were found in your cluster.");
  }
  return { tasks, failures };
}

function counted(places: readonly Place[]): ReadonlyMap<Place, number> {
  const counts = new Map<string, { place: Place; count: number }>();
  for (const place of places) {
    const key = place.capacityProvider ?? place.launchType;
    counts.set(key, { place, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return new Map([...counts.values()].map(({ place, count }) => [place, count]));
}

/** Tasks as the call that launched them answers them. */
export async function describeAll(tx: Tx, cluster: ClusterKey, ids: readonly string[]): Promise<ecs.Task[]> {
  const described: ecs.Task[] = [];
  for (const id of ids) {
    const task = await findTask(tx, { ...cluster, id });
    if (task !== undefined) described.push(describeTask(task, await tagsOf(tx, task.arn)));
  }
  return described;
}
