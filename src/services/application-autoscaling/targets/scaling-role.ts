import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { RoleOwner } from "../../../dispatch/service.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { roleArn, targetArn } from "../arn.ts";
import { validation } from "../faults.ts";
import { autoScalingPrincipal, ecsScalingPrincipal, scalingSession } from "../principal.ts";
import { targetsOfAccount } from "./target.ts";

/**
 * Creates the service-linked role with the caller's own identity, forwarded, unless it is there (User Guide,
 * "Service-linked roles for Application Auto Scaling").
 */
export async function prepareRole(ctx: PrepareContext): Promise<void> {
  try {
    await ctx
      .forward(autoScalingPrincipal)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: ecsScalingPrincipal }));
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return;
    // The role may be there all the same: whether it is, the first call made with it says.
    if (isFault(error, "AccessDenied", "AccessDeniedException")) return;
    throw error;
  }
}

/** Calls as the role of the caller's account. */
export const asRole = (ctx: PrepareContext): Client =>
  ctx.as({ servicePrincipal: ecsScalingPrincipal, sessionName: scalingSession });

/**
 * Takes, in the commit, the row that a deletion of the role takes too.
 * @throws Fault `ValidationException` when the role is not there; StalePreparation when it is being deleted.
 */
export async function holdRole(tx: Tx, account: AccountId): Promise<void> {
  const lock = await tx.lockRole(account, ecsScalingPrincipal);
  if (lock === "absent") throw noRole(account);
  if (lock === "deleting") throw new StalePreparation(`the role of ${ecsScalingPrincipal} is deleting`);
}

/** AWS's words for a role that cannot be taken. */
export const noRole = (account: AccountId) => validation(`Unable to assume IAM role: ${roleArn(account)}`);

/** Who needs the role: every scalable target, in whichever region. */
export const scalingRoleOwner: RoleOwner = {
  servicePrincipal: ecsScalingPrincipal,
  createdBy: ["application-autoscaling:RegisterScalableTarget"],
  async usage(rows, account) {
    const resources = new Map<Region, string[]>();
    for (const { key, id } of await targetsOfAccount(rows, account)) {
      resources.set(key.region, [...(resources.get(key.region) ?? []), targetArn(key, id)]);
    }
    return [...resources].map(([region, arns]) => ({ region, resources: arns }));
  },
};
