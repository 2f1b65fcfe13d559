import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation, ReadOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { namespaceArn, serviceArn } from "../arn.ts";
import { namespaceNotFound, serviceNotFound } from "../faults.ts";
import { findNamespaceByHttpName, type Namespace } from "../namespaces/namespace.ts";
import type { ServiceDiscoveryPorts } from "../ports.ts";
import type { CloudMapScope } from "../scope.ts";
import { type CloudMapService, findServiceByName } from "../services/cloud-map-service.ts";
import { discover } from "./discover.ts";
import { healthOfInstances } from "./health.ts";
import { instancesOf } from "./instance.ts";

interface Named {
  readonly NamespaceName?: string | undefined;
  readonly ServiceName?: string | undefined;
  readonly OwnerAccount?: string | undefined;
}

/** The instances of a service, chosen by attributes and health. */
export function discoverInstances(
  ports: Pick<ServiceDiscoveryPorts, "healthOf">,
): ReadOperation<typeof servicediscovery, "DiscoverInstances"> {
  return {
    name: "DiscoverInstances",
    // AWS: CloudTrail shows it as a data event (Developer Guide, "Logging AWS Cloud Map API calls").
    dataEvent: true,
    authorise: (input, ctx) => permissions("DiscoverInstances", ctx, input),
    async read(ctx, input) {
      const { namespace, service } = await needNamed(ctx.rows, ctx, input);
      const instances = await instancesOf(ctx.rows, service.key);
      const health = await healthOfInstances(ports, ctx.rows, service, instances);
      const found = discover(
        instances.map(({ id, attributes }) => ({ id, attributes, health: health.get(id) ?? "UNKNOWN" })),
        {
          query: input.QueryParameters ?? {},
          optional: input.OptionalParameters ?? {},
          health: input.HealthStatus ?? "HEALTHY_OR_ELSE_ALL",
          limit: input.MaxResults ?? defaultResults,
        },
        service.customHealth || service.healthCheck !== undefined,
      );
      return {
        Instances: found.map(({ id, attributes, health }) => ({
          InstanceId: id,
          NamespaceName: namespace.httpName,
          ServiceName: service.name,
          HealthStatus: health,
          Attributes: { ...attributes },
        })),
        InstancesRevision: service.revision,
      };
    },
  };
}

const defaultResults = 100;

/** A number that grows with every change of what DiscoverInstances would answer. */
export const discoverInstancesRevision: ReadOperation<typeof servicediscovery, "DiscoverInstancesRevision"> =
  {
    name: "DiscoverInstancesRevision",
    dataEvent: true,
    authorise: (input, ctx) => permissions("DiscoverInstancesRevision", ctx, input),
    async read(ctx, input) {
      const { service } = await needNamed(ctx.rows, ctx, input);
      return { InstancesRevision: service.revision };
    },
  };

async function named(
  rows: Rows,
  { account, region }: CloudMapScope,
  { NamespaceName = "", ServiceName = "", OwnerAccount }: Named,
): Promise<{ readonly namespace?: Namespace; readonly service?: CloudMapService }> {
  // Namespaces are not shared between accounts.
  if (OwnerAccount !== undefined && OwnerAccount !== account) return {};
  const namespace = await findNamespaceByHttpName(rows, { account, region }, NamespaceName);
  if (namespace === undefined || namespace.status === "creating") return {};
  const service = await findServiceByName(rows, namespace.key, ServiceName);
  return { namespace, ...(service !== undefined && { service }) };
}

/** @throws Fault `NamespaceNotFound`, `ServiceNotFound` */
async function needNamed(rows: Rows, scope: CloudMapScope, input: Named) {
  const { namespace, service } = await named(rows, scope, input);
  if (namespace === undefined) throw namespaceNotFound();
  if (service === undefined) throw serviceNotFound();
  return { namespace, service };
}

async function permissions(
  name: string,
  ctx: AuthoriseContext,
  input: Named,
): Promise<readonly Authorisation[]> {
  const { account, region } = ctx;
  const { namespace, service } = await named(ctx.rows, ctx, input);
  const action = `servicediscovery:${name}`;
  const context = {
    "servicediscovery:NamespaceName": input.NamespaceName,
    "servicediscovery:ServiceName": input.ServiceName,
  };
  return [
    { action, resource: namespaceArn(namespace?.key ?? { account, region, id: "*" }), context },
    { action, resource: serviceArn(service?.key ?? { account, region, id: "*" }), context },
  ];
}
