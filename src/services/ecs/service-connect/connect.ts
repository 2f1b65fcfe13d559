import type { TimeoutConfiguration as Timeout } from "@aws-sdk/client-ecs";
import type { ConnectedPort, TaskConnect } from "../../../runtime/task.ts";

/** How a proxy speaks with the endpoints of a service; `tcp` is carried without a look into it. */
export type ConnectProtocol = "http" | "http2" | "grpc" | "tcp";

/** A port of a service's tasks that others of its namespace reach by a name. */
export interface ConnectService {
  readonly portName: string;
  /** Its name in Cloud Map. */
  readonly discoveryName: string;
  /** ARN of the Cloud Map service. */
  readonly registryArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  /** AWS: `ingressPortOverride`, the port of the proxy. Without it the proxy is called at the container's port. */
  readonly ingressPort?: number | undefined;
  readonly protocol: ConnectProtocol;
  readonly aliases: readonly ConnectAlias[];
  readonly timeout?: Timeout | undefined;
}

/** A name and a port at which clients call. */
export interface ConnectAlias {
  readonly dnsName: string;
  readonly port: number;
}

/** Where a proxy leads what its task calls. */
export interface ConnectRoute extends ConnectAlias {
  readonly discoveryName: string;
  readonly protocol: ConnectProtocol;
  readonly timeout?: Timeout | undefined;
}

/** Service Connect of a revision: what its tasks offer, and what they could call when it was made. */
export interface ServiceConnect {
  /** As DiscoverInstances names it. */
  readonly namespace: string;
  readonly namespaceArn: string;
  readonly services: readonly ConnectService[];
  /**
   * AWS: what a deployment found in the namespace. Endpoints that come later are seen by the next (Developer Guide,
   * "Service Connect": order of deployment).
   */
  readonly routes: readonly ConnectRoute[];
}

/** What the tasks of a revision are told of it. */
export function taskConnect({ namespace, routes, services }: ServiceConnect): TaskConnect {
  return {
    namespace,
    routes,
    ...(services.length > 0 && { ports: services.map(portOf) }),
  };
}

function portOf({
  discoveryName,
  protocol,
  timeout,
  containerPort,
  ingressPort,
}: ConnectService): ConnectedPort {
  return {
    ...{ discoveryName, protocol, containerPort },
    ...(timeout !== undefined && { timeout }),
    ...(ingressPort !== undefined && { ingressPort }),
  };
}

/** The port at which the proxy of a service's task is called. */
export const calledPort = ({ ingressPort, containerPort }: ConnectService): number =>
  ingressPort ?? containerPort;

/** The attribute of a Cloud Map service in which its clients find how to call it; ours. */
export const endpointAttribute = "ECS_SERVICE_CONNECT_ENDPOINT";

/** What the attribute tells. */
export interface ConnectEndpoint {
  readonly protocol: ConnectProtocol;
  readonly aliases: readonly ConnectAlias[];
  readonly timeout?: Timeout | undefined;
}

/** Writes the attribute. */
export function endpointText({ protocol, aliases, timeout }: ConnectService): string {
  const endpoint: ConnectEndpoint = { protocol, aliases, ...(timeout !== undefined && { timeout }) };
  return JSON.stringify(endpoint);
}

/** The routes to a service, as its attributes tell; none where it was made by somebody else. */
export function routesTo(
  discoveryName: string,
  attributes: Readonly<Record<string, string>>,
): readonly ConnectRoute[] {
  const text = attributes[endpointAttribute];
  if (text === undefined) return [];
  try {
    const { aliases, protocol, timeout } = JSON.parse(text) as ConnectEndpoint;
    return aliases.map(({ dnsName, port }) => ({
      ...{ discoveryName, dnsName, port, protocol },
      ...(timeout !== undefined && { timeout }),
    }));
  } catch {
    // Somebody has changed what only ECS writes.
    return [];
  }
}
