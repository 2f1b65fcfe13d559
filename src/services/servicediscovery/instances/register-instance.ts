import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onService } from "../authorise.ts";
import { invalidInput, limitExceeded } from "../faults.ts";
import { needNamespace } from "../namespaces/namespace.ts";
import { submitOperation } from "../operations/operation.ts";
import type { ServiceDiscoveryPorts } from "../ports.ts";
import { cloudMapPrincipal } from "../principal.ts";
import { countInstances, needService } from "../services/cloud-map-service.ts";
import { checkAttributes } from "./attributes.ts";
import { findInstance, mostInstances, needInstance } from "./instance.ts";

interface Prepared {
  /** What is known of a machine of EC2 that the attributes name. */
  readonly address?: string | undefined;
  readonly aliasZoneId?: string | undefined;
}

/** Registers an instance, or registers it anew with other attributes. */
export function registerInstance(
  ports: Pick<ServiceDiscoveryPorts, "loadBalancerZone">,
): WriteOperation<typeof servicediscovery, "RegisterInstance", Prepared> {
  return {
    name: "RegisterInstance",
    authorise: ({ ServiceId }, ctx) =>
      onService("RegisterInstance", ctx, ServiceId, ["ServiceArn", "ServiceCreatedByAccount"]),
    async prepare(ctx, { Attributes = {} }) {
      const machine = Attributes.AWS_EC2_INSTANCE_ID;
      const alias = Attributes.AWS_ALIAS_DNS_NAME;
      return {
        ...(machine !== undefined && { address: await privateAddress(ctx, machine) }),
        ...(alias !== undefined && { aliasZoneId: await aliasZone(ctx, alias) }),
      };
    },
    async commit(tx, ctx, { ServiceId, InstanceId, Attributes = {}, CreatorRequestId }, prepared) {
      const service = await needService(tx, ctx, ServiceId);
      const namespace = await needNamespace(tx, ctx, service.namespaceId);
      checkAttributes(service, namespace.type, Attributes);
      const known = await findInstance(tx, service.key, InstanceId ?? "");
      if (known === undefined && (await countInstances(tx, service.key)) >= mostInstances)
        throw limitExceeded(`${mostInstances} instances of a service`);
      return submitOperation(
        tx,
        ctx,
        { service: service.key.id, instance: InstanceId },
        {
          type: "REGISTER_INSTANCE",
          attributes: {
            ...Attributes,
            ...(prepared.address !== undefined && { AWS_INSTANCE_IPV4: prepared.address }),
          },
          creatorRequestId: CreatorRequestId,
          aliasZoneId: prepared.aliasZoneId,
        },
      );
    },
  };

  /** @throws Fault `InvalidInput` when no load balancer has the name. Words are ours. */
  async function aliasZone(ctx: PrepareContext, name: string): Promise<string> {
    const zone = await ports.loadBalancerZone(ctx.rows, ctx.account, name);
    if (zone === undefined)
      throw invalidInput(
        `The value '${name}' of the attribute AWS_ALIAS_DNS_NAME is not the name of a load balancer.`,
      );
    return zone;
  }
}

/** AWS: the caller's own permission to describe instances is used. @throws Fault `InvalidInput` */
async function privateAddress(ctx: PrepareContext, instanceId: string): Promise<string> {
  const { Reservations = [] } = await ctx
    .forward(cloudMapPrincipal)
    .send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const address = Reservations[0]?.Instances?.[0]?.PrivateIpAddress;
  // Ours.
  if (address === undefined)
    throw invalidInput(`The EC2 instance '${instanceId}' has no private IPv4 address.`);
  return address;
}

/** Takes an instance, its records and its health check away. */
export const deregisterInstance: WriteOperation<typeof servicediscovery, "DeregisterInstance"> = {
  name: "DeregisterInstance",
  authorise: ({ ServiceId }, ctx) =>
    onService("DeregisterInstance", ctx, ServiceId, ["ServiceArn", "ServiceCreatedByAccount"]),
  async commit(tx, ctx, { ServiceId, InstanceId }) {
    const { key } = await needService(tx, ctx, ServiceId);
    const instance = await needInstance(tx, key, InstanceId);
    return submitOperation(
      tx,
      ctx,
      { service: key.id, instance: instance.id },
      { type: "DEREGISTER_INSTANCE" },
    );
  },
};
