import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateNetworkInterfacePermissionCommand,
  CreateTagsCommand,
  DeleteNetworkInterfaceCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DetachNetworkInterfaceCommand,
  type NetworkInterface,
} from "@aws-sdk/client-ec2";
import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { type Fault, isFault } from "../../kernel/fault.ts";
import { attachmentArn } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { MadeInterface, Task, TaskAttachment } from "../../services/ecs/tasks/task.ts";
import type { LoopPorts } from "../ports.ts";

/** AWS: the session in which ECS makes and deletes interfaces (captured from CloudTrail). */
const sessionName = "ecs-eni-provisioning";

/** AWS: the account whose machines run Fargate's tasks, and to which their interfaces are attached (captured). */
const fargateAccount = "533267384209";

export interface InterfacePorts extends Pick<LoopPorts, "clientAs"> {
  /** EC2's own: gives an interface a public address. The API has no call for what Fargate does here. */
  readonly assignPublicAddress: InternalOperation<{ readonly networkInterfaceId: string }, unknown, unknown>;
}

function asRole({ clientAs }: InterfacePorts, { account, region }: Task): Client {
  return clientAs({ servicePrincipal: ecsPrincipal, account, region, sessionName });
}

/**
 * Makes the interface of a task, with the address that its subnet gives. The token makes a second try find the first.
 * @throws Fault what EC2 or the role's policy says.
 */
export async function makeInterface(ports: InterfacePorts, task: Task): Promise<MadeInterface> {
  const attachment = attachmentOf(task);
  const role = asRole(ports, task);
  const { NetworkInterface: made } = await role.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: attachment.subnetId,
      Description: attachmentArn(task, attachment.id),
      ...(attachment.securityGroups.length > 0 && { Groups: [...attachment.securityGroups] }),
      ClientToken: `${task.id}${attachment.id.replaceAll("-", "")}`,
    }),
  );
  const networkInterfaceId = made?.NetworkInterfaceId ?? "";
  try {
    return await furnishInterface(ports, role, task, { ...made, NetworkInterfaceId: networkInterfaceId });
  } catch (error) {
    // Nobody has noted it yet: what cannot be used must not be left behind. Why it cannot is what counts.
    if (isFault(error)) await deleteUnnoted(role, networkInterfaceId);
    throw error;
  }
}

async function deleteUnnoted(role: Client, NetworkInterfaceId: string): Promise<void> {
  try {
    await role.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  } catch (error) {
    if (!isFault(error)) throw error;
  }
}

/** What an interface needs before a task can be attached to it. */
async function furnishInterface(
  ports: InterfacePorts,
  role: Client,
  task: Task,
  made: NetworkInterface & { readonly NetworkInterfaceId: string },
): Promise<MadeInterface> {
  const attachment = attachmentOf(task);
  const networkInterfaceId = made.NetworkInterfaceId;
  await role.send(
    new CreateNetworkInterfacePermissionCommand({
      NetworkInterfaceId: networkInterfaceId,
      AwsAccountId: task.launchType === "FARGATE" ? fargateAccount : task.account,
      Permission: "INSTANCE-ATTACH",
    }),
  );
  if (attachment.assignPublicIp) await role.invoke(ports.assignPublicAddress, { networkInterfaceId });
  if (task.document.managedTags === true) {
    const tags = managedTags(task);
    await role.send(new CreateTagsCommand({ Resources: [networkInterfaceId], Tags: tags }));
  }
  const { Subnets } = await role.send(new DescribeSubnetsCommand({ SubnetIds: [attachment.subnetId] }));
  const subnet = Subnets?.[0];
  const { Vpcs } = await role.send(new DescribeVpcsCommand({ VpcIds: [made.VpcId ?? ""] }));
  return {
    networkInterfaceId,
    macAddress: made.MacAddress ?? "",
    privateIpv4Address: made.PrivateIpAddress ?? "",
    ...(made.PrivateDnsName && { privateDnsName: made.PrivateDnsName }),
    availabilityZone: made.AvailabilityZone ?? subnet?.AvailabilityZone ?? "",
    vpcId: made.VpcId ?? "",
    vpcCidr: Vpcs?.[0]?.CidrBlock ?? "",
    subnetCidr: subnet?.CidrBlock ?? "",
    securityGroups: (made.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  };
}

/** Developer Guide, "Tagging Amazon ECS resources": what `enableECSManagedTags` puts on a task's interface. */
function managedTags(task: Task): { Key: string; Value: string }[] {
  return [
    { Key: "aws:ecs:clusterName", Value: task.cluster },
    ...(task.service === undefined ? [] : [{ Key: "aws:ecs:serviceName", Value: task.service }]),
  ];
}

/** Attaches the interface of a task to where it runs. @returns `eni-attach-…`. */
export async function attachInterface(ports: InterfacePorts, task: Task): Promise<string> {
  const { made } = attachmentOf(task);
  const { AttachmentId = "" } = await asRole(ports, task).send(
    new AttachNetworkInterfaceCommand({
      NetworkInterfaceId: made?.networkInterfaceId ?? "",
      InstanceId: hostOf(task),
      DeviceIndex: 1,
    }),
  );
  return AttachmentId;
}

/**
 * The instance that an interface is attached to. AWS: a Fargate task has one of its own, in an account of AWS's; its id
 * here is made of the task's.
 */
function hostOf(task: Task): string {
  return `i-0${task.id.slice(0, 16)}`;
}

/** Detaches and deletes the interface of a task; one that is gone is no error. */
export async function deleteInterface(ports: InterfacePorts, task: Task): Promise<void> {
  const { attachment } = task.document;
  const made = attachment?.made;
  if (made === undefined || attachment?.status === "DELETED") return;
  const role = asRole(ports, task);
  if (made.attachmentId !== undefined) {
    const AttachmentId = made.attachmentId;
    await unlessGone(role.send(new DetachNetworkInterfaceCommand({ AttachmentId, Force: true })));
  }
  const NetworkInterfaceId = made.networkInterfaceId;
  await unlessGone(role.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })));
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, "InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceID.NotFound")) throw error;
  }
}

/**
 * The stopped reason of a task whose interface could not be made (Developer Guide, "Task stopped error messages").
 * What follows the subnet is EC2's own code.
 */
export function interfaceFailure(task: Task, fault: Fault): string {
  if (fault.code === "NoSuchEntity" || isRoleRefused(fault)) {
    return "Unable to assume the service linked role. Please verify that the ECS service linked role exists.";
  }
  const { subnetId, assignPublicIp } = attachmentOf(task);
  const publicIp = assignPublicIp ? "enabled" : "disabled";
  return `Unexpected EC2 error while attempting to Create Network Interface with public IP assignment ${publicIp} in subnet '${subnetId}': ${fault.code}`;
}

/** Whether the role's own trust refused ECS, rather than a policy of the role one of its calls. */
function isRoleRefused(fault: Fault): boolean {
  return isFault(fault, "AccessDenied") && fault.message.includes("sts:AssumeRole");
}

function attachmentOf(task: Task): TaskAttachment {
  const { attachment } = task.document;
  if (attachment === undefined) throw new Error(`${task.arn} has no interface`);
  return attachment;
}
