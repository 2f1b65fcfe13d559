import type * as ecs from "@aws-sdk/client-ecs";
import { formatArn } from "../../../kernel/arn.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { clusterArn, type ServiceKey, serviceDeploymentArn, serviceRevisionArn } from "../arn.ts";
import { clusterColumns } from "../clusters/cluster.ts";
import { ecsPrincipal } from "../role.ts";
import type { TaskTables } from "../tasks/task-store.ts";
import {
  type Deployment,
  deploymentId,
  describeDeployment,
  listDeployments,
  type TaskCounts,
} from "./deployment.ts";
import { describeCapacity, needsServiceRole } from "./revision.ts";
import type { Service } from "./service.ts";
import { currentServiceDeployment, type ServiceDeployment, weightsOf } from "./service-deployment.ts";
import { describeTaskSet, listTaskSets, type TaskSet } from "./task-set.ts";

/** Statuses of a task on its way to RUNNING, which AWS counts as pending. */
const onTheWay: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING", "ACTIVATING"]);

/** The tasks of a service by deployment or task set (`ecs-svc/…`). */
export type CountsByDeployment = ReadonlyMap<string, TaskCounts>;

const none: TaskCounts = { running: 0, pending: 0 };

/** Counts a service's tasks. */
export async function countTasks(rows: Rows, key: ServiceKey): Promise<CountsByDeployment> {
  const found = await rows
    .tables<TaskTables>()
    .selectFrom("ecs_task")
    .select((row) => ["deployment", "last_status", row.fn.countAll<number | string>().as("count")])
    .where((is) => is.and({ ...clusterColumns(key), service: key.service }))
    .where("last_status", "<>", "STOPPED")
    .groupBy(["deployment", "last_status"])
    .execute();
  const counts = new Map<string, { running: number; pending: number }>();
  for (const { deployment, last_status: status, count } of found) {
    const id = deployment ?? "";
    const one = counts.get(id) ?? { running: 0, pending: 0 };
    counts.set(id, one);
    if (status === "RUNNING") one.running += Number(count);
    if (onTheWay.has(status)) one.pending += Number(count);
  }
  return counts;
}

/** Everything that an answer about a service shows. */
export interface ServiceView {
  readonly service: Service;
  readonly deployments: readonly Deployment[];
  readonly taskSets: readonly TaskSet[];
  readonly current: ServiceDeployment | undefined;
  readonly counts: CountsByDeployment;
}

/** Reads what belongs to a service. */
export async function viewService(rows: Rows, service: Service): Promise<ServiceView> {
  return {
    service,
    deployments: await listDeployments(rows, service.key),
    taskSets: await listTaskSets(rows, service.key),
    current: await currentServiceDeployment(rows, service.key),
    counts: await countTasks(rows, service.key),
  };
}

/** A service as it is answered. AWS: `taskSets` are shown where deployments are not ECS's own. */
export function describeService(view: ServiceView, tags?: readonly Tag[]): ecs.Service {
  const { service, deployments, taskSets, current, counts } = view;
  const { key, document } = service;
  const { revision } = document;
  const countOf = (id: string): TaskCounts => counts.get(id) ?? none;
  const total = [...counts.values()];
  const shown = deployments.filter(() => service.status !== "INACTIVE");
  return {
    serviceArn: service.arn,
    serviceName: key.service,
    clusterArn: clusterArn(key),
    loadBalancers: [...(revision?.loadBalancers ?? [])],
    serviceRegistries: [...(revision?.serviceRegistries ?? [])],
    status: service.status,
    desiredCount: document.desiredCount,
    runningCount: total.reduce((sum, { running }) => sum + running, 0),
    pendingCount: total.reduce((sum, { pending }) => sum + pending, 0),
    ...(revision !== undefined && {
      ...describeCapacity(revision),
      ...(revision.platformVersion !== undefined && {
        platformVersion: revision.platformVersion,
        platformFamily: "Linux",
      }),
      taskDefinition: revision.taskDefinition,
      ...(revision.networkConfiguration !== undefined && {
        networkConfiguration: revision.networkConfiguration,
      }),
    }),
    deploymentConfiguration: document.deploymentConfiguration,
    ...(document.controller !== "ECS" && {
      taskSets: taskSets.map((one) => describeTaskSet(one, service, countOf(deploymentId(one.number)))),
    }),
    deployments: shown.map((one) => {
      const { running, pending } = countOf(deploymentId(one.number));
      const desired = one.status === "PRIMARY" ? document.desiredCount : running + pending;
      return describeDeployment(one, desired, { running, pending });
    }),
    ...(revision !== undefined && needsServiceRole(revision) && { roleArn: roleArnOf(service) }),
    events: service.events.map((event) => ({ ...event, createdAt: new Date(event.createdAt) })),
    createdAt: new Date(service.createdAt),
    ...(current !== undefined && {
      currentServiceDeployment: serviceDeploymentArn(key, current.progress.id),
    }),
    ...(document.controller === "ECS" && {
      currentServiceRevisions: shown.map((one) => {
        const { running, pending } = countOf(deploymentId(one.number));
        return {
          arn: serviceRevisionArn(key, one.number),
          requestedTaskCount: one.status === "PRIMARY" ? document.desiredCount : running + pending,
          runningTaskCount: running,
          pendingTaskCount: pending,
          ...weightsOf(current?.progress, deploymentId(one.number)),
        };
      }),
    }),
    placementConstraints: [...document.placementConstraints],
    placementStrategy: [...document.placementStrategy],
    healthCheckGracePeriodSeconds: document.healthCheckGracePeriodSeconds,
    schedulingStrategy: document.schedulingStrategy,
    deploymentController: { type: document.controller },
    ...(tags !== undefined && { tags: tags.map(({ key, value }) => ({ key, value })) }),
    createdBy: document.createdBy,
    enableECSManagedTags: document.enableECSManagedTags,
    propagateTags: document.propagateTags,
    enableExecuteCommand: document.enableExecuteCommand,
    availabilityZoneRebalancing: document.availabilityZoneRebalancing,
    resourceManagementType: document.managedByEcs === true ? "ECS" : "CUSTOMER",
  };
}

/** AWS: a service whose tasks have interfaces or load balancers shows the service-linked role that looks after them. */
function roleArnOf({ key }: Service): string {
  return formatArn("iam", "", key.account, `role/aws-service-role/${ecsPrincipal}/AWSServiceRoleForECS`);
}
