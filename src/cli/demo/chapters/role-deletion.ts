import { setTimeout as wait } from "node:timers/promises";
import { PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import {
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  type GetServiceLinkedRoleDeletionStatusResponse,
} from "@aws-sdk/client-iam";
import type { Cast } from "../cast.ts";
import type { Clients } from "../clients.ts";
import { configuration } from "./replicate.ts";
import { roleName } from "./role-is-protected.ts";

/** Deletion fails while the role is needed, succeeds afterwards, and the next configuration makes the role anew. */
export async function roleDeletion(cast: Cast): Promise<void> {
  const { stage, home } = cast;
  stage.chapter("Deleting the role");
  const command = `aws iam delete-service-linked-role --role-name ${roleName}; aws iam get-service-linked-role-deletion-status`;
  const failed = await stage.step(command, () => deleted(home), outcome);
  if (failed.Status !== "FAILED") throw new Error("a role in use was deleted");
  const { Role: before } = await home.iam.send(new GetRoleCommand({ RoleName: roleName }));

  const none = new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } });
  await stage.step(
    'aws ecr put-replication-configuration --replication-configuration {"rules":[]}',
    () => home.ecr.send(none),
    () => "no configuration is left",
  );
  const succeeded = await stage.step(command, () => deleted(home), outcome);
  if (succeeded.Status !== "SUCCEEDED") throw new Error(outcome(succeeded));
  await stage.refused(`aws iam get-role --role-name ${roleName}`, () =>
    home.iam.send(new GetRoleCommand({ RoleName: roleName })),
  );
  const anew = await stage.step(
    "aws ecr put-replication-configuration --replication-configuration file://replication.json",
    async () => {
      await home.ecr.send(configuration(cast));
      return home.iam.send(new GetRoleCommand({ RoleName: roleName }));
    },
    ({ Role: role }) => `${role?.RoleName} ${role?.RoleId} (before: ${before?.RoleId})`,
  );
  if (anew.Role?.RoleId === before?.RoleId) throw new Error("the role was not made anew");
  stage.proved("in use: FAILED, 'Role in use.', with region and resources; unused: SUCCEEDED");
  stage.proved("the next configuration made the role anew, with another id");
}

/** Asks for the deletion and waits for its end. As on AWS, the status is unknown for the first moments. */
async function deleted({ iam }: Clients): Promise<GetServiceLinkedRoleDeletionStatusResponse> {
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: roleName }));
  const status = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId });
  for (let i = 0; i < 300; i++) {
    const found = await iam.send(status).catch((error: unknown) => {
      if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
      throw error;
    });
    if (found?.Status === "SUCCEEDED" || found?.Status === "FAILED") return found;
    await wait(50);
  }
  throw new Error("the deletion task did not end");
}

function outcome({ Status, Reason }: GetServiceLinkedRoleDeletionStatusResponse): string {
  const use =
    Reason?.RoleUsageList?.map(({ Region, Resources = [] }) => `${Region}: ${Resources.join(", ")}`) ?? [];
  return [`${Status}${Reason?.Reason === undefined ? "" : `: ${Reason.Reason}`}`, ...use].join("\n");
}
