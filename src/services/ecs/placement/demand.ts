import type * as ecs from "@aws-sdk/client-ecs";
import type { ResourceDemand } from "../container-instances/resources.ts";
import type { OverriddenDefinition } from "../tasks/overrides.ts";

/**
 * What a task takes of a container instance, in its agent's own arithmetic (observed of the agent): the task's CPU and
 * memory, else the sums of its containers, of memory the reservation before the limit; and the host ports that are
 * fixed, but for tasks with an interface of their own.
 */
export function demandOf(
  { containers, cpu, memory }: Pick<OverriddenDefinition, "containers" | "cpu" | "memory">,
  networkMode: ecs.NetworkMode | undefined,
): ResourceDemand {
  const ports = (protocol: ecs.TransportProtocol): number[] =>
    networkMode === "awsvpc" || networkMode === "none"
      ? []
      : containers
          .flatMap(({ portMappings = [] }) => portMappings)
          .filter((mapping) => (mapping.protocol ?? "tcp") === protocol)
          .map((mapping) => fixedPort(mapping, networkMode))
          .filter((port) => port > 0);
  return {
    cpu: cpu === undefined ? sum(containers, (container) => container.cpu) : Number(cpu),
    memory:
      memory === undefined
        ? sum(containers, (container) => container.memoryReservation ?? container.memory ?? 0)
        : Number(memory),
    tcpPorts: ports("tcp"),
    udpPorts: ports("udp"),
    gpus: sum(containers, gpusOf),
  };
}

/** In host mode a container port is the host's. */
function fixedPort(
  { hostPort, containerPort = 0 }: ecs.PortMapping,
  mode: ecs.NetworkMode | undefined,
): number {
  return mode === "host" ? containerPort : (hostPort ?? 0);
}

function gpusOf({ resourceRequirements = [] }: OverriddenDefinition["containers"][number]): number {
  return resourceRequirements.filter(({ type }) => type === "GPU").length === 0
    ? 0
    : sum(resourceRequirements, ({ type, value }) => (type === "GPU" ? Number(value) : 0));
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
