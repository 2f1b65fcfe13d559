import type { ServiceConnectConfiguration } from "@aws-sdk/client-ecs";
import {
  CreateServiceCommand,
  GetServiceAttributesCommand,
  ListServicesCommand,
  UpdateServiceAttributesCommand,
} from "@aws-sdk/client-servicediscovery";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import type { TaskDefinition } from "../task-definitions/task-definition.ts";
import { type ConnectTlsPorts, provideCertificate } from "./certificate.ts";
import {
  type ConnectRoute,
  type ConnectService,
  endpointAttribute,
  endpointText,
  routesTo,
  type ServiceConnect,
} from "./connect.ts";
import { type ConnectNamespace, cloudMapClient, managedTags, needConnectNamespace } from "./namespace.ts";
import { readOffered } from "./read-configuration.ts";
import { readConnectLog } from "./read-log.ts";

/** Most names that a task can call: each is an address of its own; ours. */
const mostRoutes = 48;

/** Whose Service Connect it is. */
export interface ConnectOwner {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly onFargate: boolean;
  /** The service's; absent where there is none that could offer anything. */
  readonly serviceArn?: string | undefined;
}

/**
 * Makes what Service Connect needs of a revision in Cloud Map, as the service-linked role, and finds out what its tasks
 * can call. Again is no error. For `prepare`.
 * @returns `undefined` where it is not wanted.
 */
export async function admitServiceConnect(
  ports: ConnectTlsPorts,
  ctx: PrepareContext,
  configuration: ServiceConnectConfiguration | undefined,
  { cluster, definition, onFargate, serviceArn = "" }: ConnectOwner,
): Promise<ServiceConnect | undefined> {
  if (configuration?.enabled !== true) return undefined;
  if (!onFargate) throw unsupported("Service Connect is here for tasks on Fargate.");
  const named = configuration.namespace || cluster.document.serviceConnectDefaults?.namespace;
  if (named === undefined) {
    // Ours.
    throw invalidParameter(
      "Service Connect needs a namespace: specify one in serviceConnectConfiguration, or give the cluster a default.",
    );
  }
  // What is wrong with the request is told before anything is made.
  const log = readConnectLog(configuration, definition);
  readOffered(configuration, definition, named.startsWith("arn:") ? "namespace" : named);
  const namespace = await needConnectNamespace(ctx, named);
  const role = cloudMapClient(ctx);
  const services: ConnectService[] = [];
  for (const { tls, ...offered } of readOffered(configuration, definition, namespace.name)) {
    const proof = tls && (await provideCertificate(ports, ctx, serviceArn, tls));
    services.push(await offer(role, namespace, { ...offered, ...(proof !== undefined && { tls: proof }) }));
  }
  const routes = await routesIn(role, namespace);
  if (routes.length > mostRoutes)
    throw invalidParameter(`A namespace of Service Connect can have no more than ${mostRoutes} names here.`);
  return { namespace: namespace.name, namespaceArn: namespace.arn, services, routes, ...(log && { log }) };
}

/** The service of Cloud Map under which the tasks are found, with what clients need to know of it. */
async function offer(
  role: Client,
  namespace: ConnectNamespace,
  offered: Omit<ConnectService, "registryArn">,
): Promise<ConnectService> {
  const registryArn = await cloudMapService(role, namespace, offered.discoveryName);
  const service = { ...offered, registryArn };
  try {
    await role.send(
      new UpdateServiceAttributesCommand({
        ServiceId: registryArn,
        Attributes: { [endpointAttribute]: endpointText(service) },
      }),
    );
  } catch (error) {
    // Ours. AWS: the role may change only what ECS has made.
    if (isFault(error, "AccessDenied", "AccessDeniedException")) {
      throw invalidParameter(
        `The Cloud Map service ${offered.discoveryName} of the namespace ${namespace.name} cannot be used for Service Connect: ${error.message}`,
      );
    }
    throw error;
  }
  return service;
}

async function cloudMapService(role: Client, namespace: ConnectNamespace, name: string): Promise<string> {
  try {
    const { Service } = await role.send(
      new CreateServiceCommand({ Name: name, NamespaceId: namespace.id, Type: "HTTP", Tags: managedTags }),
    );
    return Service?.Arn ?? "";
  } catch (error) {
    if (isFault(error, "ServiceAlreadyExists")) return String(error.members.ServiceArn);
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    // Ours.
    throw invalidParameter(`The Cloud Map service ${name} cannot be made: ${error.message}`);
  }
}

/** All that can be called in a namespace now. */
async function routesIn(role: Client, { id }: ConnectNamespace): Promise<readonly ConnectRoute[]> {
  const routes: ConnectRoute[] = [];
  let NextToken: string | undefined;
  do {
    const page = await role.send(
      new ListServicesCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [id] }], NextToken }),
    );
    for (const { Id, Name = "" } of page.Services ?? []) {
      const { ServiceAttributes } = await role.send(new GetServiceAttributesCommand({ ServiceId: Id }));
      routes.push(...routesTo(Name, ServiceAttributes?.Attributes ?? {}));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return routes.toSorted((a, b) =>
    a.dnsName < b.dnsName ? -1 : a.dnsName > b.dnsName ? 1 : a.port - b.port,
  );
}
