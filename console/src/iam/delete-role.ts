import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { everyPage } from "../aws/query.ts";

/** Deletes a role after all that hangs on it, as DeleteRole asks (IAM User Guide, "Delete roles or instance profiles"). */
export async function deleteRole(iam: IAMClient, name: string): Promise<void> {
  const of = { RoleName: name };
  const [attached, inline, profiles] = await Promise.all([
    everyPage(paginateListAttachedRolePolicies({ client: iam }, of), (page) => page.AttachedPolicies),
    everyPage(paginateListRolePolicies({ client: iam }, of), (page) => page.PolicyNames),
    everyPage(paginateListInstanceProfilesForRole({ client: iam }, of), (page) => page.InstanceProfiles),
  ]);
  for (const { InstanceProfileName } of profiles) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ ...of, InstanceProfileName }));
  }
  for (const { PolicyArn } of attached) await iam.send(new DetachRolePolicyCommand({ ...of, PolicyArn }));
  for (const PolicyName of inline) await iam.send(new DeleteRolePolicyCommand({ ...of, PolicyName }));
  await iam.send(new DeleteRoleCommand(of));
}

/** Asks for the deletion of a service-linked role; answers the id of the task. */
export async function beginDeletion(iam: IAMClient, name: string): Promise<string> {
  const { DeletionTaskId: id = "" } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: name }));
  return id;
}
