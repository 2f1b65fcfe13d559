import { isDeepStrictEqual } from "node:util";
import { minute, second } from "../../../kernel/duration.ts";
import type { Rows } from "../../../store/types.ts";
import type { ServiceKey } from "../arn.ts";
import { listInstances } from "../container-instances/instance.ts";
import { type RuleWeights, ruleWeights, trafficSteps } from "../load-balancers/shift.ts";
import { candidatesOf } from "../placement/candidate.ts";
import { bindingOf } from "../placement/place.ts";
import { findTaskDefinition } from "../task-definitions/task-definition.ts";
import { launchTypeOfCapacity, onFargate } from "../tasks/capacity.ts";
import { placedTasks } from "../tasks/seats.ts";
import { healthOf, listServiceTasks, type Task } from "../tasks/task.ts";
import {
  type Deployment,
  deploymentId,
  findDeployment,
  lastCompletedInactive,
  listDeployments,
  numberOf,
  targetGroupsOf,
} from "./deployment.ts";
import { earlySuccessOf, pauseHooks } from "./deployment-configuration.ts";
import { balancersOf, type Revision } from "./revision.ts";
import type {
  EndedTask,
  ScheduledInstance,
  ScheduledService,
  ScheduledTask,
  ScheduleView,
  ServiceDeploymentProgress,
  Traffic,
} from "./schedule.ts";
import { findService, type Service } from "./service.ts";
import { currentServiceDeployment } from "./service-deployment.ts";
import { desiredOf, listTaskSets } from "./task-set.ts";

/** The digests that a deployment's first task has pulled, by `ecs-svc/…` and container name. */
export type PulledDigests = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A service as its scheduler looks at it. */
export interface InspectedService {
  readonly view: ScheduleView;
  /** Digests that are not resolved yet. */
  readonly pulled: PulledDigests;
  /** What the listeners are to do and are not known to do. */
  readonly shift?: PendingShift;
  /** Epoch ms; of a deleted service. */
  readonly inactiveSince?: number;
}

/** A shift of traffic that is to be applied. */
export interface PendingShift {
  /** The id of the service deployment. */
  readonly deployment: string;
  readonly wanted: Traffic;
  readonly rules: readonly RuleWeights[];
}

/** Commits of stopped tasks that pass each other are no further apart than this. */
const overlap = minute;

/** Reads what a plan is made of; `undefined` when there is no such service. */
export async function inspectService(
  rows: Rows,
  key: ServiceKey,
  now: number,
): Promise<InspectedService | undefined> {
  const service = await findService(rows, key);
  if (service === undefined) return undefined;
  const deployments = await listDeployments(rows, key);
  const fallback = await lastCompletedInactive(rows, key);
  const taskSets = await listTaskSets(rows, key);
  const current = await currentServiceDeployment(rows, key);
  const all = await listServiceTasks(rows, key, { stoppedSince: service.state.countedUntil - overlap });
  const live = all.filter(({ lastStatus }) => lastStatus !== "STOPPED");
  const pulled = pulledDigests(deployments, all);
  const zones = service.document.revision?.zones ?? {};
  const shift = current && (await pendingShift(rows, key, current.progress));
  return {
    view: {
      version: service.version,
      service: scheduledService(service),
      deployments: [...deployments, ...(fallback === undefined ? [] : [fallback])].map(
        ({ number, status, document }) => ({
          id: deploymentId(number),
          status,
          fortune: document.fortune,
          rollout: document.rollout,
          unresolved: document.revision.containerImages.some(
            ({ containerName, imageDigest, pinned }) =>
              pinned && (imageDigest ?? pulled[deploymentId(number)]?.[containerName]) === undefined,
          ),
        }),
      ),
      taskSets: taskSets.map((taskSet) => ({
        id: deploymentId(taskSet.number),
        status: taskSet.status,
        desiredCount: desiredOf(taskSet, service),
        fortune: taskSet.document.fortune,
        stable: taskSet.document.stable,
      })),
      ...(current !== undefined && { progress: current.progress }),
      tasks: live.map((task) => scheduledTask(task, zones)),
      ended: all.filter(({ lastStatus }) => lastStatus === "STOPPED").map(endedTask),
      instances: await instancesFor(rows, service, now),
      state: service.state,
    },
    pulled,
    ...(shift !== undefined && { shift }),
    ...(service.document.inactiveSince !== undefined && { inactiveSince: service.document.inactiveSince }),
  };
}

async function pendingShift(
  rows: Rows,
  key: ServiceKey,
  progress: ServiceDeploymentProgress,
): Promise<PendingShift | undefined> {
  const { id, traffic, rollback } = progress;
  if (traffic === undefined || isDeepStrictEqual(traffic.applied, traffic.wanted)) return undefined;
  const target = await findDeployment(rows, key, numberOf(progress.target));
  const back = rollback && (await findDeployment(rows, key, numberOf(rollback.to)));
  const loadBalancers = (target && balancersOf(target.document.revision)) ?? [];
  const groups = { target: targetGroupsOf(target) ?? [], back: targetGroupsOf(back) ?? [] };
  return {
    deployment: id,
    wanted: traffic.wanted,
    rules: ruleWeights(loadBalancers, groups, progress, traffic.wanted),
  };
}

function scheduledService({ status, document }: Service): ScheduledService {
  const { deploymentConfiguration: configuration } = document;
  const { deploymentCircuitBreaker: breaker } = configuration;
  const earlySuccess = earlySuccessOf(configuration);
  const shift = trafficSteps(configuration, document.revision && balancersOf(document.revision));
  return {
    status,
    schedulingStrategy: document.schedulingStrategy,
    controller: document.controller,
    desiredCount: document.desiredCount,
    minimumHealthyPercent: configuration.minimumHealthyPercent,
    maximumPercent: configuration.maximumPercent,
    strategy: configuration.strategy,
    bakeMs: configuration.bakeTimeInMinutes * minute,
    hooks: pauseHooks(configuration),
    circuitBreaker: {
      enable: breaker.enable === true,
      rollback: breaker.rollback === true,
      resetOnHealthyTask: breaker.resetOnHealthyTask === true,
      threshold: breaker.thresholdConfiguration,
    },
    ...(shift !== undefined && { shift }),
    ...(configuration.alarms?.enable === true && {
      alarms: {
        names: configuration.alarms.alarmNames ?? [],
        rollback: configuration.alarms.rollback === true,
      },
    }),
    ...(earlySuccess !== undefined && { earlySuccess }),
    gracePeriodMs: document.healthCheckGracePeriodSeconds * second,
    zoneRebalancing: document.availabilityZoneRebalancing === "ENABLED",
    placementStrategy: document.placementStrategy,
  };
}

function scheduledTask(task: Task, zones: Revision["zones"]): ScheduledTask {
  const { document, desiredStatus, lastStatus } = task;
  const { attachment, protection } = document;
  const zone =
    document.availabilityZone ??
    attachment?.made?.availabilityZone ??
    (attachment === undefined ? undefined : (zones[attachment.subnetId] ?? attachment.subnetId));
  const running = lastStatus === "RUNNING";
  const forever = protection?.enabled === true ? Number.MAX_SAFE_INTEGER : 0;
  return {
    id: task.id,
    deployment: task.deployment ?? "",
    phase: desiredStatus === "STOPPED" ? "stopping" : running ? "running" : "starting",
    ...(document.stopCode === "TaskFailedToStart" && { failing: true as const }),
    ...(document.startedAt !== undefined && { runningSince: document.startedAt }),
    ...(isChecked(task) && { health: healthOf(task) }),
    ...(document.targets !== undefined && {
      targets: document.targets.map(({ targetGroupArn, id, port, containerPort }) => ({
        targetGroupArn,
        port: port ?? containerPort,
        ...(id !== undefined && { id }),
      })),
    }),
    protectedUntil: protection?.enabled === true ? (protection.expiresAt ?? forever) : 0,
    ...(task.containerInstance !== undefined && { instance: task.containerInstance }),
    ...(zone !== undefined && { zone }),
  };
}

function isChecked({ document }: Task): boolean {
  return document.containers.some((one) => one.essential && one.healthChecked);
}

function endedTask(task: Task): EndedTask {
  const { id, deployment, stoppedAt, document } = task;
  const asked: readonly (string | undefined)[] = ["UserInitiated", "ServiceSchedulerInitiated"];
  const reason =
    document.stopCode === "EssentialContainerExited"
      ? document.containers.find((one) => one.reason !== undefined)?.reason
      : document.stoppedReason;
  return {
    id,
    deployment: deployment ?? "",
    stoppedAt: stoppedAt ?? 0,
    ...(document.startedAt !== undefined && {
      ranFor: (stoppedAt ?? 0) - document.startedAt,
      ...(isChecked(task) && healthOf(task) !== "HEALTHY" && { unproven: true as const }),
    }),
    byItself: !asked.includes(document.stopCode),
    ...(reason !== undefined && { reason }),
  };
}

/** The container instances that matter to a service; those of the launch type that it does not use do not. */
async function instancesFor(
  rows: Rows,
  { key, document }: Service,
  now: number,
): Promise<readonly ScheduledInstance[]> {
  const { revision } = document;
  if (revision === undefined || onFargate(revision.capacity)) return [];
  const managed = launchTypeOfCapacity(revision.capacity) === "MANAGED_INSTANCES";
  const found = await findTaskDefinition(rows, key, revision.taskDefinition);
  const zones = Object.values(revision.zones);
  const refusal = bindingOf({
    group: `service:${key.service}`,
    requiredAttributes: managed ? [] : (found?.definition.requiresAttributes ?? []),
    constraints: [
      ...(found?.definition.placementConstraints ?? []),
      // A service's own tasks are counted by its scheduler.
      ...document.placementConstraints.filter(({ type }) => type !== "distinctInstance"),
    ],
    zones: zones.length === 0 ? undefined : new Set(zones),
  });
  const instances = await listInstances(rows, key, now);
  const candidates = candidatesOf(instances, await placedTasks(rows, key));
  return candidates
    .filter(({ launchType }) => launchType === launchTypeOfCapacity(revision.capacity))
    .map((candidate) => ({
      id: candidate.id,
      draining: candidate.status === "DRAINING",
      eligible: refusal(candidate) === undefined,
      attributes: candidate.attributes,
      remaining: candidate.remaining,
    }));
}

/** AWS: with version consistency a deployment runs the digests that its first task has pulled. */
function pulledDigests(deployments: readonly Deployment[], tasks: readonly Task[]): PulledDigests {
  const pulled: Record<string, Record<string, string>> = {};
  for (const { number, document } of deployments) {
    const id = deploymentId(number);
    for (const { containerName, imageDigest, pinned } of document.revision.containerImages) {
      if (!pinned || imageDigest !== undefined) continue;
      const digest = tasks
        .filter(({ deployment }) => deployment === id)
        .flatMap((task) => task.document.containers)
        .find((container) => container.name === containerName && container.imageDigest !== undefined);
      if (digest?.imageDigest !== undefined) {
        pulled[id] = { ...pulled[id], [containerName]: digest.imageDigest };
      }
    }
  }
  return pulled;
}
