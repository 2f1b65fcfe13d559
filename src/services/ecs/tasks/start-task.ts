import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { clusterOf, containerInstanceArn, idOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { needTaskRole } from "../exec/exec-agent.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import { needRole } from "../role-use/role-creation.ts";
import { readTags } from "../tags/tags.ts";
import { needTaskDefinition, type TaskDefinition } from "../task-definitions/task-definition.ts";
import { admitNetwork, admitRoles } from "./admission.ts";
import { launchTasks } from "./launch.ts";
import { checkLaunch } from "./launch-rules.ts";
import { applyOverrides, checkOverrides } from "./overrides.ts";
import { checkGroup, checkStartedBy, launchPermissions, taskTags, withRoleArns } from "./request.ts";
import { describeAll } from "./run-task.ts";

/** API Reference, StartTask. */
const mostInstances = 10;

interface Admitted {
  readonly definition: TaskDefinition;
  readonly zones: ReadonlyMap<string, string>;
  readonly overrides: ecs.TaskOverride;
}

/** Starts a task on each of the container instances that the caller names. */
export const startTask: WriteOperation<typeof ecs, "StartTask", Admitted> = {
  name: "StartTask",
  authorise: (input, ctx) =>
    launchPermissions("StartTask", input, ctx, {
      "ecs:container-instances": input.containerInstances.map((named) =>
        containerInstanceArn({ ...clusterOf(input.cluster, ctx), id: idOf("container-instance", named) }),
      ),
    }),
  async prepare(ctx, input) {
    await ownCluster(ctx.rows, input.cluster, ctx);
    const definition = await needTaskDefinition(ctx.rows, ctx, input.taskDefinition);
    if (input.containerInstances.length === 0) {
      throw invalidParameter("Container Instances cannot be empty.");
    }
    // Ours, as are the refusals of what Roadstead has not.
    if (input.containerInstances.length > mostInstances) {
      throw invalidParameter(`containerInstances can have at most ${mostInstances} items.`);
    }
    if ((input.volumeConfigurations ?? []).length > 0) {
      throw unsupported("Roadstead has no Amazon EBS: volumeConfigurations is not supported.");
    }
    if (input.propagateTags === "SERVICE") {
      throw invalidParameter("propagateTags can be TASK_DEFINITION only: the tasks are of no service.");
    }
    checkStartedBy(input.startedBy);
    checkGroup(input.group);
    readTags(input.tags);
    const overrides = withRoleArns(ctx, input.overrides);
    checkOverrides(definition.definition, overrides);
    checkLaunch(definition, {
      capacity: { launchType: "EC2" },
      networkConfiguration: input.networkConfiguration,
    });
    const network = input.networkConfiguration?.awsvpcConfiguration;
    const zones = network === undefined ? new Map<string, string>() : await admitNetwork(ctx, network);
    const { taskRoleArn, executionRoleArn } = applyOverrides(definition.definition, overrides);
    needTaskRole(input.enableExecuteCommand, taskRoleArn);
    await admitRoles(ctx, [taskRoleArn, executionRoleArn]);
    return { definition, zones, overrides };
  },
  async commit(tx, ctx, input, { definition, zones, overrides }) {
    const cluster = (await ownCluster(tx, input.cluster, ctx)).key;
    if (zones.size > 0) await needRole(tx, ctx.account);
    const containerInstances = [
      ...new Set(input.containerInstances.map((named) => idOf("container-instance", named))),
    ];
    const managed = input.enableECSManagedTags === true;
    const { tasks, failures } = await launchTasks(tx, ctx, {
      cluster,
      definition,
      count: containerInstances.length,
      launchType: "EC2",
      containerInstances,
      network: input.networkConfiguration?.awsvpcConfiguration,
      zones,
      overrides,
      group: input.group,
      startedBy: input.startedBy,
      enableExecuteCommand: input.enableExecuteCommand,
      managedTags: managed,
      tags: await taskTags(tx, {
        tags: readTags(input.tags),
        propagatedFrom: input.propagateTags === "TASK_DEFINITION" ? definition.arn : undefined,
        managed,
        cluster: cluster.cluster,
      }),
    });
    return {
      tasks: await describeAll(
        tx,
        cluster,
        tasks.map(({ id }) => id),
      ),
      failures: [...failures],
    };
  },
};
