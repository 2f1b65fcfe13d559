import type { InternalOperation } from "../../../dispatch/operation.ts";
import { needResource, resourceArn, saveResource } from "../resource.ts";
import { newPublicAddress } from "./public-address.ts";

/** The interface that is to have a public address. */
export interface AssignPublicAddressInput {
  readonly networkInterfaceId: string;
}

/**
 * Gives the primary address of an interface a public one, as ECS has done for tasks of Fargate whose configuration says
 * `assignPublicIp`. AWS: the trail shows no call of its own for it; the API has no member for it.
 */
export const assignPublicAddress: InternalOperation<
  AssignPublicAddressInput,
  undefined,
  { readonly publicIp: string }
> = {
  service: "ec2",
  name: "AssignPublicAddress",
  onlyFor: "ecs.amazonaws.com",
  unrecorded: true,
  authorise: ({ networkInterfaceId }, ctx) => [
    {
      action: "ec2:CreateNetworkInterface",
      resource: resourceArn(ctx, "network-interface", networkInterfaceId),
      context: { "ec2:Region": ctx.region, "ec2:AssociatePublicIpAddress": "true" },
    },
  ],
  async commit(tx, ctx, { networkInterfaceId }) {
    const one = await needResource(tx, ctx, "network-interface", networkInterfaceId);
    const { addresses, publicAddresses } = one.document;
    const [primary = ""] = addresses;
    const had = publicAddresses[primary];
    if (had !== undefined) return { publicIp: had.ip };
    const ip = newPublicAddress(ctx);
    await saveResource(tx, {
      ...one,
      document: { ...one.document, publicAddresses: { ...publicAddresses, [primary]: { ip } } },
    });
    return { publicIp: ip };
  },
};
