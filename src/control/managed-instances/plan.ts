import {
  allowedTypes,
  type OfferedType,
} from "../../services/ecs/capacity-providers/instance-requirements.ts";
import type {
  Launch,
  ManagedInstanceView,
  ManagedPlan,
  ManagedView,
  WaitingTask,
} from "../../services/ecs/capacity-providers/managed-view.ts";
import {
  type InstanceResources,
  shortageOf,
  without,
} from "../../services/ecs/container-instances/resources.ts";
import { bindingOf } from "../../services/ecs/placement/place.ts";

/** Developer Guide, "Auto scaling and task placement": a service's tasks are spread over so many zones where they can. */
const spreadOver = 3;

/** Ours: instances that one plan asks for. */
const mostLaunches = 10;

/** Room for tasks: an instance, or one that is to be launched. */
interface Slot {
  readonly zone: string;
  readonly architecture: string;
  remaining: InstanceResources;
  readonly groups: Map<string, number>;
  /** The instance, with what it must let in; absent of one that is to be launched. */
  readonly instance?: ManagedInstanceView;
  /** What is to be launched must hold: CPU units and MiB, without daemons. */
  cpu: number;
  memory: number;
  /** What it must hold at least: its first task. */
  least?: Pick<WaitingTask["demand"], "cpu" | "memory">;
}

/**
 * What is to be done for a provider's instances, as they are and at this time. Pure: the same view, offer and time give
 * the same plan. Tasks are packed onto the fewest instances, but for services, which are spread over zones.
 * @param offered the instance types that EC2 has; nothing is launched without any.
 * @param now epoch ms.
 */
export function planManaged(view: ManagedView, offered: readonly OfferedType[], now: number): ManagedPlan {
  const ending = view.status === "DEPROVISIONING";
  const seating = new Seating(view, allowedTypes(offered, view.requirements), now);
  for (const task of view.waiting) seating.seat(task);
  const busy = seating.awaited;
  const idle: { instance: string; since?: number }[] = [];
  const end: string[] = [];
  const stop: ManagedPlan["stop"][number][] = [...seating.refused];
  const waits: number[] = [];
  if (seating.waitsForLaunch && view.failure !== undefined) waits.push(view.failure.until);
  for (const one of view.instances) {
    if (one.phase === "launching" || one.phase === "terminating") continue;
    const used = one.groups.size > 0 || busy.has(one.id);
    if (one.phase === "ending") {
      stop.push(...daemonsOf(one));
      continue;
    }
    if (one.phase === "draining") {
      if (one.drained) stop.push(...standaloneOf(one));
      if (one.groups.size === 0) end.push(one.id);
      continue;
    }
    if (used) {
      if (one.idleSince !== undefined) idle.push({ instance: one.id });
      continue;
    }
    if (ending) {
      end.push(one.id);
      continue;
    }
    // One that nothing waits for any more is idle from its first moment.
    const since = one.idleSince ?? now;
    if (one.idleSince === undefined) idle.push({ instance: one.id, since });
    if (view.idleMs === undefined) continue;
    if (now >= since + view.idleMs) end.push(one.id);
    else waits.push(since + view.idleMs);
  }
  return {
    place: seating.placed,
    launch: ending ? [] : seating.launches(),
    activate: view.instances.filter((one) => one.phase === "registering" && one.ready).map(({ id }) => id),
    idle: idle.filter(({ instance }) => !end.includes(instance)),
    end,
    terminate: view.instances.filter((one) => one.phase === "ending" && one.tasks === 0).map(({ id }) => id),
    stop,
    gone: ending && view.instances.length === 0,
    ...(waits.length > 0 && { wakeAt: Math.min(...waits) }),
  };
}

/** Daemons are the last that stop. */
function daemonsOf({ daemonTasks }: ManagedInstanceView): ManagedPlan["stop"] {
  return daemonTasks.map((task) => ({
    task,
    why: "daemon",
    reason: "The container instance is being terminated.",
  }));
}

function standaloneOf({ standalone }: ManagedInstanceView): ManagedPlan["stop"] {
  return standalone.map((task) => ({
    task,
    why: "drained",
    reason: "The container instance is being replaced.",
  }));
}

/** Seats the waiting tasks one by one: what one has taken the next does not get. */
class Seating {
  readonly placed: ManagedPlan["place"][number][] = [];
  readonly refused: ManagedPlan["stop"][number][] = [];
  /** Ids of instances that tasks wait for. */
  readonly awaited = new Set<string>();
  /** Whether a task waits until something may be launched again. */
  waitsForLaunch = false;
  readonly #view: ManagedView;
  readonly #types: readonly OfferedType[];
  readonly #mayLaunch: boolean;
  readonly #slots: Slot[];

  constructor(view: ManagedView, types: readonly OfferedType[], now: number) {
    this.#view = view;
    this.#types = types;
    this.#mayLaunch = view.status === "ACTIVE" && (view.failure === undefined || view.failure.until <= now);
    this.#slots = view.instances
      .filter(({ phase }) => phase === "launching" || phase === "registering" || phase === "active")
      .map((instance) => ({
        zone: instance.zone,
        architecture: instance.architecture,
        remaining: instance.remaining,
        groups: new Map(instance.groups),
        instance,
        cpu: 0,
        memory: 0,
      }));
  }

  seat(task: WaitingTask): void {
    const slot = this.#slotFor(task);
    if (slot === "later") return;
    if (slot !== undefined) this.#take(slot, task);
    // A task that came after the failure has not been tried for.
    else if (this.#pausesFor(task)) this.waitsForLaunch = true;
    else this.refused.push({ task: task.id, why: "no-place", reason: this.#reasonAgainst(task) });
  }

  #pausesFor(task: WaitingTask): boolean {
    const { failure, status } = this.#view;
    return status === "ACTIVE" && !this.#mayLaunch && failure !== undefined && task.since > failure.at;
  }

  /** Where a task goes; later when the plan has launches enough, nowhere when nothing will ever do. */
  #slotFor(task: WaitingTask): Slot | "later" | undefined {
    const able = this.#slots.filter((slot) => this.#fits(slot, task));
    const spread = this.#mayLaunch ? this.#emptyZone(task) : undefined;
    const best = spread === undefined ? this.#bestOf(able, task) : undefined;
    if (best !== undefined) return best;
    const fresh = this.#mayLaunch ? this.#newSlot(task, spread) : undefined;
    return fresh ?? this.#bestOf(able, task);
  }

  launches(): readonly Launch[] {
    return this.#slots.filter(({ instance }) => instance === undefined).map((slot) => this.#launchOf(slot));
  }

  #fits(slot: Slot, task: WaitingTask): boolean {
    if (slot.architecture !== task.architecture) return false;
    if (!zoneAllowed(task, slot.zone) || shortageOf(slot.remaining, task.demand) !== undefined) return false;
    if (slot.instance === undefined) return this.#typeFor(slot, task) !== undefined;
    const { candidate } = slot.instance;
    if (candidate === undefined) return true;
    const refusal = bindingOf({ group: task.group, requiredAttributes: [], constraints: task.constraints });
    const there = { ...candidate, status: "ACTIVE" as const, groups: slot.groups };
    return refusal(there) === undefined;
  }

  /** A zone without a task of the service, while it is in fewer zones than it should be; an instance there would do. */
  #emptyZone(task: WaitingTask): string | undefined {
    if (!task.ofService) return undefined;
    const used = new Set(this.#slots.filter(({ groups }) => groups.has(task.group)).map(({ zone }) => zone));
    if (used.size === 0 || used.size >= spreadOver) return undefined;
    const free = this.#zones(task).filter((zone) => !used.has(zone));
    // An instance that is there already is taken by preference: see `#bestOf`.
    if (this.#slots.some((slot) => free.includes(slot.zone) && this.#fits(slot, task))) return undefined;
    return free[0];
  }

  /** The zones in which an instance for a task can be, those with the fewest instances first. */
  #zones(task: WaitingTask): readonly string[] {
    const zones = [...new Set(this.#view.subnets.map(({ zone }) => zone))].filter((zone) =>
      zoneAllowed(task, zone),
    );
    const count = (zone: string): number => this.#slots.filter((slot) => slot.zone === zone).length;
    return zones.sort((a, b) => count(a) - count(b));
  }

  /** Fewest of its group in the zone, for services; then instances that can take it now; then the fullest. */
  #bestOf(able: readonly Slot[], task: WaitingTask): Slot | undefined {
    const inZone = (zone: string): number =>
      this.#slots
        .filter((slot) => slot.zone === zone)
        .reduce((sum, { groups }) => sum + (groups.get(task.group) ?? 0), 0);
    const rank = (slot: Slot): readonly number[] => [
      task.ofService ? inZone(slot.zone) : 0,
      slot.instance?.phase === "active" ? 0 : 1,
      slot.remaining.memory,
    ];
    return [...able].sort((a, b) => compare(rank(a), rank(b)))[0];
  }

  /** An instance more, in a zone that will do; none when no type is large enough, later when the plan has enough. */
  #newSlot(task: WaitingTask, wanted: string | undefined): Slot | "later" | undefined {
    const zone = wanted ?? this.#zones(task)[0];
    if (zone === undefined) return undefined;
    if (this.#slots.filter(({ instance }) => instance === undefined).length >= mostLaunches) return "later";
    const slot: Slot = {
      zone,
      architecture: task.architecture,
      remaining: { cpu: 0, memory: 0, tcpPorts: [], udpPorts: [], gpus: [] },
      groups: new Map(),
      cpu: 0,
      memory: 0,
    };
    const largest = this.#largest(task.architecture);
    if (largest === undefined || this.#typeFor(slot, task) === undefined) return undefined;
    const { daemons } = this.#view;
    slot.remaining = {
      ...slot.remaining,
      cpu: largest.vcpus * 1024 - daemons.cpu,
      memory: largest.memory - daemons.memory,
    };
    this.#slots.push(slot);
    return slot;
  }

  #take(slot: Slot, task: WaitingTask): void {
    slot.remaining = without(slot.remaining, task.demand);
    slot.groups.set(task.group, (slot.groups.get(task.group) ?? 0) + 1);
    slot.cpu += task.demand.cpu;
    slot.memory += task.demand.memory;
    slot.least ??= task.demand;
    const { instance } = slot;
    if (instance === undefined) return;
    this.awaited.add(instance.id);
    if (instance.phase !== "active") return;
    const subnet = task.subnets.find((one) => (one.zone ?? slot.zone) === slot.zone)?.id;
    this.placed.push({ task: task.id, instance: instance.id, ...(subnet !== undefined && { subnet }) });
  }

  #ofArchitecture(architecture: string): readonly OfferedType[] {
    return this.#types.filter((type) => type.architecture === architecture);
  }

  #largest(architecture: string): OfferedType | undefined {
    return this.#ofArchitecture(architecture).at(-1);
  }

  /** The cheapest type that holds what is on a slot and a task more. */
  #typeFor(slot: Slot, task: WaitingTask): OfferedType | undefined {
    const { cpu, memory } = this.#need(slot, task.demand);
    if (task.demand.gpus > 0) return undefined;
    return this.#ofArchitecture(slot.architecture).find(
      (type) => type.vcpus * 1024 >= cpu && type.memory >= memory,
    );
  }

  #need(slot: Slot, more: { readonly cpu: number; readonly memory: number }) {
    const { daemons } = this.#view;
    return { cpu: slot.cpu + more.cpu + daemons.cpu, memory: slot.memory + more.memory + daemons.memory };
  }

  /** What is asked of EC2: the type that holds all, and smaller ones in case there is no room for it. */
  #launchOf(slot: Slot): Launch {
    const { cpu, memory } = this.#need(slot, { cpu: 0, memory: 0 });
    const types = this.#ofArchitecture(slot.architecture);
    const wanted = types.findIndex((type) => type.vcpus * 1024 >= cpu && type.memory >= memory);
    const [first, ...smaller] = types.slice(0, wanted + 1).reverse();
    const least = this.#need({ ...slot, cpu: 0, memory: 0 }, slot.least ?? { cpu: 0, memory: 0 });
    const enough = smaller.filter((type) => type.memory >= least.memory && type.vcpus * 1024 >= least.cpu);
    return {
      types: [first, ...enough].flatMap((type) => (type === undefined ? [] : [type.name])),
      subnet: this.#view.subnets.find(({ zone }) => zone === slot.zone)?.id ?? "",
      zone: slot.zone,
      architecture: slot.architecture === "arm64" ? "arm64" : "x86_64",
      expected: { cpu: (first?.vcpus ?? 0) * 1024, memory: first?.memory ?? 0 },
    };
  }

  /** Why a task has no place and gets none. The words are ours, but for EC2's own. */
  #reasonAgainst(task: WaitingTask): string {
    const { failure, status } = this.#view;
    if (status !== "ACTIVE") return "The capacity provider is being deleted.";
    if (!this.#mayLaunch && failure !== undefined) return failure.reason;
    if (this.#zones(task).length === 0) {
      return "The capacity provider has no subnet in an Availability Zone of the task's subnets.";
    }
    return "No instance type that the capacity provider may launch is large enough for the task.";
  }
}

/** Whether a task's interface can be in a zone; one without an interface can be anywhere. */
function zoneAllowed({ subnets }: WaitingTask, zone: string): boolean {
  return subnets.length === 0 || subnets.some((one) => one.zone === undefined || one.zone === zone);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
