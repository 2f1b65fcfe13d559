import {
  AssociateAddressCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type { ChosenSubnet } from "../../services/elasticloadbalancing/documents.ts";
import type { FoundInterface } from "./plan.ts";

/** The interfaces of a load balancer, by their description, in the order of their ids. */
export async function findInterfaces(role: Client, description: string): Promise<readonly FoundInterface[]> {
  const { NetworkInterfaces = [] } = await role.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [
        { Name: "description", Values: [description] },
        { Name: "requester-managed", Values: ["true"] },
      ],
    }),
  );
  return NetworkInterfaces.map((one) => ({
    id: one.NetworkInterfaceId ?? "",
    subnetId: one.SubnetId ?? "",
    vpcId: one.VpcId ?? "",
    zone: one.AvailabilityZone ?? "",
    privateIpAddress: one.PrivateIpAddress ?? "",
    ...(one.Association?.PublicIp !== undefined && { publicIpAddress: one.Association.PublicIp }),
    securityGroups: (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    ...(one.Attachment?.AttachmentId !== undefined && { attachmentId: one.Attachment.AttachmentId }),
  }));
}

/** Makes the interface of a load balancer in a subnet. The token makes a second try find the first. */
export async function makeInterface(
  role: Client,
  description: string,
  { subnetId, privateIpAddress, allocationId }: ChosenSubnet,
  securityGroups: readonly string[],
): Promise<void> {
  const { NetworkInterface } = await role.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: subnetId,
      Description: description,
      ...(securityGroups.length > 0 && { Groups: [...securityGroups] }),
      ...(privateIpAddress !== undefined && { PrivateIpAddress: privateIpAddress }),
      ClientToken: `${description.slice(description.lastIndexOf("/") + 1)}-${subnetId}`,
    }),
  );
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
  await attachInterface(role, { id: NetworkInterfaceId, description });
  if (allocationId !== undefined) {
    await role.send(new AssociateAddressCommand({ AllocationId: allocationId, NetworkInterfaceId }));
  }
}

/** Attaches an interface to the load balancer, which EC2 knows as an instance of another account's. */
export async function attachInterface(
  role: Client,
  { id, description }: { readonly id: string; readonly description: string },
): Promise<void> {
  const loadBalancerId = description.slice(description.lastIndexOf("/") + 1);
  await role.send(
    new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: id,
      InstanceId: `i-0${loadBalancerId}`,
      DeviceIndex: 1,
    }),
  );
}

export async function regroupInterface(
  role: Client,
  { id }: FoundInterface,
  securityGroups: readonly string[],
): Promise<void> {
  await role.send(
    new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups: [...securityGroups] }),
  );
}

/** Detaches and deletes an interface; one that is gone is no error. */
export async function removeInterface(role: Client, { id, attachmentId }: FoundInterface): Promise<void> {
  try {
    if (attachmentId !== undefined) {
      await role.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId, Force: true }));
    }
    await role.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
  } catch (error) {
    if (!isFault(error, "InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceID.NotFound")) throw error;
  }
}
