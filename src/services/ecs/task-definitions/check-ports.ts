import type * as ecs from "@aws-sdk/client-ecs";
import { clientFault } from "../faults.ts";
import type { CompleteDefinition } from "./complete.ts";
import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** API Reference, "PortMapping". */
const mostRanges = 100;

/** Refuses ports that cannot be had, or not by two. Throws `ClientException`. */
export function checkPorts(definition: CompleteDefinition): void {
  const { networkMode, containerDefinitions: containers } = definition;
  const taken = new Set<string>();
  const names = new Set<string>();
  for (const container of containers) {
    refuseForMode(container, networkMode);
    const ports = container.portMappings ?? [];
    if (ports.length > 0 && networkMode === "none") {
      throw clientFault("Port mappings are not supported when networkMode=none.");
    }
    if (ports.filter((port) => port.containerPortRange !== undefined).length > mostRanges) {
      throw invalidContainer(container.name, `No more than ${mostRanges} port ranges are supported.`);
    }
    for (const port of ports) {
      checkPort(port, container.name, networkMode);
      const { name, hostPort, protocol = "tcp" } = port;
      if (name !== undefined && names.has(name)) {
        throw clientFault(`The port mapping name '${name}' is used more than once.`);
      }
      if (name !== undefined) names.add(name);
      // AWS: github.com/aws/amazon-ecs-agent, issue 1220. Port 0 is any that is free.
      if (hostPort !== undefined && hostPort !== 0) {
        const key = `${protocol}:${hostPort}`;
        if (taken.has(key)) {
          const kind = protocol.toUpperCase();
          throw clientFault(`${kind} host port '${hostPort}' is mapped multiple times in task.`);
        }
        taken.add(key);
      }
    }
  }
}

function checkPort(port: ecs.PortMapping, container: string, networkMode: ecs.NetworkMode): void {
  const { containerPort, hostPort, containerPortRange: range, name, appProtocol } = port;
  if (range !== undefined) {
    checkRange(port, range, container, networkMode);
  } else if (containerPort === undefined || containerPort < 1 || containerPort > 65_535) {
    throw clientFault(`Invalid 'containerPort' setting for container '${container}'.`);
  }
  if (hostPort !== undefined && (hostPort < 0 || hostPort > 65_535)) {
    throw clientFault(`Invalid 'hostPort' setting for container '${container}'.`);
  }
  const own = networkMode === "awsvpc" || networkMode === "host";
  if (own && range === undefined && hostPort !== containerPort) {
    throw clientFault(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
  if (name !== undefined && !/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(name)) {
    throw invalidContainer(container, `The port mapping name '${name}' contains invalid characters.`);
  }
  if (appProtocol !== undefined && name === undefined) {
    throw invalidContainer(container, "A port mapping with 'appProtocol' must have a 'name'.");
  }
}

function checkRange(
  { containerPort, hostPort }: ecs.PortMapping,
  range: string,
  container: string,
  networkMode: ecs.NetworkMode,
): void {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(range) ?? [];
  const valid = Number(first) >= 1 && Number(last) <= 65_535 && Number(first) <= Number(last);
  if (!valid || networkMode === "host") {
    throw clientFault(`Invalid 'containerPortRange' setting for container '${container}'.`);
  }
  if (containerPort !== undefined || hostPort !== undefined) {
    throw invalidContainer(
      container,
      "A port mapping with 'containerPortRange' cannot have 'containerPort' or 'hostPort'.",
    );
  }
}

/** What only some network modes can have (API Reference, "ContainerDefinition"). */
function refuseForMode(container: RegisteredContainer, networkMode: ecs.NetworkMode): void {
  const { links = [], hostname, extraHosts = [] } = container;
  if (links.length > 0 && networkMode !== "bridge") {
    throw clientFault(`Links are not supported when networkMode=${networkMode}.`);
  }
  if (networkMode !== "awsvpc") return;
  if (hostname !== undefined && hostname !== "") {
    throw clientFault("hostname is not supported on container when networkMode=awsvpc.");
  }
  if (extraHosts.length > 0) {
    throw clientFault("extraHosts is not supported on container when networkMode=awsvpc.");
  }
}
