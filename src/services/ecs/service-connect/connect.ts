import type { TimeoutConfiguration as Timeout } from "@aws-sdk/client-ecs";
import type { ConnectedPort, ConnectLog, TaskConnect } from "../../../runtime/task.ts";

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
  /** Between proxies; the application beside the proxy is called in plain. */
  readonly tls?: ConnectTls | undefined;
}

/** How a service asks for TLS. */
export interface WishedTls {
  /** Who is to issue certificates. */
  readonly authorityArn: string;
  /** The role in which ECS has them issued, and keeps them. */
  readonly roleArn: string;
  /** Of the secret; the account's own key when left out. */
  readonly kmsKey?: string | undefined;
  /** The name in the certificate. */
  readonly serverName: string;
}

/** TLS that is set up. */
export interface ConnectTls extends WishedTls {
  readonly secretArn: string;
}

/** A name and a port at which clients call. */
export interface ConnectAlias {
  readonly dnsName: string;
  readonly port: number;
}

/** Where a proxy leads what its task calls. */
export interface ConnectRoute extends ConnectAlias {
  readonly tls?: { readonly serverName: string };
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
  readonly log?: ConnectLog;
}

/** What the tasks of a revision are told of it. */
export function taskConnect({ namespace, routes, services, log }: ServiceConnect): TaskConnect {
  return {
    namespace,
    routes,
    ...(services.length > 0 && { ports: services.map(portOf) }),
    ...(log !== undefined && { log }),
  };
}

function portOf(service: ConnectService): ConnectedPort {
  const { discoveryName, protocol, timeout, containerPort, ingressPort, tls } = service;
  return {
    ...{ discoveryName, protocol, containerPort },
    ...(timeout !== undefined && { timeout }),
    ...(ingressPort !== undefined && { ingressPort }),
    ...(tls !== undefined && { tls: { secretArn: tls.secretArn, roleArn: tls.roleArn } }),
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
  /** The name in the certificates of its endpoints, where they have any. */
  readonly serverName?: string;
}

/** Writes the attribute. */
export function endpointText({ protocol, aliases, timeout, tls }: ConnectService): string {
  const endpoint: ConnectEndpoint = {
    ...{ protocol, aliases },
    ...(timeout !== undefined && { timeout }),
    ...(tls !== undefined && { serverName: tls.serverName }),
  };
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
    const { aliases, protocol, timeout, serverName } = JSON.parse(text) as ConnectEndpoint;
    return aliases.map(({ dnsName, port }) => ({
      ...{ discoveryName, dnsName, port, protocol },
      ...(timeout !== undefined && { timeout }),
      ...(serverName !== undefined && { tls: { serverName } }),
    }));
  } catch {
    // Somebody has changed what only ECS writes.
    return [];
  }
}
