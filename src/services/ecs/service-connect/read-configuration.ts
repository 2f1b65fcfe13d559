import type {
  ServiceConnectConfiguration,
  ServiceConnectService,
  ServiceConnectTlsConfiguration,
} from "@aws-sdk/client-ecs";
import { invalidParameter, unsupported } from "../faults.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import type { ConnectProtocol, ConnectService, WishedTls } from "./connect.ts";

/** What a configuration offers, before Cloud Map has heard of it. */
export type OfferedService = Omit<ConnectService, "registryArn" | "tls"> & {
  readonly tls?: WishedTls | undefined;
};

const domainName = /^(?=.{1,127}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Seconds in a day: a timeout can be no longer; ours. */
const longestTimeout = 86_400;

/** Most names that a service offers; ours. */
const mostServices = 48;

/**
 * Reads what a service offers by Service Connect (API Reference, "ServiceConnectConfiguration"). The sentences are ours.
 * Throws `InvalidParameterException`, and `UnsupportedFeatureException` for what the proxies here do not do.
 * @param namespace its name, for aliases that are not given one.
 */
export function readOffered(
  configuration: ServiceConnectConfiguration,
  { definition }: TaskDefinition,
  namespace: string,
): readonly OfferedService[] {
  if (definition.networkMode !== "awsvpc") {
    throw unsupported("Service Connect is here for tasks with network mode awsvpc.");
  }
  if ((configuration.services ?? []).length > mostServices)
    throw invalidParameter(`serviceConnectConfiguration.services can have at most ${mostServices} items.`);
  const offered = (configuration.services ?? []).map((service) =>
    readService(service, definition, namespace),
  );
  refuseTwice(
    offered.map(({ discoveryName }) => discoveryName),
    "discoveryName",
  );
  for (const { tls, ingressPort, containerPort } of offered) {
    const called = ingressPort ?? containerPort;
    const same = offered.filter((one) => (one.ingressPort ?? one.containerPort) === called);
    if (tls !== undefined && same.length > 1)
      throw invalidParameter(`The port ${called} has tls: it can have one discoveryName.`);
    if (same.some((one) => one.containerPort !== containerPort))
      throw invalidParameter(`The ingressPortOverride ${called} of Service Connect is there more than once.`);
  }
  refuseTwice(
    offered.flatMap(({ aliases }) => aliases.map(({ dnsName, port }) => `${dnsName}:${port}`)),
    "clientAlias",
  );
  return offered;
}

function readService(
  service: ServiceConnectService,
  definition: TaskDefinition["definition"],
  namespace: string,
): OfferedService {
  const { portName = "", clientAliases = [], ingressPortOverride, timeout, tls } = service;
  const discoveryName = service.discoveryName || portName;
  const found = definition.containerDefinitions
    .flatMap(({ name, portMappings = [] }) => portMappings.map((mapping) => ({ container: name, mapping })))
    .find(({ mapping }) => mapping.name === portName);
  if (found === undefined || found.mapping.containerPort === undefined) {
    throw invalidParameter(
      `The portName ${portName} of Service Connect is not a named port of the task definition.`,
    );
  }
  checkIngressPort(ingressPortOverride, found.mapping.containerPort, definition);
  if (!/^[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?$/.test(discoveryName))
    throw invalidParameter(`The discoveryName ${discoveryName} of Service Connect is not valid.`);
  if (clientAliases.length > 1) throw invalidParameter("clientAliases can have at most 1 items.");
  for (const [member, seconds] of Object.entries(timeout ?? {})) {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > longestTimeout)
      throw invalidParameter(`timeout.${member} must be between 0 and ${longestTimeout}.`);
  }
  const protocol = (found.mapping.appProtocol ?? "tcp") as ConnectProtocol;
  if (protocol === "tcp" && timeout?.perRequestTimeoutSeconds !== undefined)
    throw invalidParameter("timeout.perRequestTimeoutSeconds is not for ports without an appProtocol.");
  const aliases = clientAliases.map(({ port = 0, dnsName }) => {
    const name = (dnsName || `${discoveryName}.${namespace}`).toLowerCase();
    if (!domainName.test(name))
      throw invalidParameter(`The dnsName ${name} of Service Connect is not valid.`);
    if (port < 1 || port > 65_535) throw invalidParameter("clientAliases.port must be between 1 and 65535.");
    return { dnsName: name, port };
  });
  return {
    portName,
    discoveryName,
    containerName: found.container,
    containerPort: found.mapping.containerPort,
    ingressPort: ingressPortOverride,
    protocol,
    aliases,
    timeout,
    tls: tls && readTls(tls, `${discoveryName}.${namespace}`.toLowerCase()),
  };
}

function readTls(
  { issuerCertificateAuthority, roleArn, kmsKey }: ServiceConnectTlsConfiguration,
  serverName: string,
): WishedTls {
  const { awsPcaAuthorityArn = "" } = issuerCertificateAuthority ?? {};
  if (awsPcaAuthorityArn === "")
    throw invalidParameter("tls.issuerCertificateAuthority.awsPcaAuthorityArn can not be blank.");
  if (roleArn === undefined || roleArn === "") throw invalidParameter("tls.roleArn can not be blank.");
  if (!domainName.test(serverName)) {
    throw invalidParameter(
      `No certificate can be issued for ${serverName}: with tls, the names of namespace and service must be names of DNS.`,
    );
  }
  return { authorityArn: awsPcaAuthorityArn, roleArn, serverName, ...(kmsKey && { kmsKey }) };
}

/** The proxy listens there for the whole task: no container can. */
function checkIngressPort(
  port: number | undefined,
  own: number,
  { containerDefinitions }: TaskDefinition["definition"],
): void {
  if (port === undefined || port === own) return;
  if (port < 1 || port > 65_535) throw invalidParameter("ingressPortOverride must be between 1 and 65535.");
  const others = containerDefinitions.flatMap(({ portMappings = [] }) => portMappings);
  if (others.some(({ containerPort, protocol }) => containerPort === port && protocol !== "udp"))
    throw invalidParameter(`The ingressPortOverride ${port} of Service Connect is the port of a container.`);
}

function refuseTwice(names: readonly string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalidParameter(`The ${what} ${twice} of Service Connect is there more than once.`);
}
