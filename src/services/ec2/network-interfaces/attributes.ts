import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { writing } from "../operation.ts";
import { amend, needResource } from "../resource.ts";
import { checkMayChange, groupsFor, releaseAddresses, takeAddresses } from "./network-interface.ts";

const modifyNetworkInterfaceAttribute = writing(
  "ModifyNetworkInterfaceAttribute",
  ({ NetworkInterfaceId, Groups = [] }) => [
    { type: "network-interface", id: NetworkInterfaceId },
    ...Groups.map((id) => ({ type: "security-group", id })),
  ],
  async (tx, ctx, input) => {
    const one = await needResource(tx, ctx, "network-interface", input.NetworkInterfaceId);
    checkMayChange(ctx, one);
    const subnet = await needResource(tx, ctx, "subnet", one.parent ?? "");
    const { attachment } = one.document;
    await amend(tx, one, {
      ...(input.Description?.Value !== undefined && { description: input.Description.Value }),
      ...(input.SourceDestCheck?.Value !== undefined && { sourceDestCheck: input.SourceDestCheck.Value }),
      ...(input.Groups !== undefined && { groups: await groupsFor(tx, ctx, subnet, input.Groups) }),
      ...(attachment !== undefined &&
        input.Attachment?.DeleteOnTermination !== undefined && {
          attachment: { ...attachment, deleteOnTermination: input.Attachment.DeleteOnTermination },
        }),
    });
    return {};
  },
);

const resetNetworkInterfaceAttribute = writing(
  "ResetNetworkInterfaceAttribute",
  ({ NetworkInterfaceId }) => [{ type: "network-interface", id: NetworkInterfaceId }],
  async (tx, ctx, { NetworkInterfaceId }) => {
    const one = await needResource(tx, ctx, "network-interface", NetworkInterfaceId);
    checkMayChange(ctx, one);
    await amend(tx, one, { sourceDestCheck: true });
    return {};
  },
);

const assignPrivateIpAddresses = writing(
  "AssignPrivateIpAddresses",
  ({ NetworkInterfaceId }) => [{ type: "network-interface", id: NetworkInterfaceId }],
  async (tx, ctx, input) => {
    const one = await needResource(tx, ctx, "network-interface", input.NetworkInterfaceId);
    checkMayChange(ctx, one);
    const subnet = await needResource(tx, ctx, "subnet", one.parent ?? "");
    const named = (input.PrivateIpAddresses ?? []).filter((text) => !one.document.addresses.includes(text));
    const anywhere = Math.min(input.SecondaryPrivateIpAddressCount ?? 0, 49);
    const added = await takeAddresses(tx, ctx, subnet, one.id, { named, anywhere });
    await amend(tx, one, { addresses: [...one.document.addresses, ...added] });
    return {
      NetworkInterfaceId: one.id,
      AssignedPrivateIpAddresses: added.map((PrivateIpAddress) => ({ PrivateIpAddress })),
    };
  },
);

const unassignPrivateIpAddresses = writing(
  "UnassignPrivateIpAddresses",
  ({ NetworkInterfaceId }) => [{ type: "network-interface", id: NetworkInterfaceId }],
  async (tx, ctx, { NetworkInterfaceId, PrivateIpAddresses = [] }) => {
    const one = await needResource(tx, ctx, "network-interface", NetworkInterfaceId);
    checkMayChange(ctx, one);
    const [primary, ...secondary] = one.document.addresses;
    const strange = PrivateIpAddresses.find((text) => !secondary.includes(text));
    if (strange !== undefined) {
      throw new Fault(
        "InvalidParameterValue",
        strange === primary
          ? `The primary private address ${strange} cannot be unassigned`
          : `Some of the specified addresses are not assigned to interface ${one.id}`,
      );
    }
    await releaseAddresses(tx, one, PrivateIpAddresses);
    const gone = new Set(PrivateIpAddresses);
    await amend(tx, one, { addresses: one.document.addresses.filter((text) => !gone.has(text)) });
    return {};
  },
);

export const attributeOperations: readonly AnyOperation[] = [
  modifyNetworkInterfaceAttribute,
  resetNetworkInterfaceAttribute,
];

export const addressOperations: readonly AnyOperation[] = [
  assignPrivateIpAddresses,
  unassignPrivateIpAddresses,
];
