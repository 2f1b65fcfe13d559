import type * as ecs from "@aws-sdk/client-ecs";

/** What tasks take of a container instance, in the arithmetic of its agent. */
export interface InstanceResources {
  /** CPU units, 1,024 a core. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Ports that cannot be had: of what is registered the reserved ones, of what remains also those in use. */
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** Ids of graphics processors that can be had. */
  readonly gpus: readonly string[];
}

/** What one task takes: its share of CPU and memory, the host ports that it fixes, how many graphics processors. */
export interface ResourceDemand extends Omit<InstanceResources, "gpus"> {
  readonly gpus: number;
}

/** Which of an instance's resources is too small for a demand, as a placement failure names it (`RESOURCE:CPU`). */
export type Shortage = "CPU" | "MEMORY" | "PORTS" | "GPU";

/** Why a demand does not fit into what remains; `undefined` when it does. */
export function shortageOf(remaining: InstanceResources, demand: ResourceDemand): Shortage | undefined {
  if (demand.cpu > remaining.cpu) return "CPU";
  if (demand.memory > remaining.memory) return "MEMORY";
  const inUse = (taken: readonly number[], wanted: readonly number[]): boolean =>
    wanted.some((port) => taken.includes(port));
  if (inUse(remaining.tcpPorts, demand.tcpPorts) || inUse(remaining.udpPorts, demand.udpPorts))
    return "PORTS";
  if (demand.gpus > remaining.gpus.length) return "GPU";
  return undefined;
}

/** What remains after a task has been placed. The task must fit. */
export function without(remaining: InstanceResources, demand: ResourceDemand): InstanceResources {
  return {
    cpu: remaining.cpu - demand.cpu,
    memory: remaining.memory - demand.memory,
    tcpPorts: [...remaining.tcpPorts, ...demand.tcpPorts],
    udpPorts: [...remaining.udpPorts, ...demand.udpPorts],
    gpus: remaining.gpus.slice(demand.gpus),
  };
}

/** What remains of `registered` after a task has stopped. */
export function withAgain(
  registered: InstanceResources,
  remaining: InstanceResources,
  demand: ResourceDemand,
): InstanceResources {
  const inUse = registered.gpus.filter((gpu) => !remaining.gpus.includes(gpu));
  return {
    cpu: remaining.cpu + demand.cpu,
    memory: remaining.memory + demand.memory,
    tcpPorts: remaining.tcpPorts.filter((port) => !demand.tcpPorts.includes(port)),
    udpPorts: remaining.udpPorts.filter((port) => !demand.udpPorts.includes(port)),
    gpus: [...remaining.gpus, ...inUse.slice(0, demand.gpus)],
  };
}

/**
 * The same instance after its agent has registered other totals: what tasks had taken of the old ones is taken of the
 * new ones.
 */
export function withTotals(
  registered: InstanceResources,
  remaining: InstanceResources,
  totals: InstanceResources,
): InstanceResources {
  const lacking = (of: readonly number[], from: readonly number[]): readonly number[] =>
    of.filter((port) => !from.includes(port));
  return {
    cpu: totals.cpu - (registered.cpu - remaining.cpu),
    memory: totals.memory - (registered.memory - remaining.memory),
    tcpPorts: [
      ...totals.tcpPorts,
      ...lacking(remaining.tcpPorts, [...registered.tcpPorts, ...totals.tcpPorts]),
    ],
    udpPorts: [
      ...totals.udpPorts,
      ...lacking(remaining.udpPorts, [...registered.udpPorts, ...totals.udpPorts]),
    ],
    gpus: totals.gpus.filter((gpu) => remaining.gpus.includes(gpu) || !registered.gpus.includes(gpu)),
  };
}

/** The totals that an agent registers; what it does not name it has not. */
export function readResources(
  resources: readonly ecs.Resource[] | undefined,
  devices: readonly ecs.PlatformDevice[] | undefined,
): InstanceResources {
  const named = (name: string): ecs.Resource | undefined =>
    resources?.find((resource) => resource.name === name);
  const ports = (name: string): number[] =>
    (named(name)?.stringSetValue ?? []).map(Number).filter((port) => port > 0 && port < 65_536);
  return {
    cpu: named("CPU")?.integerValue ?? 0,
    memory: named("MEMORY")?.integerValue ?? 0,
    tcpPorts: ports("PORTS"),
    udpPorts: ports("PORTS_UDP"),
    gpus: (devices ?? []).filter(({ type }) => type === "GPU").map(({ id }) => id ?? ""),
  };
}

/** Resources as they are answered. */
export function describeResources(resources: InstanceResources): ecs.Resource[] {
  const integer = (name: string, integerValue: number): ecs.Resource => ({
    name,
    type: "INTEGER",
    doubleValue: 0,
    longValue: 0,
    integerValue,
  });
  const set = (name: string, values: readonly (number | string)[]): ecs.Resource => ({
    name,
    type: "STRINGSET",
    doubleValue: 0,
    longValue: 0,
    integerValue: 0,
    stringSetValue: values.map(String),
  });
  return [
    integer("CPU", resources.cpu),
    integer("MEMORY", resources.memory),
    set("PORTS", resources.tcpPorts),
    set("PORTS_UDP", resources.udpPorts),
    ...(resources.gpus.length > 0 ? [set("GPU", resources.gpus)] : []),
  ];
}
