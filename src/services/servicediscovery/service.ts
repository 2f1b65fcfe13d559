import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { ResourceFacts, Service } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { updateInstanceCustomHealthStatus } from "./instances/custom-health.ts";
import { discoverInstances, discoverInstancesRevision } from "./instances/discover-instances.ts";
import { getInstance, getInstancesHealthStatus, listInstances } from "./instances/read-instances.ts";
import { deregisterInstance, registerInstance } from "./instances/register-instance.ts";
import {
  deleteNamespace,
  updateHttpNamespace,
  updatePrivateDnsNamespace,
  updatePublicDnsNamespace,
} from "./namespaces/change-namespace.ts";
import {
  createHttpNamespace,
  createPrivateDnsNamespace,
  createPublicDnsNamespace,
} from "./namespaces/create-namespace.ts";
import { getNamespace, listNamespaces } from "./namespaces/read-namespaces.ts";
import { getOperation, listOperations } from "./operations/read-operations.ts";
import type { ServiceDiscoveryPorts } from "./ports.ts";
import {
  deleteService,
  deleteServiceAttributes,
  updateService,
  updateServiceAttributes,
} from "./services/change-service.ts";
import { createService } from "./services/create-service.ts";
import { getService, getServiceAttributes, listServices } from "./services/read-services.ts";
import { findTagged, listTagsForResource, tagResource, untagResource } from "./tagging.ts";

/** AWS Cloud Map: namespaces, services in them, and where their instances are, by API and by DNS. */
export function createServiceDiscoveryService(ports: ServiceDiscoveryPorts): Service {
  const operations: readonly AnyOperation[] = [
    createHttpNamespace,
    createPrivateDnsNamespace,
    createPublicDnsNamespace,
    createService,
    deleteNamespace,
    deleteService,
    deleteServiceAttributes,
    deregisterInstance,
    discoverInstances(ports),
    discoverInstancesRevision,
    getInstance,
    getInstancesHealthStatus(ports),
    getNamespace,
    getOperation,
    getService,
    getServiceAttributes,
    listInstances,
    listNamespaces,
    listOperations,
    listServices,
    listTagsForResource,
    registerInstance(ports),
    tagResource,
    untagResource,
    updateHttpNamespace,
    updateInstanceCustomHealthStatus,
    updatePrivateDnsNamespace,
    updatePublicDnsNamespace,
    updateService,
    updateServiceAttributes,
  ];
  return {
    signingName: "servicediscovery",
    eventSource: "servicediscovery.amazonaws.com",
    module: servicediscovery,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    resource: cloudMapFacts,
  };
}

/** The tags of the namespace or service with an ARN. */
async function cloudMapFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const found = await findTagged(rows, arn);
  return { policies: [], ...(found !== undefined && { tags: found.tags }) };
}
