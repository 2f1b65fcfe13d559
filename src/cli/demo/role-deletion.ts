import { setTimeout as wait } from "node:timers/promises";
import {
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  type GetServiceLinkedRoleDeletionStatusResponse,
  type IAMClient,
} from "@aws-sdk/client-iam";

/** The command that a person would type, for showing. */
export const deletionCommand = (roleName: string): string =>
  `aws iam delete-service-linked-role --role-name ${roleName}; aws iam get-service-linked-role-deletion-status`;

/** Asks for the deletion and waits for its end. As on AWS, the status is unknown for the first moments. */
export async function deleteRole(
  iam: IAMClient,
  RoleName: string,
): Promise<GetServiceLinkedRoleDeletionStatusResponse> {
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
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

/** What became of a deletion, and who holds the role. */
export function outcome({ Status, Reason }: GetServiceLinkedRoleDeletionStatusResponse): string {
  const use =
    Reason?.RoleUsageList?.map(({ Region, Resources = [] }) => `${Region}: ${Resources.join(", ")}`) ?? [];
  return [`${Status}${Reason?.Reason === undefined ? "" : `: ${Reason.Reason}`}`, ...use].join("\n");
}
