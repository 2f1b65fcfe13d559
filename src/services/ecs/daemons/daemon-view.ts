import type { InstanceStatus } from "../container-instances/instance-store.ts";
import type { DaemonDeploymentConfiguration, DaemonProgress } from "./daemon-deployment.ts";
import type { DaemonStatus } from "./daemon-store.ts";

/**
 * What is seen of a daemon, and what is decided. Both are plain values: `daemon-execution.ts` reads the one and carries
 * out the other, control/daemons decides in between and knows nothing else.
 */
export interface DaemonView {
  /** The daemon's version that was seen. */
  readonly version: number;
  readonly status: DaemonStatus;
  /** Id of the revision that instances are to have. */
  readonly target: string;
  /** Whether an instance without it is of no use. */
  readonly critical: boolean;
  /** The latest deployment. */
  readonly deployment?: {
    /** Id of the revision that was deployed well before. */
    readonly source?: string;
    readonly configuration: DaemonDeploymentConfiguration;
    readonly progress: DaemonProgress;
  };
  /** The instances of the daemon's providers, oldest first; INACTIVE ones are left out. */
  readonly instances: readonly DaemonInstance[];
  /** Tasks that have stopped and that nobody asked to. */
  readonly failed: readonly FailedTask[];
}

export interface FailedTask {
  readonly id: string;
  readonly revision: string;
  readonly instance: string;
  /** Epoch ms. */
  readonly stoppedAt: number;
}

export interface DaemonInstance {
  readonly id: string;
  readonly status: InstanceStatus;
  /** Whether a task of the daemon has failed there: none is started there again. */
  readonly failed: boolean;
  /** Its task that is not STOPPED. */
  readonly task?: {
    readonly id: string;
    readonly revision: string;
    readonly phase: "starting" | "running" | "stopping";
    readonly unhealthy: boolean;
  };
}

/** What is to be done. */
export interface DaemonPlan {
  /** Instances that get a task of the target. */
  readonly start: readonly string[];
  /** Tasks that are stopped. */
  readonly stop: readonly string[];
  /** Instances on which a task has failed. */
  readonly failed: readonly string[];
  /** Instances that are drained, to be replaced. */
  readonly drain: readonly { readonly instance: string; readonly reason: string }[];
  readonly progress?: DaemonProgress;
  /** The new target, and what has been deployed well. */
  readonly target?: string;
  readonly stable?: string;
  /** The daemon was deleted, and nothing of it is left. */
  readonly gone: boolean;
  /** Epoch ms: when to look again though nothing happens. */
  readonly wakeAt?: number;
}

/**
 * From so many failures on a deployment has failed. Ours, by the rule of services: half of the instances, at least 3
 * and at most 200.
 */
export function breakerThreshold(instances: number): number {
  return Math.min(200, Math.max(3, Math.ceil(instances / 2)));
}
