import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { unsupported } from "../faults.ts";
import { needInstance } from "../instances/instance-store.ts";
import { newId } from "../kinds.ts";
import { writing } from "../operation.ts";
import { amend, listResources, needResource, type Place, saveResource } from "../resource.ts";
import { actingService, checkMayChange, type NetworkInterface } from "./network-interface.ts";
import { fargateAccount } from "./permissions.ts";

/**
 * Attaches an interface. Only a service attaches, which knows what it attaches to: an instance of a customer is a machine
 * of theirs, which gets no network of ours. AWS: to an account that was granted INSTANCE-ATTACH (Fargate's), the instance stays out of sight.
 */
const attachNetworkInterface = writing(
  "AttachNetworkInterface",
  ({ InstanceId, NetworkInterfaceId }) => [
    { type: "network-interface", id: NetworkInterfaceId },
    { type: "instance", id: InstanceId },
  ],
  async (tx, ctx, { InstanceId, NetworkInterfaceId, DeviceIndex }) => {
    const one = await needResource(tx, ctx, "network-interface", NetworkInterfaceId);
    checkMayChange(ctx, one);
    const { attachment } = one.document;
    const again = attachment?.deviceIndex === DeviceIndex && actingService(ctx.principal) !== undefined;
    if (attachment !== undefined && again) return { AttachmentId: attachment.id, NetworkCardIndex: 0 };
    if (attachment !== undefined) {
      throw new Fault("InvalidParameterValue", `Interface: [${one.id}] in use.`);
    }
    if (actingService(ctx.principal) === undefined) {
      await needInstance(tx, ctx, InstanceId);
      throw unsupported("A further interface of an instance");
    }
    const owner = hiddenOwner(one);
    const id = newId("eni-attach", ctx.random);
    await amend(tx, one, {
      attachment: {
        id,
        ...(owner === undefined && { instance: InstanceId }),
        instanceOwner: owner ?? ctx.account,
        deviceIndex: DeviceIndex,
        attachedAt: ctx.now,
        deleteOnTermination: false,
      },
    });
    return { AttachmentId: id, NetworkCardIndex: 0 };
  },
);

/**
 * Who owns what an interface is attached to, when that stays out of sight. AWS: an account with INSTANCE-ATTACH, and
 * `amazon-elb` for interfaces of load balancers (Terraform's AWS provider finds them by it).
 */
function hiddenOwner({ document: { permissions, requester } }: NetworkInterface): string | undefined {
  if (permissions.some(({ account }) => account === fargateAccount)) return fargateAccount;
  return requester === "elasticloadbalancing.amazonaws.com" ? "amazon-elb" : undefined;
}

const detachNetworkInterface = writing(
  "DetachNetworkInterface",
  async ({ AttachmentId }, ctx) => {
    const one = await findAttached(ctx.rows, ctx, AttachmentId);
    return [
      { type: "network-interface", id: one?.id },
      { type: "instance", id: one?.document.attachment?.instance },
    ];
  },
  async (tx, ctx, { AttachmentId }) => {
    const one = await findAttached(tx, ctx, AttachmentId);
    if (one === undefined) {
      throw new Fault("InvalidAttachmentID.NotFound", `The attachment ID '${AttachmentId}' does not exist`);
    }
    checkMayChange(ctx, one);
    const { attachment: _detached, ...document } = one.document;
    await saveResource(tx, { ...one, document });
    return {};
  },
);

async function findAttached(
  rows: Rows,
  place: Place,
  attachment: string,
): Promise<NetworkInterface | undefined> {
  const all = await listResources(rows, place, "network-interface");
  return all.find(({ document }) => document.attachment?.id === attachment);
}

export const attachmentOperations: readonly AnyOperation[] = [attachNetworkInterface, detachNetworkInterface];
