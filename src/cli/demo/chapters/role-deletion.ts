import { PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import type { Cast } from "../cast.ts";
import { deleteRole, deletionCommand, outcome } from "../role-deletion.ts";
import { configuration } from "./replicate.ts";
import { roleName } from "./role-is-protected.ts";

/** Deletion fails while the role is needed, succeeds afterwards, and the next configuration makes the role anew. */
export async function roleDeletion(cast: Cast): Promise<void> {
  const { stage, home } = cast;
  stage.chapter("Deleting the role");
  const command = deletionCommand(roleName);
  const failed = await stage.step(command, () => deleteRole(home.iam, roleName), outcome);
  if (failed.Status !== "FAILED") throw new Error("a role in use was deleted");
  const { Role: before } = await home.iam.send(new GetRoleCommand({ RoleName: roleName }));

  const none = new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } });
  await stage.step(
    'aws ecr put-replication-configuration --replication-configuration {"rules":[]}',
    () => home.ecr.send(none),
    () => "no configuration is left",
  );
  const succeeded = await stage.step(command, () => deleteRole(home.iam, roleName), outcome);
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
