import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  paginateGetGroup,
  paginateListGroupsForUser,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import { everyPage } from "../aws/query.ts";
import { attachedTo, detach, type Identity, inlineOf, removeInline } from "./identity.ts";

/** Deletes a user after all that hangs on it, as DeleteUser asks (IAM User Guide, "Remove an IAM user"). */
export async function deleteUser(iam: IAMClient, UserName: string): Promise<void> {
  await strip(iam, { kind: "user", name: UserName });
  const [groups, { AccessKeyMetadata: keys = [] }, { MFADevices: devices = [] }] = await Promise.all([
    everyPage(paginateListGroupsForUser({ client: iam }, { UserName }), (page) => page.Groups),
    iam.send(new ListAccessKeysCommand({ UserName })),
    iam.send(new ListMFADevicesCommand({ UserName })),
  ]);
  for (const { GroupName } of groups) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  for (const { AccessKeyId } of keys) await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  for (const { SerialNumber } of devices) {
    await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
  }
  try {
    await iam.send(new DeleteLoginProfileCommand({ UserName }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NoSuchEntityException") throw error;
  }
  await iam.send(new DeleteUserCommand({ UserName }));
}

/** Deletes a group after its users have left it and its policies are gone. */
export async function deleteGroup(iam: IAMClient, GroupName: string): Promise<void> {
  await strip(iam, { kind: "group", name: GroupName });
  const users = await everyPage(paginateGetGroup({ client: iam }, { GroupName }), (page) => page.Users);
  for (const { UserName } of users) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  await iam.send(new DeleteGroupCommand({ GroupName }));
}

async function strip(iam: IAMClient, identity: Identity): Promise<void> {
  const [attached, inline] = await Promise.all([attachedTo(iam, identity), inlineOf(iam, identity)]);
  for (const { PolicyArn = "" } of attached) await detach(iam, identity, PolicyArn);
  for (const name of inline) await removeInline(iam, identity, name);
}
