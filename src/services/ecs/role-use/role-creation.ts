import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";

/** What ECS gives the role as its description (captured). */
const description = "Policy to enable Amazon ECS to manage your EC2 instances and related resources.";

/** How making sure of the service-linked role went. */
export interface RolePreparation {
  /** The caller may not create the role: whether that matters, the commit sees. */
  readonly denied: boolean;
}

/**
 * Creates AWSServiceRoleForECS with the caller's own identity, forwarded (Developer Guide, "Using service-linked roles
 * for Amazon ECS"). For `prepare` of CreateCluster, CreateService and UpdateService.
 * AWS: the attempt is made at each of these calls, also when the role is there; what IAM then says is swallowed
 * (captured).
 */
export async function prepareRole(ctx: PrepareContext): Promise<RolePreparation> {
  try {
    await ctx
      .forward(ecsPrincipal)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: ecsPrincipal, Description: description }));
    return { denied: false };
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return { denied: false };
    if (isFault(error, "AccessDenied", "AccessDeniedException")) return { denied: true };
    throw error;
  }
}

/**
 * Takes, in the commit, the row that a deletion of the role takes too, so that the deletion sees what is made here.
 * @returns whether the role is there: it need not be when its creation was denied.
 * @throws StalePreparation when it went away since it was prepared, or is going.
 */
export async function holdRole(tx: Tx, account: AccountId, { denied }: RolePreparation): Promise<boolean> {
  const lock = await tx.lockRole(account, ecsPrincipal);
  if (lock === "present") return true;
  if (lock === "absent" && denied) return false;
  throw new StalePreparation(`the role of ${ecsPrincipal} is ${lock}`);
}

/**
 * For the commit of what cannot be done without the role (interfaces, targets, names).
 * @throws Fault `InvalidParameterException` when the role is not there; StalePreparation when it is being deleted.
 */
export async function needRole(tx: Tx, account: AccountId): Promise<void> {
  const lock = await tx.lockRole(account, ecsPrincipal);
  if (lock === "absent") throw noServiceLinkedRole();
  if (lock === "deleting") throw new StalePreparation(`the role of ${ecsPrincipal} is deleting`);
}
