import type * as ecs from "@aws-sdk/client-ecs";
import type { DeploymentStatus, ServiceStatus, TaskSetStatus } from "./service-store.ts";

/**
 * What the scheduler of a service sees, and what it decides. Both are plain values: `scheduling.ts` reads the one and
 * carries out the other, control/service-scheduler decides in between and knows nothing else.
 */
export interface ScheduleView {
  /** The service's version that was seen. */
  readonly version: number;
  readonly service: ScheduledService;
  /** PRIMARY first, then from the newest on: deployments, and the last completed one also when it is INACTIVE. */
  readonly deployments: readonly ScheduledDeployment[];
  /** In place of deployments where somebody else controls them. */
  readonly taskSets: readonly ScheduledTaskSet[];
  /** The service deployment in progress. */
  readonly progress?: ServiceDeploymentProgress;
  /** Tasks that are not STOPPED. */
  readonly tasks: readonly ScheduledTask[];
  /** Tasks that stopped since the last look; some may have been counted before (`SchedulingState.counted`). */
  readonly ended: readonly EndedTask[];
  /** Container instances of the cluster; none for services on Fargate. */
  readonly instances: readonly ScheduledInstance[];
  readonly state: SchedulingState;
  /** The alarms of the service, while they are watched. */
  readonly alarms?: SeenAlarms;
  /** What a neighbour has refused at this look, as it is told: ` failed to …`. It is tried again soon. */
  readonly refusals?: readonly string[];
}

/** A service's settings, as far as they matter here. */
export interface ScheduledService {
  readonly status: ServiceStatus;
  readonly schedulingStrategy: ecs.SchedulingStrategy;
  readonly controller: ecs.DeploymentControllerType;
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly strategy: ecs.DeploymentStrategy;
  readonly bakeMs: number;
  readonly hooks: readonly PauseHook[];
  /** How its load balancers' traffic goes from one revision to the next; absent where nothing shifts it. */
  readonly shift?: TrafficSteps;
  readonly circuitBreaker: CircuitBreaker;
  /** AWS: `deploymentConfiguration.alarms`, when they are enabled. */
  readonly alarms?: { readonly names: readonly string[]; readonly rollback: boolean };
  readonly earlySuccess?: EarlySuccess;
  /** How long after its start a task's failing health checks do not count, in ms. */
  readonly gracePeriodMs: number;
  readonly zoneRebalancing: boolean;
  readonly placementStrategy: readonly ecs.PlacementStrategy[];
}

/** What CloudWatch says of the alarms of a service. */
export type SeenAlarms =
  | {
      readonly seen: true;
      /** Names of those in alarm. */
      readonly triggered: readonly string[];
      /** The longest time that one of them looks back, in ms. */
      readonly spanMs: number;
    }
  /** They cannot be asked for: nothing is known, so nothing completes. */
  | { readonly seen: false };

/** How production traffic is shifted: all at once, a canary first, or in equal steps. */
export interface TrafficSteps {
  /** Percent of production traffic that the new revision has after each step; the last one is 100. */
  readonly percents: readonly number[];
  /** How long each step but the last one is watched, in ms. */
  readonly bakeMs: number;
}

/** Percent of traffic for the revision that a service deployment brings; the rest is for the one that it comes from. */
export interface Traffic {
  readonly production: number;
  readonly test: number;
}

/** AWS: `deploymentCircuitBreaker`, with its defaults. */
export interface CircuitBreaker {
  readonly enable: boolean;
  readonly rollback: boolean;
  readonly resetOnHealthyTask: boolean;
  readonly threshold: { readonly type: ecs.ThresholdType; readonly value: number };
}

/** AWS: `earlySuccessCriteria`, when it is enabled. */
export interface EarlySuccess {
  readonly healthyPercent: number;
  /** Whether the tasks of the revision before must be gone first. */
  readonly cleanup: ecs.ServiceRevisionCleanup;
}

/** A lifecycle hook that waits for ContinueServiceDeployment. */
export interface PauseHook {
  readonly stages: readonly string[];
  readonly timeoutMs: number;
  readonly timeoutAction: ecs.DeploymentLifecycleHookAction;
}

/** How the tasks of a deployment or task set fare: what throttles starts, and what the circuit breaker counts. */
export interface Fortune {
  /** AWS: `failedTasks`, consecutive failures; 0 after the first success. */
  readonly failedTasks: number;
  /** What the circuit breaker has counted. */
  readonly failures: number;
  /** Whether any task has reached RUNNING: the breaker's second stage. */
  readonly reachedRunning: boolean;
  /** Rounds of starts, in a row, of which a task did not reach RUNNING. */
  readonly failedRounds: number;
  /** Rounds of starts, in a row, of which a task crashed soon after it had reached RUNNING. */
  readonly crashedRounds: number;
  /** Epoch ms until which nothing is started; 0 when nothing holds it back. */
  readonly throttledUntil: number;
  /** Epoch ms of the last failure; 0 when there was none. */
  readonly failedAt: number;
}

/** A deployment that has just begun. */
export const freshFortune: Fortune = {
  failedTasks: 0,
  failures: 0,
  reachedRunning: false,
  failedRounds: 0,
  crashedRounds: 0,
  throttledUntil: 0,
  failedAt: 0,
};

/** Where a deployment stands. */
export interface Rollout {
  readonly state: ecs.DeploymentRolloutState;
  readonly reason: string;
  /** Epoch ms since which it has been stable without a break; for bake times. */
  readonly stableSince?: number;
  /** Epoch ms of its last completion. */
  readonly completedAt?: number;
}

export interface ScheduledDeployment {
  /** `ecs-svc/…`. */
  readonly id: string;
  readonly status: DeploymentStatus;
  readonly fortune: Fortune;
  readonly rollout: Rollout;
  /** Whether the tag of an image is to be resolved to a digest, and no task has pulled it yet. */
  readonly unresolved: boolean;
}

export interface ScheduledTaskSet {
  /** `ecs-svc/…`. */
  readonly id: string;
  readonly status: TaskSetStatus;
  readonly desiredCount: number;
  readonly fortune: Fortune;
  readonly stable: boolean;
}

/** The part of a service deployment that its progress changes. Times are epoch ms. */
export interface ServiceDeploymentProgress {
  readonly id: string;
  readonly status: ecs.ServiceDeploymentStatus;
  readonly statusReason?: string;
  /** `ecs-svc/…` of the deployment that it brings, and of the one that it comes from. */
  readonly target: string;
  readonly source?: string;
  /** For strategies that go in stages. */
  readonly stage?: { readonly name: ecs.ServiceDeploymentLifecycleStage; readonly since: number };
  /** What the listeners are to do with the traffic, and what they were last known to do. */
  readonly traffic?: TrafficProgress;
  readonly hooks: readonly HookDetail[];
  readonly rollback?: { readonly reason: string; readonly startedAt: number; readonly to: string };
  readonly breaker: ecs.ServiceDeploymentCircuitBreaker;
  /** Present once the alarms have been looked at. */
  readonly alarms?: {
    readonly status: ecs.ServiceDeploymentRollbackMonitorsStatus;
    readonly triggered: readonly string[];
  };
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly stoppedAt?: number;
}

/**
 * INVARIANT: what is wanted is written before it is applied, so whoever comes after a crash applies it again.
 */
export interface TrafficProgress {
  readonly wanted: Traffic;
  readonly applied?: Traffic;
  /** Epoch ms of the last change that was applied. */
  readonly appliedAt?: number;
}

/** A hook that has been reached. */
export interface HookDetail {
  readonly hookId: string;
  readonly stage: string;
  readonly status: ecs.DeploymentLifecycleHookStatus;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly timeoutAction: ecs.DeploymentLifecycleHookAction;
}

export interface ScheduledTask {
  readonly id: string;
  /** `ecs-svc/…`. */
  readonly deployment: string;
  readonly phase: "starting" | "running" | "stopping";
  /** It is `stopping` because it could not start; once it is gone it counts as a failure. */
  readonly failing?: true;
  /** Epoch ms; present once it has reached RUNNING. */
  readonly runningSince?: number;
  /** Of the essential containers with a health check; undefined when there are none. */
  readonly health?: ecs.HealthStatus;
  /** Where load balancers send it requests; undefined when they send none. */
  readonly targets?: readonly ScheduledTarget[];
  /** Epoch ms until which it is protected from scale-in; 0 when it is not. */
  readonly protectedUntil: number;
  readonly instance?: string;
  /** Its Availability Zone, or the subnet it will be in. */
  readonly zone?: string;
}

/** A target of a load balancer. */
export interface ScheduledTarget {
  readonly targetGroupArn: string;
  /** An address or an instance, and its port; absent before it was registered. */
  readonly id?: string;
  readonly port: number;
  /** What the load balancer says of it; absent before it has said anything. */
  readonly health?: TargetHealth;
}

/** AWS: `TargetHealth` of Elastic Load Balancing. */
export interface TargetHealth {
  readonly state: string;
  /** `Target.FailedHealthChecks`. */
  readonly code?: string;
  /** `Health checks failed`. */
  readonly description?: string;
}

/** A task that has stopped. */
export interface EndedTask {
  readonly id: string;
  readonly deployment: string;
  /** Epoch ms. */
  readonly stoppedAt: number;
  /** How long it was RUNNING, in ms; absent when it never was. */
  readonly ranFor?: number;
  /** It ran, and had not passed the health checks of its containers; absent when they have none. */
  readonly unproven?: true;
  /** Whether nobody asked for it. */
  readonly byItself: boolean;
  /** AWS: `stoppedReason`. */
  readonly reason?: string;
}

export interface ScheduledInstance {
  readonly id: string;
  readonly draining: boolean;
  /** Whether a task of the service may be there: ACTIVE, connected, attributes and constraints. */
  readonly eligible: boolean;
  /** With `ecs.availability-zone`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly remaining: { readonly cpu: number; readonly memory: number };
}

/** What a scheduler keeps in mind between two looks. */
export interface SchedulingState {
  /** Tasks that stopped before have been counted. Epoch ms. */
  readonly countedUntil: number;
  /** Those of the last minute before, which have been counted as well. */
  readonly counted: readonly string[];
  /** What was told, and when (epoch ms): it is not told again for six hours, or until it has passed. */
  readonly told: Readonly<Record<string, number>>;
}

/** A service nobody has looked at yet. */
export const freshState: SchedulingState = { countedUntil: 0, counted: [], told: {} };

/** What is to be done. A plan of a service that is as it shall be has no start, no stop and nothing to tell. */
export interface SchedulePlan {
  readonly start: readonly Start[];
  readonly stop: readonly Stop[];
  /** Those that have changed. */
  readonly deployments: readonly ScheduledDeployment[];
  readonly taskSets: readonly ScheduledTaskSet[];
  /** Task sets that were deleted and whose tasks are gone. */
  readonly goneTaskSets: readonly string[];
  readonly progress?: ServiceDeploymentProgress;
  /** The service's new status. */
  readonly status?: ServiceStatus;
  /** AWS: what a DAEMON service wants is what its instances allow. */
  readonly desiredCount?: number;
  readonly notices: readonly Notice[];
  readonly state: SchedulingState;
  /** Epoch ms: when to look again though nothing happens. */
  readonly wakeAt?: number;
}

export interface Start {
  readonly deployment: string;
  readonly count: number;
  /** For daemons: one on each of these container instances. */
  readonly instances?: readonly string[];
}

export interface Stop {
  readonly task: string;
  readonly pending: boolean;
  readonly cause: "scaling" | "unhealthy";
  /** The target group in which it is unhealthy, when that is why. */
  readonly targetGroupArn?: string;
  /** `ecs-svc/…` of the deployment or task set in whose favour it stops. */
  readonly by: string;
}

/** Something to be told: to who describes the service, to who listens for events, or to both. */
export interface Notice {
  /** What follows `(service <name>)`. */
  readonly message?: string;
  /** `ecs-svc/…` of the task set that the message names as well. */
  readonly taskSet?: string;
  readonly event?: ServiceActionEvent | DeploymentEvent;
}

/** AWS: `ECS Service Action`. */
export interface ServiceActionEvent {
  readonly type: "ECS Service Action";
  readonly eventType: "INFO" | "WARN" | "ERROR";
  readonly eventName: string;
  readonly reason?: string;
}

/** AWS: `ECS Deployment State Change`. */
export interface DeploymentEvent {
  readonly type: "ECS Deployment State Change";
  readonly eventType: "INFO" | "ERROR";
  readonly eventName:
    | "SERVICE_DEPLOYMENT_IN_PROGRESS"
    | "SERVICE_DEPLOYMENT_COMPLETED"
    | "SERVICE_DEPLOYMENT_FAILED";
  readonly deploymentId: string;
  readonly reason: string;
}
