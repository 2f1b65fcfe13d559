import type * as ecs from "@aws-sdk/client-ecs";
import type { InstanceResources, ResourceDemand } from "../container-instances/resources.ts";
import type { Candidate } from "../placement/candidate.ts";
import type { ProviderStatus } from "./managed-store.ts";

/**
 * What is seen of a provider and its instances, and what is decided. Both are plain values: `managed-execution.ts` reads
 * the one and carries out the other, control/managed-instances decides in between and knows nothing else.
 */
export interface ManagedView {
  /** The provider's version that was seen. */
  readonly version: number;
  readonly status: ProviderStatus;
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  readonly requirements?: Partial<ecs.InstanceRequirementsRequest>;
  /** How long an instance stays without tasks, in ms; never ended when it is absent. */
  readonly idleMs?: number;
  /** Why the last launch failed, when it did, and until when none is tried. Epoch ms. */
  readonly failure?: { readonly reason: string; readonly at: number; readonly until: number };
  /** What the daemons of every instance take. */
  readonly daemons: Pick<ResourceDemand, "cpu" | "memory">;
  /** Oldest first. */
  readonly instances: readonly ManagedInstanceView[];
  /** Tasks without an instance, oldest first. */
  readonly waiting: readonly WaitingTask[];
}

/**
 * `launching` EC2 is asked for it; `registering` its daemons are not all there; `ending` has had its last task;
 * `terminating` EC2 is to end it.
 */
export type ManagedPhase = "launching" | "registering" | "active" | "draining" | "ending" | "terminating";

export interface ManagedInstanceView {
  readonly id: string;
  readonly phase: ManagedPhase;
  readonly zone: string;
  readonly architecture: string;
  /** What is left of it, or will be when its daemons run. */
  readonly remaining: InstanceResources;
  /** The container instance, with the tasks on it; absent while it is launching. */
  readonly candidate?: Candidate;
  /** How many live tasks of each group are on it, without daemons. */
  readonly groups: ReadonlyMap<string, number>;
  /** Live tasks of daemons, and those that belong to no service; each that is not asked to stop yet. */
  readonly daemonTasks: readonly string[];
  readonly standalone: readonly string[];
  /** Live tasks, daemons' too. */
  readonly tasks: number;
  /** Whether every critical daemon runs there. */
  readonly ready: boolean;
  /** Whether ECS itself drains it. */
  readonly drained: boolean;
  /** Epoch ms. */
  readonly idleSince?: number;
}

export interface WaitingTask {
  readonly id: string;
  readonly group: string;
  /** Whether it is a service's: those are spread over zones. */
  readonly ofService: boolean;
  /** Epoch ms. */
  readonly since: number;
  readonly architecture: string;
  readonly demand: ResourceDemand;
  /** Subnets that its interface may be in; empty without an interface. */
  readonly subnets: readonly { readonly id: string; readonly zone?: string }[];
  readonly constraints: readonly ecs.PlacementConstraint[];
}

/** What is to be done. A plan of a provider that is as it shall be is empty. */
export interface ManagedPlan {
  readonly place: readonly {
    readonly task: string;
    readonly instance: string;
    /** The subnet of its interface. */
    readonly subnet?: string;
  }[];
  readonly launch: readonly Launch[];
  /** Instances whose daemons run: they take tasks now. */
  readonly activate: readonly string[];
  /** Instances that have become idle, or have tasks again. */
  readonly idle: readonly { readonly instance: string; readonly since?: number }[];
  /** Instances that take no more tasks and whose daemons stop. */
  readonly end: readonly string[];
  /** Instances on which nothing is left. */
  readonly terminate: readonly string[];
  /** Tasks that are stopped. */
  readonly stop: readonly {
    readonly task: string;
    readonly why: "daemon" | "drained" | "no-place";
    readonly reason: string;
  }[];
  /** The provider was deleted, and nothing of it is left. */
  readonly gone: boolean;
  /** Epoch ms: when to look again though nothing happens. */
  readonly wakeAt?: number;
}

/** An instance to be asked of EC2. */
export interface Launch {
  /** Names of instance types, the one that is wanted first. */
  readonly types: readonly string[];
  readonly subnet: string;
  readonly zone: string;
  readonly architecture: "x86_64" | "arm64";
  /** CPU units and MiB of the first type. */
  readonly expected: { readonly cpu: number; readonly memory: number };
}
