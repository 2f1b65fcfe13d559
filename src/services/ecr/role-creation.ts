import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { PrepareContext } from "../../dispatch/context.ts";
import { StalePreparation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import type { Tx } from "../../store/types.ts";

/** How making sure of a service-linked role went; the commit decides whether it matters. */
export interface RolePreparation {
  /** Why the role could not be created. */
  readonly denial?: Fault;
}

/**
 * Creates a service-linked role with the caller's own identity, as the first configuration that needs the role does
 * (User Guide, "Using service-linked roles for Amazon ECR"). For an operation's `prepare`. A denial is kept, not
 * thrown: whether the caller may create the role matters only if it is not there yet.
 */
export async function prepareRole(ctx: PrepareContext, servicePrincipal: string): Promise<RolePreparation> {
  try {
    await ctx
      .forward("ecr.amazonaws.com")
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: servicePrincipal }));
    return {};
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return {};
    if (isFault(error, "AccessDenied", "AccessDeniedException")) {
      return { denial: new Fault("AccessDeniedException", error.message, { cause: error }) };
    }
    throw error;
  }
}

/**
 * Makes sure, in the commit, that the role is there, and stays there: the row that is locked here is the one that a
 * deletion of the role takes.
 * @throws Fault `AccessDeniedException` when it is absent and the caller may not create it; StalePreparation when it
 * went away since it was prepared.
 */
export async function holdRole(
  tx: Tx,
  account: AccountId,
  servicePrincipal: string,
  { denial }: RolePreparation,
): Promise<void> {
  const lock = await tx.lockRole(account, servicePrincipal);
  if (lock === "absent" && denial !== undefined) throw denial;
  if (lock !== "present") throw new StalePreparation(`the role of ${servicePrincipal} is ${lock}`);
}
